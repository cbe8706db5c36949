// A stream that may not count on its partitions starts nothing; what is of others goes on.

#include "hub/lapsed_leases.h"

#include <gtest/gtest.h>

#include "tests/hub/coalesce_harness.h"

namespace awps {
namespace {

class LapsedLeasesTest : public CoalesceTest {
 protected:
  LapsedLeasesTest() {
    accounts_[0].of_stream = true;
    accounts_[0].lease = lease_;
  }
  void lapse() { lease_->extend(now_); }
  static Action to_user(std::string_view user) {
    return {.kind = kSendToUser, .member = user, .data = "same"};
  }
  static Action to_group() { return {.kind = kSendToGroup, .group = "g", .data = "x"}; }
  bool waits_for_something() const { return pipeline_->wake_at(now_) > now_; }

  std::shared_ptr<StreamLease> lease_ = std::make_shared<StreamLease>();
};

TEST_F(LapsedLeasesTest, NothingStartsUntilItIsExtended) {
  make({});
  lapse();
  accept({to_user("Ann"), to_user("Bob")}, 1);
  EXPECT_EQ(next(), nullptr);
  EXPECT_TRUE(waits_for_something());
  EXPECT_EQ(pipeline_->in_flight(), 0U);
  now_ += std::chrono::seconds(10);
  EXPECT_EQ(next(), nullptr);
  EXPECT_TRUE(waits_for_something());
  lease_->extend(now_ + std::chrono::seconds(15));
  now_ = pipeline_->wake_at(now_);
  EXPECT_NE(deliver_next(), "");
  EXPECT_NE(deliver_next(), "");
  EXPECT_TRUE(pipeline_->idle());
  EXPECT_EQ(ledger().retries, 0U);
}

TEST_F(LapsedLeasesTest, WhatIsOfOthersGoesOn) {
  make({.max_in_flight = 1});
  lapse();
  accept({to_user("Ann"), to_user("Bob")}, 1);
  accept({to_user("Cid")}, 2);
  EXPECT_EQ(deliver_next(), "3");
  EXPECT_EQ(next(), nullptr);
}

TEST_F(LapsedLeasesTest, TheOthersOfAnOperationGoSingly) {
  make(one_at_a_time());
  Operation& occupied = occupy();
  accept({to_user("Ann"), to_user("Bob")}, 1);
  accept({to_user("Cid")}, 2);
  finish(occupied);
  lapse();
  EXPECT_EQ(deliver_next(), "4");
  EXPECT_EQ(next(), nullptr);
  EXPECT_EQ(ledger().unsettled(), 2U);
}

TEST_F(LapsedLeasesTest, AMergeKeepsItsOrder) {
  PipelineOptions options = one_at_a_time();
  options.coalesce.merge.push_back(
      {.groups = "*", .format = MergeFormat::kLines, .max_bytes = 1000});
  make(options);
  Operation& occupied = occupy();
  accept({to_group()}, 2);
  accept({to_group()}, 1);
  accept({to_group()}, 2);
  finish(occupied);
  lapse();
  EXPECT_EQ(deliver_next(), "2");
  EXPECT_EQ(next(), nullptr) << "the last one waits for the record before it";
  lease_->extend(kNever);
  now_ += std::chrono::seconds(1);
  EXPECT_EQ(deliver_next(), "3");
  EXPECT_EQ(deliver_next(), "4");
  EXPECT_TRUE(pipeline_->idle());
}

TEST_F(LapsedLeasesTest, WhatIsWithdrawnWaitsNoLonger) {
  make({});
  lapse();
  accept({to_group()}, 1);
  accept({to_group()}, 2);
  EXPECT_EQ(next(), nullptr);
  pipeline_->withdraw([](const Account& account) { return account.producer == 1; }, now_);
  EXPECT_EQ(outcome_of(1), "returned");
  EXPECT_EQ(deliver_next(), "2");
  EXPECT_TRUE(pipeline_->idle());
  EXPECT_EQ(pipeline_->wake_at(now_), kNever);
}

// Of two streams, each with its own lease: what is still over for one must not go with the other's.
TEST_F(LapsedLeasesTest, AnOperationOfTwoStreamsWaitsForBoth) {
  make(one_at_a_time());
  Operation& occupied = occupy();
  const auto others = std::make_shared<StreamLease>();
  accounts_[1].of_stream = true;
  accounts_[1].lease = others;
  accept({to_user("Ann")}, 1);
  accept({to_user("Bob")}, 2);
  lapse();
  others->extend(now_);
  finish(occupied);
  EXPECT_EQ(next(), nullptr);
  lease_->extend(kNever);
  now_ += std::chrono::seconds(1);
  EXPECT_EQ(next(), nullptr);
  others->extend(kNever);
  now_ += std::chrono::seconds(1);
  EXPECT_EQ(deliver_next().size(), 3U) << "both in one request";
  EXPECT_TRUE(pipeline_->idle());
}

TEST_F(LapsedLeasesTest, ItIsNoProbe) {
  make({.max_in_flight = 4});
  accept({to_user("Ann")}, 1);
  accept({to_user("Bob")}, 2);
  Operation& one = *next();
  Operation& other = *next();
  for (Operation* operation : {&one, &other}) finish(*operation, failed());
  ASSERT_EQ(endpoint_.trouble().hold_reason(), HoldReason::kFailing);
  lapse();
  pass_back_off();
  EXPECT_EQ(deliver_next(), "2");
  EXPECT_EQ(endpoint_.trouble().hold_reason(), HoldReason::kNone);
  EXPECT_EQ(next(), nullptr);
  lease_->extend(kNever);
  now_ += std::chrono::seconds(1);
  EXPECT_EQ(deliver_next(), "1");
}

}  // namespace
}  // namespace awps
