#include "base/standard_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

namespace awps {
namespace {

bool is_null(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) &&
         status.st_rdev == makedev(1, 3);  // null(4)
}

// In a child of its own: these of the numbers 0–2 are closed.
bool are_replaced(unsigned closed) {
  for (int fd = 0; fd <= 2; ++fd) {
    if ((closed >> fd & 1U) != 0) ::close(fd);
  }
  const bool was_null[3] = {is_null(0), is_null(1), is_null(2)};
  if (!open_standard_files()) return false;
  for (int fd = 0; fd <= 2; ++fd) {
    const bool is_closed = (closed >> fd & 1U) != 0;
    if (is_null(fd) != (is_closed || was_null[fd])) return false;
  }
  // The next one is none of them.
  return ::open("/dev/zero", O_RDONLY) > STDERR_FILENO;
}

class StandardFiles : public testing::TestWithParam<unsigned> {};

TEST_P(StandardFiles, AreNullWhereThereWereNone) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(are_replaced(GetParam()) ? 0 : 1);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

INSTANTIATE_TEST_SUITE_P(All, StandardFiles, testing::Range(0U, 8U));

TEST(StandardFilesOpened, SayThatNobodyTakesOrGivesAnything) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    for (int fd = 0; fd <= 2; ++fd) ::close(fd);
    char byte = 0;
    const bool fails = open_standard_files() && ::read(STDIN_FILENO, &byte, 1) < 0 &&
                       ::write(STDOUT_FILENO, &byte, 1) < 0 && ::write(STDERR_FILENO, &byte, 1) < 0;
    ::_exit(fails ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace awps
