#include "worker/id_filter.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

constexpr WallTime kNow{std::chrono::hours(1)};

// A batch of one action with that id, without a record.
struct OneAction {
  explicit OneAction(uint64_t id, bool is_new = false) : batch(account, Instant{}, 256) {
    batch.add(Action{.data = "a"}, 1, 400, 0);
    batch.uncommitted().ids = {{.hash = {.high = id, .low = id}, .is_set = true, .is_new = is_new}};
    const uint32_t no_bytes = 0;
    batch.uncommitted().records.assign(reinterpret_cast<const char*>(&no_bytes), sizeof no_bytes);
  }
  bool is_duplicate() { return batch.uncommitted().ids[0].is_duplicate; }

  Account account;
  Batch batch;
};

TEST(IdFilter, WhatComesAgainIsADuplicate) {
  IdFilter filter({});
  OneAction first(7);
  OneAction second(7);
  EXPECT_EQ(filter.mark(first.batch, kNow), 0U);
  filter.accept(kNow);
  EXPECT_EQ(filter.mark(second.batch, kNow), 1U);
  EXPECT_TRUE(second.is_duplicate());
}

TEST(IdFilter, WhatIsKnownToBeNewIsNone) {
  IdFilter filter({});
  OneAction first(7);
  OneAction second(7, /*is_new=*/true);
  filter.mark(first.batch, kNow);
  filter.accept(kNow);
  EXPECT_EQ(filter.mark(second.batch, kNow), 0U);
  EXPECT_FALSE(second.is_duplicate());
  EXPECT_FALSE(second.batch.uncommitted().records.empty());
}

TEST(IdFilter, LearnsTheIdOfWhatIsNew) {
  IdFilter filter({});
  OneAction first(7, /*is_new=*/true);
  OneAction second(7);
  filter.mark(first.batch, kNow);
  filter.accept(kNow);
  EXPECT_EQ(filter.mark(second.batch, kNow), 1U);
}

// Neither the refused one nor what came with it is known.
TEST(IdFilter, ForgetsWhatIsRefused) {
  IdFilter filter({});
  OneAction first(7);
  OneAction second(7);
  filter.mark(first.batch, kNow);
  filter.refuse();
  EXPECT_EQ(filter.mark(second.batch, kNow), 0U);
}

}  // namespace
}  // namespace awps
