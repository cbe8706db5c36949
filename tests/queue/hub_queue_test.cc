#include "queue/hub_queue.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"
#include "queue/hub_entrance.h"

namespace awps {
namespace {

HubQueue::Options for_threads(int threads) {
  return {.hub = "chat",
          .intake_threads = threads,
          .budget = {.max_bytes = uint64_t{1} << 30U, .max_producer_share = 1}};
}

// A batch of sends, its data their seq.
std::unique_ptr<Batch> batch_of(Account& account, uint64_t first_seq, int count) {
  auto batch =
      std::make_unique<Batch>(account, Instant{}, size_t{256} * static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    const std::string data = std::to_string(first_seq);
    Action action;
    action.data = data;
    batch->add(action, first_seq++, static_cast<uint32_t>(charge_of(action)), 0);
  }
  return batch;
}

// As the intake does, which is charged for it.
void enter(HubQueue& queue, int intake_thread, std::unique_ptr<Batch> batch) {
  MemoryEntrance(queue).enter(intake_thread, std::move(batch));
}

TEST(HubQueue, HandsBatchesOverWithTheirContents) {
  HubQueue queue(
      for_threads(1), [] {}, [] {});
  Account account;
  enter(queue, 0, batch_of(account, 1, 3));
  std::array<std::unique_ptr<Batch>, 4> popped;
  ASSERT_EQ(queue.pop(popped), 1U);
  std::vector<std::string> seen;
  for (const Accepted* item = popped[0]->first(); item != nullptr; item = item->next) {
    seen.push_back(std::to_string(item->seq) + "=" + std::string(item->data()));
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"1=1", "2=2", "3=3"}));
  EXPECT_EQ(&popped[0]->account(), &account);
  EXPECT_EQ(account.held_bytes.load(), popped[0]->charge());
  EXPECT_EQ(queue.budget().held_bytes(), popped[0]->charge());
  EXPECT_EQ(queue.pop(popped), 0U);
}

TEST(HubQueue, CopiesWhatABatchBorrows) {
  Account account;
  Batch batch(account, Instant{}, 100);
  {
    std::string group = "group";
    std::string excluded = "c1";
    const std::array<std::string_view, 1> list = {excluded};
    ActionOptions options;
    options.excluded = list;
    options.filter = std::string_view(group);
    Action action;
    action.group = group;
    action.options = &options;
    batch.add(action, 1, 200, 5);
    group.assign("XXXXX");
    excluded.assign("YY");
  }
  const Accepted& item = *batch.first();
  EXPECT_EQ(item.action().group, "group");
  EXPECT_EQ(item.action().options->filter, "group");
  EXPECT_EQ(item.action().excluded()[0], "c1");
  EXPECT_EQ(item.ordered_batch(), 5U);
  EXPECT_EQ(batch.charge(), 200U);
}

TEST(HubQueue, FreesWhatNobodyTook) {
  Account account;
  HubQueue queue(
      for_threads(1), [] {}, [] {});
  for (int i = 0; i < 100; ++i) enter(queue, 0, batch_of(account, 1, 10));
  EXPECT_EQ(queue.size_approx(), 100U);
}

TEST(HubQueue, WakesItsWorkerOnlyWhileThatSleeps) {
  int wakes = 0;
  HubQueue queue(
      for_threads(1), [&] { ++wakes; }, [] {});
  Account account;
  std::array<std::unique_ptr<Batch>, 4> popped;
  enter(queue, 0, batch_of(account, 1, 1));
  queue.wake_worker();
  EXPECT_EQ(wakes, 0);
  EXPECT_FALSE(queue.prepare_to_sleep()) << "there is something to do";
  queue.pop(popped);
  EXPECT_TRUE(queue.prepare_to_sleep());
  enter(queue, 0, batch_of(account, 2, 1));
  queue.wake_worker();
  queue.wake_worker();
  EXPECT_EQ(wakes, 1);
  queue.woke_up();
  EXPECT_EQ(queue.pop(popped), 1U);
}

