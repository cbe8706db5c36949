#include "worker/worker.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/null_sink.h>

#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "queue/hub_entrance.h"
#include "tests/support/fixed_token.h"
#include "tests/support/null_transport.h"

namespace awps {
namespace {

constexpr Instant kSoon = Instant::max();

/// A worker with everything around it, and a thread that plays the intake.
class WorkerTest : public testing::Test {
 protected:
  WorkerTest()
      : logger_("test", std::make_shared<spdlog::sinks::null_sink_mt>()),
        transport_(clock_),
        outcomes_([this] { notify(); }),
        queue_(
            {.hub = "hub"}, [this] { transport_.wake(); }, [] {}),
        worker_(
            {.hub = {.hub = "hub"}, .sender = {.endpoint_url = "http://127.0.0.1:1", .hub = "hub"}},
            {.queue = queue_,
             .endpoint = endpoint_,
             .transport = transport_,
             .tokens = tokens_,
             .clock = clock_,
             .counters = counters_,
             .logger = logger_,
             .undelivered = undelivered_},
            1) {
    account_.producer = 1;
    account_.wants_outcomes = true;
    account_.reports = &outcomes_;
  }

  ~WorkerTest() override { std::filesystem::remove_all(folder_); }

  void notify() {
    const std::lock_guard lock(mutex_);
    notified_ = true;
    condition_.notify_one();
  }

  void push(int actions) {
    auto batch = std::make_unique<Batch>(account_, clock_.now(), 256);
    for (int i = 0; i < actions; ++i) {
      batch->add({.kind = ActionKind::kSendToUser, .member = "u", .data = "d"}, ++seq_, 100, 0);
    }
    MemoryEntrance(queue_).enter(0, std::move(batch));
    queue_.wake_worker();
  }

  std::vector<Outcome> wait_for_outcomes(size_t count) {
    std::vector<Outcome> all;
    while (all.size() < count) {
      std::vector<Report> reports;
      outcomes_.pop(reports);
      for (Report& report : reports) all.push_back(std::get<Outcome>(std::move(report)));
      if (all.size() >= count || !outcomes_.prepare_to_sleep()) continue;
      std::unique_lock lock(mutex_);
      condition_.wait(lock, [this] { return notified_; });
      notified_ = false;
      outcomes_.woke_up();
    }
    return all;
  }

  static std::string new_folder() {
    std::string name = testing::TempDir() + "worker-XXXXXX";
    return ::mkdtemp(name.data());
  }
  std::string undelivered() const {
    std::ostringstream text;
    text << std::ifstream(undelivered_.path()).rdbuf();
    return text.str();
  }

