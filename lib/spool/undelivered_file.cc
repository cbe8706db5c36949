#include "spool/undelivered_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

namespace awps {

namespace {

constexpr size_t kBufferBytes = size_t{256} << 10U;

std::string time_text(WallTime now) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(now));
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const size_t size = std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts);
  return {text.data(), size};
}

}  // namespace

void UndeliveredFile::append(std::string_view line, uint64_t actions) {
  const MutexLock lock(mutex_);
  if (!file_.valid() && failure_.empty()) open();
  actions_ += actions;
  buffer_ += line;
  buffer_ += '\n';
  if (buffer_.size() >= kBufferBytes) write_out();
}

void UndeliveredFile::open() {
  path_ = directory_ + "/undelivered-" + time_text(clock_.wall_now()) + ".ndjson";
  if (::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST) {
    fail("make the folder '" + directory_ + "'");
    return;
  }
  // O_APPEND: two stops within one second share a file rather than overwrite it.
  file_ = UniqueFd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!file_.valid()) fail("create '" + path_ + "'");
}

void UndeliveredFile::write_out() {
  size_t written = 0;
  while (failure_.empty() && written < buffer_.size()) {
    const ssize_t n = ::write(file_.get(), buffer_.data() + written, buffer_.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      fail("write to '" + path_ + "'");
    } else {
      written += static_cast<size_t>(n);
    }
  }
  buffer_.clear();
}

void UndeliveredFile::fail(std::string_view what) {
  failure_ = std::string(what) + ": " + std::strerror(errno);
}

std::string UndeliveredFile::path() const {
  const MutexLock lock(mutex_);
  return path_;
}

Result<uint64_t> UndeliveredFile::finish() {
  const MutexLock lock(mutex_);
  if (actions_ == 0) return uint64_t{0};
  write_out();
  if (failure_.empty() && ::fdatasync(file_.get()) != 0) fail("sync '" + path_ + "'");
  if (failure_.empty()) return actions_;
  return Error{failure_ + "; of " + std::to_string(actions_) +
               " undelivered actions some or all are lost; give spool.path a writable folder with "
               "room"};
}

}  // namespace awps