// The model is a deque an intake thread: batches of one thread leave in its order, none is lost.
TEST(HubQueue, BehavesAsOneQueueAnIntakeThread) {
  static constexpr int kThreads = 4;
  const uint64_t seed = seed_from_system();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  HubQueue queue(
      for_threads(kThreads), [] {}, [] {});
  std::array<Account, kThreads> accounts;
  std::array<std::deque<uint64_t>, kThreads> model;
  uint64_t charge = 0;
  uint64_t next_seq = 1;
  for (int i = 0; i < 20'000; ++i) {
    if (random.chance(0.55)) {
      const size_t thread = random.below(kThreads);
      auto batch = batch_of(accounts[thread], next_seq, 1);
      charge += batch->charge();
      enter(queue, static_cast<int>(thread), std::move(batch));
      model[thread].push_back(next_seq++);
    } else {
      std::array<std::unique_ptr<Batch>, 3> popped;
      const size_t count = queue.pop(popped);
      for (size_t k = 0; k < count; ++k) {
        Account& account = popped[k]->account();
        auto& expected = model[static_cast<size_t>(&account - accounts.data())];
        ASSERT_FALSE(expected.empty());
        ASSERT_EQ(popped[k]->first()->seq, expected.front());
        expected.pop_front();
        charge -= popped[k]->charge();
        queue.budget().release(popped[k]->charge(), account);
      }
    }
    ASSERT_EQ(queue.budget().held_bytes(), charge);
  }
}

// A worker in its own thread, which sleeps whenever it can, against intake threads that wait
// whenever the budget is full: nobody is left sleeping or waiting.
TEST(HubQueue, CarriesEverythingBetweenThreads) {
  static constexpr int kThreads = 3;
  static constexpr uint64_t kActions = 6'000;
  std::atomic<uint64_t> wakes{0};
  std::atomic<uint64_t> rooms{0};
  HubQueue::Options options = for_threads(kThreads);
  options.budget.max_bytes = 20'000;
  HubQueue queue(
      options,
      [&] {
        wakes.fetch_add(1);
        wakes.notify_one();
      },
      [&] {
        rooms.fetch_add(1);
        rooms.notify_all();
      });
  std::array<Account, kThreads> accounts;
  std::vector<std::thread> intake;
  for (int thread = 0; thread < kThreads; ++thread) {
    intake.emplace_back([&, thread] {
      Account& account = accounts[static_cast<size_t>(thread)];
      for (uint64_t seq = 1; seq <= kActions; ++seq) {
        auto batch = batch_of(account, seq, 1);
        while (queue.budget().room_for(batch->charge(), 0, account) != Budget::Room::kFree) {
          const uint64_t seen = rooms.load();
          if (queue.budget().must_wait(batch->charge(), account)) rooms.wait(seen);
        }
        enter(queue, thread, std::move(batch));
        queue.wake_worker();
      }
    });
  }
  std::array<uint64_t, kThreads> last_seq{};
  uint64_t taken = 0;
  std::array<std::unique_ptr<Batch>, 16> popped;
  while (taken < kActions * kThreads) {
    const uint64_t seen = wakes.load();
    const size_t count = queue.pop(popped);
    if (count == 0) {
      if (queue.prepare_to_sleep()) wakes.wait(seen);
      queue.woke_up();
      continue;
    }
    for (size_t i = 0; i < count; ++i) {
      const std::unique_ptr<Batch> batch = std::move(popped[i]);
      Account& account = batch->account();
      uint64_t& last = last_seq[static_cast<size_t>(&account - accounts.data())];
      ASSERT_EQ(batch->first()->seq, ++last);
      queue.budget().release(batch->charge(), account);
      ++taken;
    }
  }
  for (std::thread& thread : intake) thread.join();
  EXPECT_EQ(queue.budget().held_bytes(), 0U);
}

}  // namespace
}  // namespace awps
