// A worker and a committer with their threads: what is accepted is delivered, released and told.

#include <gtest/gtest.h>
#include <spdlog/sinks/null_sink.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/disk_model.h"
#include "tests/support/fixed_token.h"
#include "tests/support/null_transport.h"
#include "worker/committer_thread.h"
#include "worker/worker.h"

namespace awps {
namespace {

constexpr uint64_t kCharge = 500;

std::unique_ptr<Log> open_log(DiskModel& disk, SpoolSpace& space) {
  return Log::open(disk, space, {.folder = "/spool/hub"}, [](uint64_t, uint64_t) {}).value();
}

/// As HubUnit puts them together, on a disk that outlives them.
class DurableHub {
 public:
  explicit DurableHub(DiskModel& disk, uint64_t max_queued_bytes = uint64_t{1} << 20U)
      : space_(disk, {.path = "/"}),
        undelivered_("/nowhere/awpsd-test", clock),
        window_(
            {.hub = "hub",
             .budget = {.max_bytes = max_queued_bytes, .charges = &Account::window_bytes}},
            [this] { transport_.wake(); }, [this] { wake_.wake(); }),
        arrivals_(
            {.hub = "hub", .intake_threads = 2}, [this] { wake_.wake(); }, [] {}),
        records(
            {.hub = "hub",
             .budget = {.max_bytes = 20 * kCharge, .charges = &Account::window_bytes}},
            [this] { transport_.wake(); }, [] {}),
        committer({},
                  {.arrivals = arrivals_,
                   .window = window_,
                   .clock = clock,
                   .counters = spool_counters,
                   .logger = logger_,
                   .wake = [this] { woken(); }},
                  open_log(disk, space_)),
        thread_(committer, arrivals_, wake_, clock),
        worker(
            {.hub = {.hub = "hub"}, .sender = {.endpoint_url = "http://127.0.0.1:1", .hub = "hub"}},
            {.queue = window_,
             .endpoint = endpoint_,
             .transport = transport_,
             .tokens = tokens,
             .clock = clock,
             .counters = counters,
             .logger = logger_,
             .undelivered = undelivered_,
             .committer = &committer,
             .records = &records},
            1) {
    for (Account* each : {&account, &partition}) {
      each->wants_outcomes = true;
      each->reports = &reports_;
    }
    account.producer = 1;
    partition.producer = 2;
    partition.of_stream = true;
  }

  void push(int actions) {
    DurableEntrance entrance(arrivals_, committer.run());
    entrance.enter(0, batch_of(account, actions));
    entrance.end_read();
  }
  void push_records(int actions) {
    MemoryEntrance entrance(records);
    entrance.enter(0, batch_of(partition, actions));
    entrance.end_read();
  }
  /// Both threads, until the worker has ended.
  void run_until(Instant deadline) {
    thread_.start();
    committer.stop();
    worker.stop(deadline);
    worker.run();
    (void)thread_.finish([] { return false; });
  }
  void start() {
    thread_.start();
    worker_thread_ = std::jthread([this] { worker.run(); });
  }
  void stop(Instant deadline = Instant::max()) {
    committer.stop();
    worker.stop(deadline);
    worker_thread_.join();
    (void)thread_.finish([] { return false; });
  }
  std::vector<Outcome> wait_for_outcomes(size_t count) {
    std::vector<Outcome> all;
    while (all.size() < count) {
      std::vector<Report> taken;
      reports_.pop(taken);
      for (Report& report : taken) {
        if (auto* outcome = std::get_if<Outcome>(&report)) all.push_back(std::move(*outcome));
      }
      if (all.size() >= count || !reports_.prepare_to_sleep()) continue;
      std::unique_lock lock(mutex_);
      condition_.wait(lock, [this] { return notified_; });
      notified_ = false;
      reports_.woke_up();
    }
    return all;
  }
  std::vector<Report> take_reports() {
    std::vector<Report> taken;
    while (reports_.pop(taken)) {
    }
    return taken;
  }

