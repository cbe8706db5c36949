#include "spool/undelivered_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>

namespace awps {

namespace {

constexpr size_t kBufferBytes = size_t{256} << 10U;
constexpr std::string_view kNameBegin = "undelivered-";
constexpr std::string_view kNameEnd = ".ndjson";

std::string time_text(WallTime now) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(now));
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const size_t size = std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts);
  return {text.data(), size};
}

// Of as much of `bytes` as can be written; errno says why it is less.
size_t write_all(int file, std::string_view bytes) {
  size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t n = ::write(file, bytes.data() + written, bytes.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) break;
    written += static_cast<size_t>(n);
  }
  return written;
}

UniqueFd open_folder(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

// EINVAL: folders are not synced there.
bool sync_descriptor(int folder) {
  return ::fsync(folder) == 0 || errno == EINVAL;
}

// A name is as durable as the folder that it stands in.
bool sync_folder(const std::string& path) {
  const UniqueFd folder = open_folder(path);
  return folder.valid() && sync_descriptor(folder.get());
}

// Another folder may have taken its place.
bool is_open_at(const UniqueFd& folder, const std::string& path) {
  struct stat held {};
  struct stat there {};
  return folder.valid() && ::fstat(folder.get(), &held) == 0 && ::stat(path.c_str(), &there) == 0 &&
         held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

// A few bytes can be written where the disk is not full.
bool write_trial(int file) {
  static constexpr std::array<char, 4096> kTrial{};
  const std::string_view trial(kTrial.data(), kTrial.size());
  return write_all(file, trial) == trial.size() && ::fdatasync(file) == 0;
}

Error folder_error(const std::string& directory, std::string_view what) {
  return Error{"spool.path '" + directory + "': " + std::string(what) + ": " +
               std::strerror(errno) +
               "; what a stop cannot deliver would be lost. Give spool.path a folder that the "
               "daemon's user may write to, with room"};
}

Result<bool> make_folder(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0700) == 0) {
    (void)sync_folder(std::filesystem::path(directory).parent_path());  // as safe as we can
    return true;
  }
  if (errno == EEXIST) return false;
  return folder_error(directory, "cannot make the folder");
}

Result<void> write_trial_into(const std::string& directory) {
  std::string path = directory + "/.trial-XXXXXX";
  const UniqueFd file(::mkostemp(path.data(), O_CLOEXEC));
  if (!file.valid()) return folder_error(directory, "cannot make a file there");
  // Before the disk may hang: a stop waits for no trial, and nobody would remove it later.
  (void)::unlink(path.c_str());
  if (!write_trial(file.get())) return folder_error(directory, "cannot write there");
  if (!sync_folder(directory)) return folder_error(directory, "cannot sync the folder");
  return {};
}

}  // namespace

bool is_undelivered_name(std::string_view name) {
  return name.size() >= kNameBegin.size() + kNameEnd.size() && name.starts_with(kNameBegin) &&
         name.ends_with(kNameEnd);
}

Result<void> try_spool_folder(const std::string& directory) {
  const Result<bool> made = make_folder(directory);
  if (!made) return made.error();
  Result<void> written = write_trial_into(directory);
  if (*made) (void)::rmdir(directory.c_str());
  return written;
}

Result<void> UndeliveredFile::try_folder() {
  if (Result<void> ready = prepare_folder(); !ready) return ready;
  // Nobody waits for this: a stop may come while the disk hangs.
  return write_trial_into(directory_);
}

Result<void> UndeliveredFile::prepare_folder() {
  const MutexLock lock(mutex_);
  if (!reserve_.valid()) reserve_ = UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  return writes_.during([this]() REQUIRES(mutex_) -> Result<void> {
    if (const Result<bool> made = make_folder(directory_); !made) return made.error();
    if (!is_open_at(folder_, directory_)) folder_ = open_folder(directory_);
    return {};
  });
}

uint64_t UndeliveredFile::append(std::string_view line) {
  const MutexLock lock(mutex_);
  if (!file_.valid() && failure_.empty()) writes_.during([this]() REQUIRES(mutex_) { open(); });
  appended_ += line.size() + 1;
  if (!failure_.empty()) return appended_;
  buffer_ += line;
  buffer_ += '\n';
  if (buffer_.size() >= kBufferBytes) write_out();
  return appended_;
}

