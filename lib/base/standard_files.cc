#include "base/standard_files.h"

#include <fcntl.h>
#include <unistd.h>

namespace awps {

bool open_standard_files() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    const int mode = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    // It gets the lowest number that is free: this one, since those below are open.
    if (::open("/dev/null", mode) != fd) return false;
  }
  return true;
}

}  // namespace awps
