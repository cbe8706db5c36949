// Result, UniqueFd, AWPS_CHECK and time: small words, whose promises others build on.

#include "base/result.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace awps {
namespace {

Result<int> half_of(int number) {
  if (number % 2 != 0) return Error{"halve " + std::to_string(number) + ": it is odd"};
  return number / 2;
}

Result<void> require_even(int number) {
  if (number % 2 != 0) return Error{"odd"};
  return {};
}

TEST(Result, HoldsAValueOrAnError) {
  EXPECT_TRUE(half_of(4).ok());
  EXPECT_EQ(*half_of(4), 2);
  EXPECT_FALSE(half_of(3).ok());
  EXPECT_EQ(half_of(3).error().message, "halve 3: it is odd");
}

TEST(Result, OfVoidHoldsSuccessOrAnError) {
  EXPECT_TRUE(require_even(2).ok());
  EXPECT_EQ(require_even(1).error(), Error{"odd"});
}

TEST(Result, GivesUpWhatItOwns) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  const std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 7);
}

TEST(ResultDeathTest, AskingForTheAbsentHalfIsOurBug) {
  EXPECT_DEATH((void)half_of(3).value(), "check failed");
  EXPECT_DEATH((void)half_of(4).error(), "check failed");
  EXPECT_DEATH((void)require_even(2).error(), "check failed");
}

TEST(CheckDeathTest, NamesConditionAndPlace) {
  EXPECT_DEATH(AWPS_CHECK(1 + 1 == 3), "1 \\+ 1 == 3 at .*result_test.cc:[0-9]+");
  AWPS_CHECK(1 + 1 == 2);
}

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

TEST(UniqueFd, ClosesWhatItOwnsOnce) {
  int fds[2];
  ASSERT_EQ(::pipe2(fds, O_CLOEXEC), 0);
  {
    UniqueFd first(fds[0]);
    UniqueFd second(fds[1]);
    EXPECT_TRUE(first.valid());
    UniqueFd moved(std::move(first));
    EXPECT_EQ(moved.get(), fds[0]);
    EXPECT_FALSE(first.valid());  // NOLINT: a moved-from UniqueFd is empty, that is its promise
    moved = std::move(second);
    EXPECT_FALSE(is_open(fds[0]));
    EXPECT_TRUE(is_open(fds[1]));
  }
  EXPECT_FALSE(is_open(fds[1]));
}

TEST(UniqueFd, ReleasesWithoutClosing) {
  int fds[2];
  ASSERT_EQ(::pipe2(fds, O_CLOEXEC), 0);
  UniqueFd writer(fds[1]);
  int released = -1;
  {
    UniqueFd reader(fds[0]);
    released = reader.release();
  }
  EXPECT_TRUE(is_open(released));
  ::close(released);
}

TEST(Time, ConvertsSecondsBothWays) {
  EXPECT_EQ(from_seconds(1.5), std::chrono::milliseconds(1500));
  EXPECT_DOUBLE_EQ(to_seconds(std::chrono::milliseconds(250)), 0.25);
}

}  // namespace
}  // namespace awps
