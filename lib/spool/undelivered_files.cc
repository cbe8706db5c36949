#include "spool/undelivered_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/unique_fd.h"
#include "spool/undelivered_file.h"

namespace awps {

namespace {

constexpr size_t kPieceBytes = size_t{64} << 10U;

WallTime wall_time(const timespec& time) {
  return WallTime(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

bool is_same(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

std::string counted(uint64_t number, std::string_view noun) {
  return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

struct Listing {
  std::vector<std::string> names;  // sorted, which is their order of time
  bool is_whole = true;
  int error = 0;  // an errno
};

Listing list(DIR* folder, size_t most_entries) {
  Listing listing;
  errno = 0;
  size_t seen = 0;
  for (const dirent* entry = nullptr; (entry = ::readdir(folder)) != nullptr;) {
    listing.is_whole = seen++ < most_entries;
    if (!listing.is_whole) break;
    if (is_undelivered_name(entry->d_name)) listing.names.emplace_back(entry->d_name);
  }
  if (listing.is_whole) listing.error = errno;
  std::ranges::sort(listing.names);
  return listing;
}

}  // namespace

std::string to_text(const Undelivered& undelivered) {
  return counted(undelivered.files, "file") + " with " +
         (undelivered.is_at_least ? "at least " : "") + counted(undelivered.actions, "action");
}

const Undelivered& UndeliveredFiles::look() {
  last_ = {};
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(directory_.c_str()), &::closedir);
  if (folder == nullptr) {
    if (errno != ENOENT) last_.error = std::strerror(errno);
    return last_;
  }
  const Listing listing = list(folder.get(), options_.most_entries);
  if (listing.error != 0) last_.error = std::strerror(listing.error);
  before_ = std::exchange(known_, {});
  uint64_t bytes_left = options_.most_bytes;
  const size_t looked_at = std::min(listing.names.size(), options_.most_files);
  const int at = ::dirfd(folder.get());
  for (size_t i = 0; i < looked_at; ++i) look_at(at, listing.names[i], bytes_left);
  last_.files += listing.names.size() - looked_at;
  if (looked_at < listing.names.size() || !listing.is_whole) last_.is_at_least = true;
  before_.clear();
  return last_;
}

// One that is gone, or is no regular file, does not count.
void UndeliveredFiles::look_at(int folder, const std::string& name, uint64_t& bytes_left) {
  struct stat status {};
  if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return;
  if (!S_ISREG(status.st_mode)) return;
  ++last_.files;
  last_.bytes += static_cast<uint64_t>(status.st_size);
  const WallTime written = wall_time(status.st_mtim);
  last_.oldest = last_.oldest ? std::min(*last_.oldest, written) : written;
  Known& file = known(name, status);
  read_on(folder, name, file, bytes_left);
  last_.actions += file.count.actions();
  if (file.read < file.size) last_.is_at_least = true;
}

void UndeliveredFiles::read_on(int folder, const std::string& name, Known& file,
                               uint64_t& bytes_left) {
  if (file.read == file.size || bytes_left == 0) return;
  // O_NONBLOCK: what has this name by now may be a pipe.
  const UniqueFd opened(
      ::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  std::array<char, kPieceBytes> piece;
  while (opened.valid() && file.read < file.size && bytes_left > 0) {
    const uint64_t wanted = std::min(
        {uint64_t{piece.size()}, bytes_left, static_cast<uint64_t>(file.size - file.read)});
    const ssize_t n = ::pread(opened.get(), piece.data(), wanted, file.read);
    if (n <= 0) return;  // it is tried again at the next look
    file.count.take({piece.data(), static_cast<size_t>(n)});
    file.read += n;
    bytes_left -= static_cast<uint64_t>(n);
  }
}

UndeliveredFiles::Known& UndeliveredFiles::known(const std::string& name,
                                                 const struct stat& status) {
  const auto before = before_.find(name);
  if (before != before_.end() && before->second.inode == status.st_ino &&
      before->second.size == status.st_size && is_same(before->second.written, status.st_mtim)) {
    return known_[name] = before->second;
  }
  return known_[name] = {.inode = status.st_ino, .size = status.st_size, .written = status.st_mtim};
}

}  // namespace awps