  SystemClock clock;
  SpoolCounters spool_counters;
  HubCounters counters;
  FixedToken tokens;
  Account account;
  Account partition;              // of a stream
  std::function<void()> on_wake;  // in the thread that wakes the committer

 private:
  std::unique_ptr<Batch> batch_of(Account& owner, int actions) {
    auto batch = std::make_unique<Batch>(owner, clock.now(), 256);
    for (int i = 0; i < actions; ++i) {
      batch->add({.kind = ActionKind::kSendToUser, .member = "u", .data = "d"}, ++seq_, kCharge, 0);
    }
    return batch;
  }
  void notify() {
    const std::lock_guard lock(mutex_);
    notified_ = true;
    condition_.notify_one();
  }
  void woken() {
    if (on_wake) on_wake();
    wake_.wake();
  }

  std::mutex mutex_;
  std::condition_variable condition_;
  bool notified_ = false;
  spdlog::logger logger_{"test", std::make_shared<spdlog::sinks::null_sink_mt>()};
  SpoolSpace space_;
  UndeliveredFile undelivered_;
  CommitterWake wake_;
  NullTransport transport_{clock};
  EndpointState endpoint_{EndpointState::Options{}};
  ReportQueue reports_{[this] { notify(); }};
  HubQueue window_;
  HubQueue arrivals_;

 public:
  HubQueue records;
  Committer committer;

 private:
  CommitterThread thread_;

 public:
  Worker worker;

