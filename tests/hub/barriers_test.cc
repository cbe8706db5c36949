#include "hub/barriers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "hub/entry.h"

namespace awps {
namespace {

TEST(Barrier, KeepsLittleOfThoseThatExpiredBehindADam) {
  Barrier barrier;
  EntryPool pool;
  OrderPlan plan;
  plan.barriers[0] = LaneMode::kShared;
  Entry dam;
  barrier.enter(dam, LaneMode::kShared);
  std::deque<Entry*> waiting;
  size_t most_runs = 0;
  for (int i = 0; i < 10'000; ++i) {
    Entry& entry = *waiting.emplace_back(pool.make(plan));
    entry.place(0) = barrier.enter(entry, i % 2 == 0 ? LaneMode::kAlone : LaneMode::kShared);
    most_runs = std::max(most_runs, barrier.runs());
    if (waiting.size() <= 100) continue;
    std::vector<Entry*> opened;
    barrier.forget(waiting.front()->place(0));
    barrier.leave(waiting.front()->place(0), opened);
    waiting.pop_front();
    barrier.tidy([](Entry& other) -> Barrier::Place& { return other.place(0); });
    ASSERT_TRUE(opened.empty());
  }
  EXPECT_LE(most_runs, 300U);
}

}  // namespace
}  // namespace awps