void UndeliveredFile::open() {
  if (const Result<bool> made = make_folder(directory_); !made) {
    failure_ = made.error().message;
    return;
  }
  reserve_.reset();
  file_ = make_file(directory_ + "/" + std::string(kNameBegin) + time_text(clock_.wall_now()));
  if (!file_.valid()) return fail("cannot make '" + path_ + "'");
  // Where there are no locks, whoever sends the file sees that it grows.
  (void)::flock(file_.get(), LOCK_SH | LOCK_NB);
}

// Who took the descriptor that was just set free may give it back in a moment.
UniqueFd UndeliveredFile::make_file(const std::string& name) {
  static constexpr int kTries = 100;
  int number = 1;
  for (int i = 0; i < kTries; ++i) {
    // '_' sorts behind the '.' of the first.
    path_ = name + (number == 1 ? "" : "_" + std::to_string(number)) + std::string(kNameEnd);
    UniqueFd file(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.valid()) return file;
    if (errno == EEXIST) {
      ++number;
    } else if (errno == EMFILE || errno == ENFILE) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      errno = EMFILE;
    } else {
      return {};
    }
  }
  return {};
}

void UndeliveredFile::write_out() {
  const std::string buffer = std::exchange(buffer_, {});
  const size_t written =
      writes_.during([&]() REQUIRES(mutex_) { return write_all(file_.get(), buffer); });
  if (written == buffer.size()) {
    written_ += written;
    return;
  }
  fail("cannot write to '" + path_ + "'");
  cut_torn_line(std::string_view(buffer).substr(0, written));
}

// `written` of the buffer is in the file; its last line is not whole.
void UndeliveredFile::cut_torn_line(std::string_view written) {
  const size_t whole = written.rfind('\n') + 1;  // none: 0
  written_ += whole;
  if (whole == written.size()) return;
  // If not even this works, the torn line is the last one, and is refused when it is sent again.
  (void)writes_.during(
      [this]() REQUIRES(mutex_) { return ::ftruncate(file_.get(), static_cast<off_t>(written_)); });
}

uint64_t UndeliveredFile::sync() {
  const ToSync what = write_rest();
  return note_synced(what, what.file < 0 || sync_both(what));
}

UndeliveredFile::ToSync UndeliveredFile::write_rest() {
  const MutexLock lock(mutex_);
  if (!buffer_.empty()) write_out();
  if (!file_.valid() || safe_ == written_) return {};
  const bool has_folder =
      writes_.during([this]() REQUIRES(mutex_) { return is_open_at(folder_, directory_); });
  return {.file = file_.get(), .folder = has_folder ? folder_.get() : -1, .bytes = written_};
}

// After one that has failed it is not tried again, by nobody: the system may have thrown the bytes
// away since, and tells only the first who asks. Then errno says why.
bool UndeliveredFile::sync_both(const ToSync& what) {
  const MutexLock lock(sync_mutex_);
  const auto sync = [&]() REQUIRES(sync_mutex_) {
    const bool knows_name = is_folder_synced_ || (what.folder < 0 ? sync_folder(directory_)
                                                                  : sync_descriptor(what.folder));
    is_folder_synced_ = knows_name;
    return knows_name && ::fdatasync(what.file) == 0;
  };
  if (sync_error_ == 0 && syncs_.during(sync)) return true;
  if (sync_error_ == 0) sync_error_ = errno;
  errno = sync_error_;
  return false;
}

uint64_t UndeliveredFile::note_synced(const ToSync& what, bool is_synced) {
  const int cause = errno;
  const MutexLock lock(mutex_);
  if (what.file < 0) return safe_;
  if (is_synced) return safe_ = std::max(safe_, what.bytes);
  errno = cause;
  fail("cannot sync '" + path_ + "'");
  writes_.during([this]() REQUIRES(mutex_) { file_.reset(); });
  return safe_;
}

void UndeliveredFile::fail(std::string_view what) {
  if (failure_.empty()) failure_ = folder_error(directory_, what).message;
}

std::string UndeliveredFile::path() const {
  const MutexLock lock(mutex_);
  return path_;
}

std::string UndeliveredFile::failure() const {
  const MutexLock lock(mutex_);
  return failure_;
}

}  // namespace awps
