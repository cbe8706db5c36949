#include "hub/operation_members.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "base/random.h"
#include "hub/operation_pool.h"

namespace awps {
namespace {

class OperationMembersTest : public testing::Test {
 protected:
  void add(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      members_.push_back({.entry = &entries_.emplace_back(Entry{.turn = &turns_.emplace_back()})});
    }
  }
  std::vector<const Entry*> order() const {
    std::vector<const Entry*> entries;
    for (const Member& member : members_) entries.push_back(member.entry);
    return entries;
  }

  std::deque<EntryTurn> turns_;
  std::deque<Entry> entries_;
  OperationMembers members_;
};

TEST_F(OperationMembersTest, WhoLeavesIsPassedOver) {
  add(5);
  members_.front().charged = 7;
  EXPECT_EQ(members_.take(entries_[0]).charged, 7U);
  members_.take(entries_[2]);
  members_.take(entries_[4]);
  EXPECT_EQ(order(), (std::vector<const Entry*>{&entries_[1], &entries_[3]}));
  EXPECT_EQ(members_.size(), 2U);
  EXPECT_EQ(members_.front().entry, &entries_[1]);
  EXPECT_EQ(members_.back().entry, &entries_[3]);
  members_.take(entries_[1]);
  members_.take(entries_[3]);
  EXPECT_TRUE(members_.empty());
  EXPECT_EQ(members_.begin(), members_.end());
}

TEST_F(OperationMembersTest, TheOrderOfThoseThatAreLeftStays) {
  Random random(1);
  add(1000);
  std::vector<const Entry*> left = order();
  while (!left.empty()) {
    const size_t place = random.below(left.size());
    EXPECT_EQ(members_.take(*left[place]).entry, left[place]);
    left.erase(left.begin() + static_cast<ptrdiff_t>(place));
    ASSERT_EQ(order(), left);
    ASSERT_EQ(members_.size(), left.size());
    if (left.empty()) break;
    ASSERT_EQ(members_.front().entry, left.front());
    ASSERT_EQ(members_.back().entry, left.back());
  }
}

TEST_F(OperationMembersTest, SomeLeaveTogether) {
  add(6);
  members_.take(entries_[1]);
  const std::vector<Member> taken = members_.take_if([&](const Member& member) {
    return member.entry == &entries_[4] || member.entry == &entries_[5];
  });
  EXPECT_EQ(taken.size(), 2U);
  EXPECT_EQ(order(), (std::vector<const Entry*>{&entries_[0], &entries_[2], &entries_[3]}));
  members_.take(entries_[2]);
  EXPECT_EQ(order(), (std::vector<const Entry*>{&entries_[0], &entries_[3]}));
}

TEST_F(OperationMembersTest, TheLaterHalfIsTheSmallerOne) {
  add(6);
  members_.take(entries_[0]);
  const std::vector<Member> taken = members_.take_later_half();
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken.front().entry, &entries_[4]);
  EXPECT_EQ(order(), (std::vector<const Entry*>{&entries_[1], &entries_[2], &entries_[3]}));
}

}  // namespace
}  // namespace awps
