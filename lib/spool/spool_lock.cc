#include "spool/spool_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace awps {

namespace {

constexpr size_t kMostText = 200;

struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

std::string path_of_lock(const std::string& folder) {
  return folder + "/spool.lock";
}

SpoolLock::LockError cannot_lock(const std::string& folder, std::string_view what, int code) {
  return {.is_held = false,
          .message = "spool.path '" + folder + "': cannot " + std::string(what) + " '" +
                     path_of_lock(folder) + "': " + std::strerror(code) +
                     "; nothing is kept on disk. Give spool.path a folder of the daemon's user on "
                     "a disk that has locks"};
}

// 0 or an errno.
int not_a_lock_file(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return errno;
  const bool is_ours = S_ISREG(status.st_mode) && status.st_uid == ::geteuid();
  return is_ours ? 0 : EPERM;
}

// As one line that shows no control characters; whatever stands there.
std::string text_of_holder(int fd) {
  std::array<char, kMostText> bytes{};
  const ssize_t size = ::pread(fd, bytes.data(), bytes.size(), 0);
  std::string text;
  for (const char c : std::string_view(bytes.data(), size < 0 ? 0 : static_cast<size_t>(size))) {
    if (c == '\n') text += ", ";
    if (c >= ' ' && c <= '~') text += c;
  }
  if (text.ends_with(", ")) text.resize(text.size() - 2);
  return text.empty() ? "one that does not say who it is" : text;
}

// A full disk takes no words: the lock holds without them.
void write_holder(int fd, std::string_view version) {
  const std::string text =
      "pid " + std::to_string(::getpid()) + "\nversion " + std::string(version) + "\n";
  if (::ftruncate(fd, 0) == 0) (void)!::pwrite(fd, text.data(), text.size(), 0);
}

}  // namespace

Result<SpoolLock, SpoolLock::LockError> SpoolLock::take(const std::string& folder,
                                                        std::string_view version) {
  const std::string path = path_of_lock(folder);
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
  if (!fd.valid()) return cannot_lock(folder, "open", errno);
  if (const int code = not_a_lock_file(fd.get()); code != 0) {
    return cannot_lock(folder, "use", code);
  }
  struct flock lock = whole_file();
  if (::fcntl(fd.get(), F_OFD_SETLK, &lock) != 0) {
    if (errno != EAGAIN && errno != EACCES) return cannot_lock(folder, "lock", errno);
    return LockError{.is_held = true,
                     .message = "spool.path '" + folder + "' is in use by another daemon (" +
                                text_of_holder(fd.get()) +
                                "); stop that one, or give this one another spool.path"};
  }
  write_holder(fd.get(), version);
  return SpoolLock(std::move(fd));
}

std::optional<std::string> SpoolLock::holder(const std::string& folder) {
  const UniqueFd fd(::open(path_of_lock(folder).c_str(),
                           O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd.valid()) return std::nullopt;
  struct flock lock = whole_file();
  if (::fcntl(fd.get(), F_OFD_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return std::nullopt;
  return text_of_holder(fd.get());
}

}  // namespace awps
