#include "queue/report_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "queue/account.h"

namespace awps {
namespace {

std::vector<Outcome> outcomes_of(Account& account, uint64_t first, uint64_t count) {
  std::vector<Outcome> outcomes(count);
  for (Outcome& outcome : outcomes) {
    outcome.account = &account;
    outcome.seq = first++;
    outcome.id = "\"an id that is too long to be stored in place " + std::to_string(first) + "\"";
  }
  return outcomes;
}

TEST(ReportQueue, HandsOutcomesOverInOrder) {
  ReportQueue queue([] {});
  Reporter reporter;
  Account account;
  std::vector<Outcome> outcomes = outcomes_of(account, 1, 600);
  const std::vector<Outcome> expected = outcomes_of(account, 1, 600);
  reporter.push(queue, outcomes);
  EXPECT_TRUE(outcomes.empty());
  std::vector<Report> taken(1);
  EXPECT_TRUE(queue.pop(taken));
  ASSERT_EQ(taken.size(), 601U) << "appended to what was there";
  for (size_t i = 0; i < expected.size(); ++i) {
    const auto& outcome = std::get<Outcome>(taken[i + 1]);
    ASSERT_EQ(outcome.seq, expected[i].seq);
    ASSERT_EQ(outcome.id, expected[i].id);
    ASSERT_EQ(outcome.account, &account);
  }
  EXPECT_FALSE(queue.pop(taken));
}

TEST(ReportQueue, CarriesReceiptsBetweenOutcomes) {
  int wakes = 0;
  ReportQueue queue([&] { ++wakes; });
  Reporter reporter;
  Account account;
  std::vector<Outcome> outcomes = outcomes_of(account, 1, 1);
  reporter.push(queue, outcomes);
  EXPECT_FALSE(queue.prepare_to_sleep());
  reporter.push(queue, Receipt{.account = &account, .up_to = 7});
  std::vector<Report> taken;
  queue.pop(taken);
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(std::get<Outcome>(taken[0]).seq, 1U);
  EXPECT_EQ(std::get<Receipt>(taken[1]).account, &account);
  EXPECT_EQ(std::get<Receipt>(taken[1]).up_to, 7U);
  EXPECT_TRUE(queue.prepare_to_sleep());
  reporter.push(queue, Receipt{.account = &account, .up_to = 8});
  EXPECT_EQ(wakes, 1);
}

// A log may say that bytes are safe after the worker has delivered them, and its owner has freed
// the account.
TEST(ReportQueue, AReceiptMayOutliveItsAccount) {
  ReportQueue queue([] {});
  Reporter reporter;
  {
    const auto account = std::make_unique<Account>();
    reporter.push(queue, Receipt{.account = account.get(), .up_to = 7, .producer = 3});
  }
  std::vector<Report> taken;
  queue.pop(taken);
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(producer_of(taken.front()), 3U);
}

// Hubs come and go while the daemon runs, and each reports to every door.
TEST(ReportQueue, APlaceThatWasLeftIsTakenOver) {
  ReportQueue queue([] {});
  Account account;
  std::vector<Report> taken;
  for (uint64_t seq = 1; seq <= 1000; ++seq) {
    Reporter reporter;
    std::vector<Outcome> outcomes = outcomes_of(account, seq, 1);
    reporter.push(queue, outcomes);
    if (seq % 3 != 0) queue.pop(taken);  // else its place is left with something in it
    reporter.leave();
  }
  queue.pop(taken);
  ASSERT_EQ(taken.size(), 1000U);
  for (size_t i = 0; i < taken.size(); ++i) ASSERT_EQ(std::get<Outcome>(taken[i]).seq, i + 1);
}

TEST(ReportQueue, OneReporterServesSeveralQueues) {
  ReportQueue first([] {});
  ReportQueue second([] {});
  Reporter reporter;
  Account account;
  for (ReportQueue* queue : {&first, &second, &first}) {
    std::vector<Outcome> outcomes = outcomes_of(account, 1, 2);
    reporter.push(*queue, outcomes);
  }
  std::vector<Report> taken;
  first.pop(taken);
  EXPECT_EQ(taken.size(), 4U);
  second.pop(taken);
  EXPECT_EQ(taken.size(), 6U);
}

TEST(ReportQueue, WakesOnlyASleeper) {
  int wakes = 0;
  ReportQueue queue([&] { ++wakes; });
  Reporter reporter;
  Account account;
  std::vector<Outcome> outcomes = outcomes_of(account, 1, 1);
  std::vector<Report> taken;
  reporter.push(queue, outcomes);
  queue.wake();
  EXPECT_EQ(wakes, 0);
  EXPECT_FALSE(queue.prepare_to_sleep());
  queue.pop(taken);
  EXPECT_TRUE(queue.prepare_to_sleep());
  queue.wake();
  EXPECT_EQ(wakes, 1);
  EXPECT_TRUE(queue.prepare_to_sleep());
  reporter.push(queue, outcomes);
  EXPECT_EQ(wakes, 1) << "nothing was pushed";
  outcomes = outcomes_of(account, 2, 1);
  reporter.push(queue, outcomes);
  EXPECT_EQ(wakes, 2);
}

// The owner of an account may free it once it holds nothing and the queue was emptied after that:
// every outcome is there by then.
TEST(ReportQueue, HasEverythingOnceTheAccountHoldsNothing) {
  static constexpr int kWorkers = 3;
  static constexpr uint64_t kOutcomes = 3'000;
  std::atomic<uint64_t> wakes{0};
  ReportQueue queue([&] {
    wakes.fetch_add(1);
    wakes.notify_one();
  });
  std::array<Account, kWorkers> accounts;
  for (Account& account : accounts) account.held_bytes.store(kOutcomes);
  std::vector<std::thread> workers;
  for (int worker = 0; worker < kWorkers; ++worker) {
    workers.emplace_back([&, worker] {
      Account& account = accounts[static_cast<size_t>(worker)];
      Reporter reporter;
      for (uint64_t seq = 1; seq <= kOutcomes; ++seq) {
        std::vector<Outcome> outcomes = outcomes_of(account, seq, 1);
        reporter.push(queue, outcomes);
        account.held_bytes.fetch_sub(1);
        if (account.held_bytes.load() == 0) queue.wake();
      }
    });
  }
  std::array<uint64_t, kWorkers> last_seq{};
  std::vector<Report> taken;
  const auto is_settled = [&] {
    // Acquire pairs with the fetch_sub above: the outcomes pushed before it are seen by pop().
    return std::ranges::all_of(accounts, [](const Account& account) {
      return account.held_bytes.load(std::memory_order_acquire) == 0;
    });
  };
  for (bool settled = false; !settled;) {
    const uint64_t seen = wakes.load();
    settled = is_settled();
    taken.clear();
    if (queue.pop(taken)) {
      settled = false;  // pop() may have left some
      for (const Report& report : taken) {
        const auto& outcome = std::get<Outcome>(report);
        ASSERT_EQ(outcome.seq, ++last_seq[static_cast<size_t>(outcome.account - accounts.data())]);
      }
      continue;
    }
    if (!settled && queue.prepare_to_sleep() && !is_settled()) wakes.wait(seen);
    queue.woke_up();
  }
  for (const uint64_t seq : last_seq) EXPECT_EQ(seq, kOutcomes);
  for (std::thread& worker : workers) worker.join();
}

}  // namespace
}  // namespace awps
