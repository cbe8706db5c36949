// A preloaded library that makes a disk hang: while the file that AWPS_HANGS_WHEN names exists, the
// calls that AWPS_HANGING_CALLS names ("sync", "read" or both) do not return, for files whose path
// has AWPS_HANGS_AT in it. write(2) goes on, as it does where the kernel has memory for what the
// disk does not take.

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

bool is_at(const char* place, int fd) {
  char link[64];
  char path[PATH_MAX + 1] = {};
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  return readlink(link, path, sizeof path - 1) > 0 && strstr(path, place) != nullptr;
}

bool hangs(const char* calls, int fd) {
  static const char* const kWhen = getenv("AWPS_HANGS_WHEN");
  static const char* const kCalls = getenv("AWPS_HANGING_CALLS");
  static const char* const kPlace = getenv("AWPS_HANGS_AT");
  return kWhen != nullptr && kCalls != nullptr && kPlace != nullptr &&
         strstr(kCalls, calls) != nullptr && access(kWhen, F_OK) == 0 && is_at(kPlace, fd);
}

template <typename Function, typename... Arguments>
auto once_it_answers(Function* /*type*/, const char* calls, const char* name, int fd,
                     Arguments... arguments) {
  while (hangs(calls, fd)) poll(nullptr, 0, 20);
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name))(fd, arguments...);
}

}  // namespace

extern "C" {

int fsync(int fd) {
  return once_it_answers(&fsync, "sync", "fsync", fd);
}
int fdatasync(int fd) {
  return once_it_answers(&fdatasync, "sync", "fdatasync", fd);
}
ssize_t pread(int fd, void* bytes, size_t count, off_t offset) {
  return once_it_answers(&pread, "read", "pread", fd, bytes, count, offset);
}
}
