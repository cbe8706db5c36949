#include "spool/log_folder.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/fault_point.h"
#include "spool/segment_header.h"

namespace awps {

namespace {

constexpr size_t kMostPutAside = 4;
constexpr uint64_t kMostPutAsideBytes = uint64_t{256} << 20U;

}  // namespace

Result<Folder*, IoError> LogFolder::folder() {
  if (folder_ == nullptr) {
    Result<std::unique_ptr<Folder>, IoError> opened = files_.open_folder(path_);
    if (!opened) return opened.error();
    folder_ = std::move(*opened);
  }
  return folder_.get();
}

Result<Folder*, IoError> LogFolder::made_folder() {
  if (folder_ == nullptr) {
    Result<std::unique_ptr<Folder>, IoError> made = files_.make_folder(path_);
    if (!made) return made.error();
    folder_ = std::move(*made);
  }
  return folder_.get();
}

void LogFolder::know(std::vector<std::string> put_aside) {
  put_aside_ = std::move(put_aside);
  std::ranges::sort(put_aside_);
}

Result<std::unique_ptr<File>, IoError> LogFolder::make_segment(uint64_t number, uint64_t bytes) {
  const std::string name = segment_name(number, kind_);
  Result<Folder*, IoError> in = made_folder();
  if (!in) return in.error();
  Result<std::unique_ptr<File>, IoError> made = (*in)->make(name);
  if (!made && made.error().code == EEXIST) {
    // One that a failed call has left: nothing in it was ever acknowledged.
    if (Result<void, IoError> gone = (*in)->unlink(name); !gone) return gone.error();
    made = (*in)->make(name);
  }
  if (!made) return made.error();
  Result<void, IoError> done = (*made)->allocate(bytes);
  if (done) done = (*made)->sync();
  pass(FaultPoint::kSegmentMade);
  if (done) done = (*in)->sync();
  pass(FaultPoint::kDirectorySynced);
  if (!done) {
    (void)(*in)->unlink(name);  // else the next try does
    return done.error();
  }
  has_removed_ = false;  // the folder is synced
  return made;
}

Result<std::unique_ptr<File>, IoError> LogFolder::open_segment(uint64_t number) {
  Result<Folder*, IoError> in = folder();
  if (!in) return in.error();
  return (*in)->open(segment_name(number, kind_));
}

Result<void, IoError> LogFolder::sync_removals() {
  if (!has_removed_) return {};
  Result<Folder*, IoError> in = folder();
  if (!in) return in.error();
  Result<void, IoError> synced = (*in)->sync();
  if (synced) has_removed_ = false;
  return synced;
}

Result<void, IoError> LogFolder::remove(uint64_t number) {
  if (Result<void, IoError> synced = sync_removals(); !synced) return synced;
  Result<Folder*, IoError> in = folder();
  if (!in) return in.error();
  Result<void, IoError> gone = (*in)->unlink(segment_name(number, kind_));
  if (!gone && gone.error().code != ENOENT) return gone;
  has_removed_ = true;
  return {};
}

Result<void, IoError> LogFolder::put_aside(uint64_t number) {
  if (Result<void, IoError> synced = sync_removals(); !synced) return synced;
  Result<Folder*, IoError> in = folder();
  if (!in) return in.error();
  const std::string name = damaged_name(number, kind_);
  Result<void, IoError> renamed = (*in)->rename(segment_name(number, kind_), name);
  if (!renamed && renamed.error().code != ENOENT) return renamed;
  has_removed_ = true;
  std::erase(put_aside_, name);  // it has taken the place of one with this name
  put_aside_.push_back(name);
  return drop_put_aside();
}

Result<void, IoError> LogFolder::drop_put_aside() {
  Folder& in = *folder_;
  uint64_t bytes = 0;
  size_t kept = 0;
  // The latest ones first.
  for (size_t i = put_aside_.size(); i-- > 0;) {
    Result<std::unique_ptr<File>, IoError> file = in.open(put_aside_[i]);
    const Result<uint64_t, IoError> size = file ? (*file)->size() : Result<uint64_t, IoError>(0);
    bytes += size ? *size : 0;
    const bool stays = ++kept <= kMostPutAside && bytes <= kMostPutAsideBytes;
    if (stays) continue;
    const Result<void, IoError> gone = in.unlink(put_aside_[i]);
    if (!gone && gone.error().code != ENOENT) return gone;
    put_aside_.erase(put_aside_.begin() + static_cast<ptrdiff_t>(i));
  }
  return {};
}

}  // namespace awps
