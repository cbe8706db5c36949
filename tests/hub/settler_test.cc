#include "hub/settler.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace awps {
namespace {

constexpr size_t kInABatch = 32;

/// A Settler with batches of texts of 1 KiB, whose actions end by hand.
class SettlerTest : public testing::Test {
 protected:
  /// The entries of one more batch.
  std::vector<Entry*> take_batch() {
    auto owned = std::make_unique<Batch>(account_, Instant(), kInABatch * (text_.size() + 64));
    for (size_t i = 0; i < kInABatch; ++i) owned->add({.data = text_}, ++seq_, 100, 0);
    Batch& batch = settler_.take(std::move(owned));
    std::vector<Entry*> entries;
    for (Accepted* one = batch.first(); one != nullptr; one = one->next) {
      entries.push_back(&settler_.admit(*one, batch, OrderPlan()));
    }
    settler_.taken();
    return entries;
  }
  /// All but the last one of a batch end; that one.
  Entry& leave_one_of(const std::vector<Entry*>& entries) {
    for (Entry* entry : entries) {
      if (entry != entries.back()) settler_.settle(*entry, {});
    }
    return *entries.back();
  }

  const std::string text_ = std::string(1024, 'x');
  Account account_;
  uint64_t seq_ = 0;
  Settler settler_;
};

TEST_F(SettlerTest, WhatIsLeftOfABatchStaysWhereItIsWhileLittleIsHeld) {
  const std::vector<Entry*> entries = take_batch();
  const Batch* batch = entries.front()->batch;
  EXPECT_EQ(leave_one_of(entries).batch, batch);
}

TEST_F(SettlerTest, WhatIsLeftOfABatchMovesWhereMuchIsHeld) {
  for (int i = 0; i < 64; ++i) take_batch();
  const std::vector<Entry*> entries = take_batch();
  const Entry& left = leave_one_of(entries);
  EXPECT_LT(left.batch->count(), kInABatch);
  EXPECT_EQ(left.accepted->tracking, &left);
  EXPECT_EQ(left.accepted->seq, seq_);
  EXPECT_EQ(left.action().data, text_);
}

}  // namespace
}  // namespace awps
