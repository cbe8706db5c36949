#include "hub/under_way.h"

#include <gtest/gtest.h>

#include <deque>

namespace awps {
namespace {

using enum UnderWay::Standing;
using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};
constexpr Duration kPatience = seconds(1);

class UnderWayTest : public testing::Test {
 protected:
  Operation& start(UnderWay::Standing standing, Instant at) {
    Operation& operation = operations_.emplace_back();
    operation.attempt = {
        .started = at, .of_suspect = standing == kSuspect, .of_known = standing == kKnown};
    under_way_.start(operation);
    return operation;
  }

  std::deque<Operation> operations_;
  UnderWay under_way_;
};

TEST_F(UnderWayTest, CountsByWhatTheTargetIs) {
  Operation& known = start(kKnown, kStart);
  start(kNewcomer, kStart);
  start(kNewcomer, kStart);
  Operation& suspect = start(kSuspect, kStart);
  EXPECT_EQ(under_way_.count(kKnown), 1U);
  EXPECT_EQ(under_way_.count(kNewcomer), 2U);
  EXPECT_EQ(under_way_.count(kSuspect), 1U);
  under_way_.end(known);
  under_way_.end(suspect);
  EXPECT_EQ(under_way_.count(kKnown), 0U);
  EXPECT_EQ(under_way_.count(kNewcomer), 2U);
  EXPECT_EQ(under_way_.count(kSuspect), 0U);
}

TEST_F(UnderWayTest, ASuspectThatWasKnownIsASuspect) {
  EXPECT_EQ(UnderWay::standing_of({.of_suspect = true, .of_known = true}), kSuspect);
}

TEST_F(UnderWayTest, WhoTakesLongerThanIsUsualIsOverdue) {
  start(kKnown, kStart);
  start(kNewcomer, kStart + seconds(2));
  EXPECT_EQ(under_way_.next_overdue(kPatience), kStart + kPatience);
  under_way_.advance(kPatience, kStart + kPatience - Duration(1));
  EXPECT_EQ(under_way_.overdue(), 0U);
  under_way_.advance(kPatience, kStart + kPatience);
  EXPECT_EQ(under_way_.overdue(), 1U);
  EXPECT_EQ(under_way_.on_time(kKnown), 0U);
  EXPECT_EQ(under_way_.count(kKnown), 1U) << "it is under way all the same";
  EXPECT_EQ(under_way_.on_time(kNewcomer), 1U);
  EXPECT_EQ(under_way_.next_overdue(kPatience), kStart + seconds(2) + kPatience);
}

TEST_F(UnderWayTest, WhoIsOverdueMayEndLikeAnybody) {
  Operation& late = start(kSuspect, kStart);
  Operation& on_time = start(kSuspect, kStart + seconds(5));
  under_way_.advance(kPatience, kStart + seconds(5));
  ASSERT_EQ(under_way_.overdue(), 1U);
  under_way_.end(late);
  EXPECT_EQ(under_way_.overdue(), 0U);
  EXPECT_EQ(under_way_.on_time(kSuspect), 1U);
  under_way_.end(on_time);
  EXPECT_EQ(under_way_.count(kSuspect), 0U);
  EXPECT_EQ(under_way_.next_overdue(kPatience), kNever);
}

TEST_F(UnderWayTest, ForgetsAll) {
  Operation& late = start(kKnown, kStart);
  Operation& on_time = start(kNewcomer, kStart + seconds(5));
  under_way_.advance(kPatience, kStart + seconds(5));
  under_way_.forget();
  EXPECT_EQ(under_way_.overdue() + under_way_.count(kKnown) + under_way_.count(kNewcomer), 0U);
  EXPECT_EQ(under_way_.next_overdue(kPatience), kNever);
  EXPECT_EQ(late.list, nullptr);
  EXPECT_EQ(on_time.list, nullptr);
}

}  // namespace
}  // namespace awps