  SystemClock clock_;
  const std::string folder_ = new_folder();
  UndeliveredFile undelivered_{folder_ + "/spool", clock_};
  spdlog::logger logger_;
  NullTransport transport_;
  FixedToken tokens_;
  EndpointState endpoint_{EndpointState::Options{}};
  HubCounters counters_;
  std::mutex mutex_;
  std::condition_variable condition_;
  bool notified_ = false;
  ReportQueue outcomes_;
  HubQueue queue_;
  Worker worker_;
  Account account_;
  uint64_t seq_ = 0;
};

TEST_F(WorkerTest, ReportsEveryOutcomeInOrderAndGivesTheBytesBack) {
  std::jthread thread([this] { worker_.run(); });
  for (int i = 0; i < 100; ++i) push(10);
  const std::vector<Outcome> outcomes = wait_for_outcomes(1000);
  ASSERT_EQ(outcomes.size(), 1000U);
  for (size_t i = 0; i < outcomes.size(); ++i) EXPECT_EQ(outcomes[i].seq, i + 1);
  worker_.stop(kSoon);
  thread.join();
  EXPECT_EQ(queue_.budget().held_bytes(), 0U);
  EXPECT_EQ(account_.held_bytes.load(), 0U);
  EXPECT_EQ(counters_.delivered.value(), 1000U);
  EXPECT_EQ(counters_.requests.value(), 1000U);
}

TEST_F(WorkerTest, WakesUpForEachOfManySingleActions) {
  std::jthread thread([this] { worker_.run(); });
  for (int i = 0; i < 500; ++i) {
    push(1);
    ASSERT_EQ(wait_for_outcomes(1).size(), 1U);
  }
  worker_.stop_now();
}

TEST_F(WorkerTest, DrainsWhatWasPushedBeforeAndEnds) {
  for (int i = 0; i < 200; ++i) push(5);
  worker_.stop(kSoon);
  std::jthread thread([this] { worker_.run(); });
  thread.join();
  EXPECT_EQ(counters_.delivered.value(), 1000U);
  EXPECT_EQ(worker_.abandoned(), 0U);
}

TEST_F(WorkerTest, AStopKeepsWhatIsLeft) {
  tokens_.failing = true;  // so nothing can be sent
  for (int i = 0; i < 3; ++i) push(1);
  worker_.stop_now();
  worker_.run();
  const std::string line = R"({"actionName":"sendToUser","userId":"u","hub":"hub","data":"d"})";
  EXPECT_EQ(undelivered(), line + "\n" + line + "\n" + line + "\n");
  EXPECT_EQ(worker_.abandoned(), 3U);
  EXPECT_EQ(worker_.lost(), 0U);
  for (const Outcome& outcome : wait_for_outcomes(3)) {
    EXPECT_EQ(outcome.kind, OutcomeKind::kAbandoned);
    EXPECT_EQ(outcome.error_code, "shutting_down");
  }
  EXPECT_EQ(queue_.budget().held_bytes(), 0U);
}

TEST_F(WorkerTest, AStopSaysWhatItCouldNotKeep) {
  std::ofstream(folder_ + "/spool") << "a file where the folder should be";
  tokens_.failing = true;
  push(2);
  worker_.stop_now();
  worker_.run();
  EXPECT_EQ(worker_.abandoned(), 2U);
  EXPECT_EQ(worker_.lost(), 2U);
  for (const Outcome& outcome : wait_for_outcomes(2)) EXPECT_EQ(outcome.error_code, "lost");
}

TEST_F(WorkerTest, WithoutATokenTheEndpointIsHeldAndNothingIsLost) {
  tokens_.failing = true;
  push(1);
  std::jthread thread([this] { worker_.run(); });
  while (endpoint_.trouble().hold_reason() == HoldReason::kNone) std::this_thread::yield();
  EXPECT_EQ(endpoint_.trouble().hold_reason(), HoldReason::kCredential);
  worker_.stop_now();
  thread.join();
  EXPECT_EQ(worker_.abandoned(), 1U);
}

TEST_F(WorkerTest, MeasuresRequestsAndDeliveries) {
  std::jthread thread([this] { worker_.run(); });
  push(10);
  wait_for_outcomes(10);
  worker_.stop_now();
  thread.join();
  EXPECT_EQ(counters_.request.values().total(), 10U);
  EXPECT_EQ(counters_.delivery.values().total(), 10U);
  EXPECT_GT(counters_.delivery.values().sum_seconds, 0);
}

TEST_F(WorkerTest, AnswersQuestionsInItsThreadAndPausesOnRequest) {
  std::jthread thread([this] { worker_.run(); });
  const std::thread::id here = std::this_thread::get_id();
  EXPECT_NE(worker_.ask([](Worker&) { return std::this_thread::get_id(); }).get(), here);
  worker_.ask([](Worker& worker) { worker.pipeline().pause(true); }).get();
  push(3);
  while (counters_.queued.value() < 3) std::this_thread::yield();
  EXPECT_EQ(counters_.requests.value(), 0U);
  worker_.ask([](Worker& worker) { worker.pipeline().pause(false); }).get();
  EXPECT_EQ(wait_for_outcomes(3).size(), 3U);
  worker_.stop_now();
}

TEST_F(WorkerTest, WhatIsSentAgainIsChargedUntilItIsDelivered) {
  std::jthread thread([this] { worker_.run(); });
  auto held = worker_.ask([this](Worker& worker) {
    std::string record;
    append_record(record, {.action = {.kind = ActionKind::kSendToAll, .data = "x"}});
    worker.pipeline().dead_letters().add({.record = record});
    worker.pipeline().dead_letters().add({.record = record});
    EXPECT_EQ(worker.redrive({.all = true}).actions, 2U);
    return queue_.budget().held_bytes();
  });
  const Action action{.kind = ActionKind::kSendToAll, .data = "x"};
  EXPECT_GE(held.get(), 2 * charge_of(action));
  worker_.stop(kSoon);
  thread.join();
  EXPECT_EQ(counters_.delivered.value(), 2U);
  EXPECT_EQ(counters_.redriven.value(), 2U);
  EXPECT_EQ(queue_.budget().held_bytes(), 0U);
}

TEST_F(WorkerTest, ItsLoopTurnsAlsoWhenThereIsNothingToDo) {
  const AwakeInstant before = clock_.awake_now();
  std::jthread thread([this] { worker_.run(); });
  while (worker_.last_turn() <= before) std::this_thread::yield();
  const AwakeInstant first = worker_.last_turn();
  while (worker_.last_turn() == first) std::this_thread::yield();  // by its own clock
  worker_.stop_now();
}

}  // namespace
}  // namespace awps
