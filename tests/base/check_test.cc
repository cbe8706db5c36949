#include "base/check.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

namespace awps {
namespace {

TEST(Check, EndsTheProcessAlsoWhereNobodyReadsItsWords) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::alarm(60);  // SIGALRM instead of SIGABRT: it hangs
    const std::string page(4096, 'x');
    for (int written = 0; written < 16; ++written) (void)!::write(ends[1], page.data(), 4096);
    ::dup2(ends[1], STDERR_FILENO);
    AWPS_CHECK(false);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGABRT);
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace awps
