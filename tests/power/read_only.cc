// A preloaded library that makes file systems read-only, as ext4 does after an error: while the
// file that AWPS_READ_ONLY_WHEN names exists, calls that would change something answer EROFS. Of
// those that the spool makes; write(2), with which the log is written, goes on.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace {

bool is_read_only() {
  static const char* const kWhen = getenv("AWPS_READ_ONLY_WHEN");
  return kWhen != nullptr && access(kWhen, F_OK) == 0;
}

template <typename Function, typename... Arguments>
auto unless_read_only(Function* /*type*/, const char* name, Arguments... arguments) {
  using Answer = decltype(static_cast<Function*>(nullptr)(arguments...));
  if (is_read_only()) {
    errno = EROFS;
    return Answer{-1};
  }
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name))(arguments...);
}

}  // namespace

extern "C" {

ssize_t pwrite(int fd, const void* bytes, size_t count, off_t offset) {
  return unless_read_only(&pwrite, "pwrite", fd, bytes, count, offset);
}

int fallocate(int fd, int mode, off_t offset, off_t length) {
  return unless_read_only(&fallocate, "fallocate", fd, mode, offset, length);
}

int fsync(int fd) {
  return unless_read_only(&fsync, "fsync", fd);
}
int fdatasync(int fd) {
  return unless_read_only(&fdatasync, "fdatasync", fd);
}

int mkdir(const char* path, mode_t mode) noexcept {
  return unless_read_only(&mkdir, "mkdir", path, mode);
}

int unlinkat(int folder, const char* path, int flags) noexcept {
  return unless_read_only(&unlinkat, "unlinkat", folder, path, flags);
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  return unless_read_only(&renameat, "renameat", from_folder, from, to_folder, to);
}

int openat(int folder, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  if ((flags & O_ACCMODE) != O_RDONLY && is_read_only()) {
    errno = EROFS;
    return -1;
  }
  using Openat = int(int, const char*, int, ...);
  return reinterpret_cast<Openat*>(dlsym(RTLD_NEXT, "openat"))(folder, path, flags, mode);
}
}
