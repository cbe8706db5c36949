#include "hub/ready_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <string>

#include "hub/entry.h"
#include "hub/producer_state.h"

namespace awps {
namespace {

class ReadyListTest : public testing::Test {
 protected:
  Entry& entry_of(ProducerState& producer, size_t data_bytes = 10) {
    const std::string data(data_bytes, 'x');
    Entry& entry = *pool_.make(OrderPlan());
    pool_.give_turn(entry);
    Batch& batch = batches_.emplace_back(account_, Instant(), 1000);
    batch.producer_state = &producer;
    entry.accepted = &batch.add({.data = data}, 1, 100, 0);
    entry.batch = &batch;
    return entry;
  }
  /// Whose entries come out, in this order, as letters.
  std::string taken(size_t count) {
    std::string order;
    for (size_t i = 0; i < count; ++i) {
      order += names_.at(&list_.front()->producer());
      list_.take(*list_.front());
    }
    return order;
  }

  EntryPool pool_;
  Account account_;
  std::deque<Batch> batches_;
  ReadyList list_{0};
  ProducerState a_;
  ProducerState b_;
  ProducerState c_;
  std::map<const ProducerState*, char> names_ = {{&a_, 'a'}, {&b_, 'b'}, {&c_, 'c'}};
};

TEST_F(ReadyListTest, OneProducerIsServedInItsOrderAroundOneThatLeaves) {
  Entry& first = entry_of(a_);
  Entry& second = entry_of(a_);
  Entry& third = entry_of(a_);
  for (Entry* entry : {&first, &second, &third}) list_.push(*entry);
  list_.remove(second);
  EXPECT_EQ(list_.front(), &first);
  list_.take(*list_.front());
  EXPECT_EQ(list_.front(), &third);
  list_.remove(third);
  EXPECT_EQ(list_.front(), nullptr);
  EXPECT_TRUE(list_.empty());
  EXPECT_EQ(list_.size(), 0U);
}

TEST_F(ReadyListTest, AProducerWithAThousandWaitingDoesNotHoldUpTheOthers) {
  for (int i = 0; i < 1000; ++i) list_.push(entry_of(a_));
  for (int i = 0; i < 2; ++i) list_.push(entry_of(b_));
  list_.push(entry_of(c_));
  const std::string order = taken(8);
  EXPECT_LE(order.find('b'), 2U) << order;
  EXPECT_LE(order.find('c'), 2U) << order;
  EXPECT_LE(order.rfind('b'), 5U) << order;
}

// As where each turn takes all that its producer has, merged, and more has come before the next.
TEST_F(ReadyListTest, ProducersThatHaveOneAtATimeTakeTurns) {
  for (ProducerState* producer : {&a_, &b_}) list_.push(entry_of(*producer));
  std::string order;
  for (int i = 0; i < 20; ++i) {
    ProducerState& next = list_.front()->producer();
    order += names_.at(&next);
    list_.take(*list_.front());
    list_.push(entry_of(next));
  }
  for (const char name : {'a', 'b'}) EXPECT_EQ(std::ranges::count(order, name), 10) << order;
}

TEST_F(ReadyListTest, WhoIsNextGoesNextAlsoIfTheOneBeforeLeaves) {
  Entry& leaves = entry_of(a_);
  list_.push(leaves);
  list_.push(entry_of(b_));
  list_.push(entry_of(c_));
  list_.remove(leaves);
  EXPECT_EQ(taken(2), "bc");
}

TEST_F(ReadyListTest, ALargeMessageCostsItsProducerTurns) {
  for (int i = 0; i < 10; ++i) list_.push(entry_of(a_, 8192));
  for (int i = 0; i < 100; ++i) list_.push(entry_of(b_));
  const std::string order = taken(60);
  // 8 KiB cost five requests.
  EXPECT_NEAR(static_cast<double>(std::ranges::count(order, 'a')), 10, 1) << order;
}

TEST_F(ReadyListTest, InTheBackIsWhoCameLastOfTheProducerWhoseTurnIsTheFurthestOff) {
  EXPECT_EQ(list_.back(), nullptr);
  list_.push(entry_of(a_));
  list_.push(entry_of(b_));
  Entry& last = entry_of(b_);
  list_.push(last);
  EXPECT_EQ(list_.back(), &last);
  list_.push(entry_of(a_));
  EXPECT_EQ(list_.back(), &last) << "it is a's turn first";
}

TEST_F(ReadyListTest, AProducerHasAQueueInEachOfTheLists) {
  ReadyList other(1);
  Entry& first = entry_of(a_);
  Entry& second = entry_of(a_);
  list_.push(first);
  other.push(second);
  EXPECT_EQ(list_.front(), &first);
  EXPECT_EQ(other.front(), &second);
  list_.remove(first);
  EXPECT_TRUE(list_.empty());
  EXPECT_EQ(other.front(), &second);
}

TEST_F(ReadyListTest, WhoComesBackAfterAPauseHasSavedNothingUp) {
  for (int i = 0; i < 50; ++i) list_.push(entry_of(a_));
  list_.push(entry_of(b_));
  EXPECT_EQ(taken(30).size(), 30U);
  for (int i = 0; i < 10; ++i) list_.push(entry_of(b_));
  const std::string order = taken(10);
  EXPECT_NEAR(static_cast<double>(std::ranges::count(order, 'b')), 5, 1) << order;
}

}  // namespace
}  // namespace awps