 private:
  std::jthread worker_thread_;
  uint64_t seq_ = 0;
};

uint64_t live_records(DiskModel& disk) {
  SpoolSpace space(disk, {.path = "/"});
  return open_log(disk, space)->recovery().records;
}

void expect_law(const HubCounters& counters) {
  const HubValues values = values_of(counters);
  EXPECT_EQ(values.accepted, values.queued + values.active + values.deferred + values.delivered +
                                 values.superseded + values.dead_lettered + values.expired +
                                 values.abandoned + values.returned);
}

uint64_t count(const std::vector<Outcome>& outcomes, OutcomeKind kind) {
  return static_cast<uint64_t>(std::ranges::count(outcomes, kind, &Outcome::kind));
}

TEST(DurableWorker, DeliversEverythingAndLeavesNothing) {
  DiskModel disk;
  DurableHub hub(disk, /*max_queued_bytes=*/20 * kCharge);
  hub.start();
  for (int i = 0; i < 200; ++i) hub.push(10);
  const std::vector<Outcome> outcomes = hub.wait_for_outcomes(2000);
  for (size_t i = 0; i < outcomes.size(); ++i) ASSERT_EQ(outcomes[i].seq, i + 1);
  hub.stop();
  EXPECT_EQ(hub.counters.accepted.value(), 2000U);
  EXPECT_EQ(hub.counters.delivered.value(), 2000U);
  expect_law(hub.counters);
  EXPECT_TRUE(hub.account.is_settled());
  EXPECT_EQ(live_records(*disk.cut(Keep::kNone, 1)), 0U);
}

TEST(DurableWorker, AStopDeliversWhatIsOnDiskAlone) {
  DiskModel disk;
  DurableHub hub(disk, /*max_queued_bytes=*/20 * kCharge);
  for (int i = 0; i < 30; ++i) hub.push(10);
  hub.run_until(Instant::max());
  EXPECT_EQ(hub.counters.delivered.value(), 300U);
  EXPECT_EQ(hub.worker.abandoned() + hub.worker.kept() + hub.committer.kept(), 0U);
}

TEST(DurableWorker, AReleaseComesBehindTheOutcome) {
  DiskModel disk;
  DurableHub hub(disk);
  std::promise<bool> is_told;
  std::atomic<bool> is_over = false;
  hub.on_wake = [&] {
    // The first to wake after the request hands over its position.
    if (hub.counters.requests.value() == 0 || is_over.exchange(true)) return;
    is_told.set_value(std::ranges::any_of(hub.take_reports(), [](const Report& report) {
      return std::holds_alternative<Outcome>(report);
    }));
  };
  hub.start();
  hub.push(1);
  std::future<bool> told = is_told.get_future();
  ASSERT_EQ(told.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_TRUE(told.get());
  hub.stop();
}

TEST(DurableWorker, WhatAStopLeavesStaysInTheLog) {
  DiskModel disk;
  {
    DurableHub hub(disk, /*max_queued_bytes=*/20 * kCharge);
    hub.tokens.failing = true;  // so nothing can be sent
    for (int i = 0; i < 10; ++i) hub.push(10);
    hub.run_until(Instant::min());
    EXPECT_EQ(hub.worker.abandoned(), 0U) << "nothing for the file of undelivered actions";
    EXPECT_EQ(hub.worker.lost(), 0U);
    EXPECT_GT(hub.worker.kept(), 0U);
    EXPECT_GT(hub.committer.kept(), 0U);
    EXPECT_EQ(hub.worker.kept() + hub.committer.kept(), 100U);
    const std::vector<Outcome> outcomes = hub.wait_for_outcomes(100);
    for (const Outcome& outcome : outcomes) EXPECT_EQ(outcome.error_code, "kept");
  }
  EXPECT_EQ(live_records(*disk.cut(Keep::kNone, 1)), 100U);
  DurableHub next(disk);
  next.run_until(Instant::max());
  EXPECT_EQ(next.counters.delivered.value(), 100U);
  EXPECT_EQ(next.counters.accepted.value(), 100U) << "the recovered ones";
  EXPECT_EQ(live_records(disk), 0U);
}

TEST(DurableWorker, WhatIsSentAgainIsOnDiskFirst) {
  DiskModel disk;
  DurableHub hub(disk);
  hub.start();
  hub.worker
      .ask([](Worker& worker) {
        std::string record;
        append_record(record, {.action = {.kind = ActionKind::kSendToAll, .data = "x"}});
        worker.pipeline().dead_letters().add({.record = record});
        EXPECT_EQ(worker.redrive({.all = true}).actions, 1U);
      })
      .get();
  hub.stop();
  EXPECT_EQ(hub.spool_counters.commit_actions.value(), 1U);
  EXPECT_EQ(hub.counters.delivered.value(), 1U);
  EXPECT_EQ(hub.counters.accepted.value(), 1U);
  expect_law(hub.counters);
}

TEST(DurableWorker, WhatCannotBeReadBecomesADeadLetter) {
  DiskModel disk;
  {
    SpoolSpace space(disk, {.path = "/"});
    const std::unique_ptr<Log> log = open_log(disk, space);
    using std::string_literals::operator""s;
    log->add("\3\0\0\0xyz"s, 1);
    ASSERT_TRUE(log->commit(WallTime{}).ok());
  }
  DurableHub hub(disk);
  hub.start();
  hub.push(1);
  hub.wait_for_outcomes(1);
  while (hub.counters.dead_lettered.value() == 0) std::this_thread::yield();
  const auto letters =
      hub.worker.ask([](Worker& worker) { return worker.pipeline().dead_letters().page(0, 10); })
          .get();
  hub.stop();
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].record, "xyz");
  EXPECT_EQ(letters[0].code, "unreadable");
  EXPECT_EQ(hub.counters.accepted.value(), 2U);
  EXPECT_EQ(hub.counters.dead_lettered.value(), 1U);
  expect_law(hub.counters);
  EXPECT_EQ(live_records(disk), 0U);
}

// ---- records of streams

TEST(DurableWorker, RecordsAreDeliveredAndNeverOnDisk) {
  DiskModel disk;
  DurableHub hub(disk);
  hub.start();
  hub.push(10);
  hub.push_records(10);
  const std::vector<Outcome> outcomes = hub.wait_for_outcomes(20);
  EXPECT_EQ(count(outcomes, OutcomeKind::kDelivered), 20U);
  for (int i = 0; i < 50; ++i) {  // each wakes a worker that sleeps, or is about to
    hub.push_records(1);
    EXPECT_EQ(hub.wait_for_outcomes(1).size(), 1U);
  }
  hub.stop();
  EXPECT_EQ(hub.spool_counters.commit_actions.value(), 10U);
  EXPECT_EQ(hub.counters.accepted.value(), 70U);
  EXPECT_EQ(hub.counters.from_streams.value(), 60U);
  expect_law(hub.counters);
  EXPECT_TRUE(hub.partition.is_settled());
  EXPECT_TRUE(hub.records.budget().is_empty());
  EXPECT_EQ(live_records(disk), 0U);
}

// Neither has room in the other's part of the memory.
TEST(DurableWorker, ATailAndRecordsDoNotStarveEachOther) {
  DiskModel disk;
  DurableHub hub(disk, /*max_queued_bytes=*/20 * kCharge);
  hub.tokens.failing = true;  // so nothing can be sent
  for (int i = 0; i < 10; ++i) hub.push(10);
  hub.start();
  while (hub.spool_counters.tail_records.value() == 0) std::this_thread::yield();
  EXPECT_EQ(hub.records.budget().room_for(20 * kCharge, 0, hub.partition), Budget::Room::kFree);
  hub.push_records(20);
  while (hub.counters.from_streams.value() < 20) std::this_thread::yield();
  EXPECT_EQ(hub.partition.window_bytes.load(), 20 * kCharge);
  EXPECT_EQ(hub.records.budget().room_for(1, 0, hub.partition), Budget::Room::kHubFull);
  hub.stop(Instant::min());
  const std::vector<Outcome> outcomes = hub.wait_for_outcomes(120);
  EXPECT_EQ(count(outcomes, OutcomeKind::kReturned), 20U);
  EXPECT_EQ(count(outcomes, OutcomeKind::kAbandoned), 100U);
}

TEST(DurableWorker, AStopReturnsRecordsAndKeepsThemNowhere) {
  DiskModel disk;
  DurableHub hub(disk);
  hub.tokens.failing = true;
  hub.push(10);
  hub.push_records(5);
  hub.run_until(Instant::min());
  const std::vector<Outcome> outcomes = hub.wait_for_outcomes(15);
  EXPECT_EQ(count(outcomes, OutcomeKind::kReturned), 5U);
  EXPECT_EQ(count(outcomes, OutcomeKind::kAbandoned), 10U);
  EXPECT_EQ(hub.worker.abandoned(), 0U) << "nothing for the file of undelivered actions";
  EXPECT_EQ(hub.worker.lost(), 0U);
  EXPECT_EQ(hub.worker.kept() + hub.committer.kept(), 10U);
  EXPECT_TRUE(hub.partition.is_settled());
  expect_law(hub.counters);
  EXPECT_EQ(live_records(disk), 10U);
}

TEST(DurableWorker, WhatIsWithdrawnIsToldWhenTheAnswerComes) {
  DiskModel disk;
  DurableHub hub(disk);
  hub.tokens.failing = true;
  hub.start();
  hub.push(10);
  for (int i = 0; i < 100; ++i) hub.push_records(1);
  std::future<bool> is_told = hub.worker.ask([](Worker& worker) {
    const uint64_t producers[] = {2};
    worker.withdraw(producers);
    return worker.pipeline().outcomes().empty() && worker.pipeline().releases().empty();
  });
  EXPECT_TRUE(is_told.get());
  std::vector<Report> reports = hub.take_reports();
  EXPECT_EQ(std::ranges::count_if(reports,
                                  [](const Report& report) {
                                    const auto* outcome = std::get_if<Outcome>(&report);
                                    return outcome != nullptr &&
                                           outcome->kind == OutcomeKind::kReturned;
                                  }),
            100);
  EXPECT_TRUE(hub.partition.is_settled());
  hub.stop(Instant::min());
  EXPECT_EQ(hub.counters.returned.value(), 100U);
  expect_law(hub.counters);
}

}  // namespace
}  // namespace awps
