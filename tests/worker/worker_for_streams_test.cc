#include "worker/worker_for_streams.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/null_sink.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "queue/hub_entrance.h"
#include "tests/support/fixed_token.h"
#include "tests/support/null_transport.h"
#include "tests/support/test_folder.h"
#include "worker/worker.h"

namespace awps {
namespace {

/// What a callback was told.
template <typename Answer>
struct Told {
  std::shared_ptr<std::promise<Answer>> promise = std::make_shared<std::promise<Answer>>();
  std::future<Answer> future = promise->get_future();

  std::function<void(Answer)> callback() {
    return [promise = promise](Answer answer) { promise->set_value(std::move(answer)); };
  }
  bool is_there() const {
    return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }
};

class WorkerForStreamsTest : public testing::Test {
 protected:
  WorkerForStreamsTest() {
    account_.producer = 7;
    account_.of_stream = true;
    account_.wants_outcomes = true;
    account_.reports = &reports_;
  }
  ~WorkerForStreamsTest() override { stop(); }

  void start() {
    thread_ = std::jthread([this] { worker_.run(); });
  }
  void stop() {
    if (!thread_.joinable()) return;
    worker_.stop_now();
    thread_.join();
  }
  void push(int actions) {
    auto batch = std::make_unique<Batch>(account_, clock_.now(), 256);
    for (int i = 0; i < actions; ++i) {
      batch->add({.kind = ActionKind::kSendToUser, .member = "u", .data = "d"}, ++seq_, 100, 0);
    }
    MemoryEntrance(queue_).enter(0, std::move(batch));
    queue_.wake_worker();
  }
  std::vector<Outcome> reported() {
    std::vector<Report> reports;
    while (reports_.pop(reports)) {
    }
    std::vector<Outcome> outcomes;
    for (Report& report : reports) outcomes.push_back(std::get<Outcome>(std::move(report)));
    return outcomes;
  }
  uint64_t kept(const RefusedRecord& record) {
    Told<uint64_t> told;
    streams_.keep(record, told.callback());
    return told.future.get();
  }

  SystemClock clock_;
  const TestFolder folder_;
  UndeliveredFile undelivered_{folder_.file("spool"), clock_};
  spdlog::logger logger_{"test", std::make_shared<spdlog::sinks::null_sink_mt>()};
  NullTransport transport_{clock_};
  FixedToken tokens_;
  EndpointState endpoint_{EndpointState::Options{}};
  HubCounters counters_;
  ReportQueue reports_{[] {}};
  Account account_;
  uint64_t seq_ = 0;
  HubQueue queue_{{.hub = "hub"}, [this] { transport_.wake(); }, [] {}};
  Worker worker_{
      {.hub = {.hub = "hub"}, .sender = {.endpoint_url = "http://127.0.0.1:1", .hub = "hub"}},
      {.queue = queue_,
       .endpoint = endpoint_,
       .transport = transport_,
       .tokens = tokens_,
       .clock = clock_,
       .counters = counters_,
       .logger = logger_,
       .undelivered = undelivered_},
      1};
  WorkerForStreams streams_{worker_, clock_};
  std::jthread thread_;
};

TEST_F(WorkerForStreamsTest, KeepsRefusedRecords) {
  start();
  EXPECT_EQ(kept({.stream = "orders", .partition = 3, .offset = 17, .code = "invalid_json"}), 1U);
  const Instant before = clock_.now();
  EXPECT_EQ(kept({.stream = "orders",
                  .partition = 3,
                  .offset = 18,
                  .code = "forbidden",
                  .message = "not there",
                  .http_status = 403}),
            2U);
  const std::vector<DeadLetter> letters =
      worker_.ask([](Worker& worker) { return worker.pipeline().dead_letters().page(0, 9); }).get();
  ASSERT_EQ(letters.size(), 2U);
  EXPECT_EQ(letters[1].producer, "orders/3");
  EXPECT_EQ(letters[1].code, "forbidden");
  EXPECT_EQ(letters[1].reason, "not there");
  EXPECT_EQ(letters[1].http_status, 403);
  EXPECT_GE(letters[1].accepted_at, before) << "else it is too old to be kept";
  EXPECT_GE(letters[1].given_up_at, before);
  EXPECT_NE(letters[1].stream_record.find(R"("offset":18)"), std::string::npos);
  EXPECT_EQ(counters_.dead_lettered.value(), 0U) << "no accepted action";
}

TEST_F(WorkerForStreamsTest, LettersInMemoryAreSafeAtOnce) {
  EXPECT_EQ(streams_.letters_safe_up_to(), UINT64_MAX);
  EXPECT_EQ(streams_.letters_error(), "");
  LetterBox box(4, [] {});
  streams_.keeps_letters_in(&box);
  EXPECT_EQ(streams_.letters_safe_up_to(), 4U);
  LetterBox::Changes changes{.added = {{5, "a"}}};
  box.hand_over(changes);
  box.failed(box.take(SIZE_MAX), "no disk");
  EXPECT_EQ(streams_.letters_safe_up_to(), 4U);
  EXPECT_EQ(streams_.letters_error(), "no disk");
}

// The worker hangs: what it has not kept is bounded by whoever asks, and is kept once it goes on.
TEST_F(WorkerForStreamsTest, SaysWhenEnoughWaits) {
  std::vector<Told<uint64_t>> told(100);
  for (Told<uint64_t>& one : told) {
    EXPECT_TRUE(streams_.may_keep_more() || &one != told.data());
    if (!streams_.may_keep_more()) break;
    streams_.keep({.bytes = std::string(RefusedRecord::kMostBytes, 'x')}, one.callback());
  }
  EXPECT_FALSE(streams_.may_keep_more());
  start();
  for (size_t i = 0; i < 60; ++i) EXPECT_EQ(told[i].future.get(), i + 1);
  while (!streams_.may_keep_more()) std::this_thread::yield();
}

TEST_F(WorkerForStreamsTest, ConfirmsOnceAllIsReported) {
  worker_.ask([](Worker& worker) { worker.pipeline().pause(true); });
  start();
  push(3);
  Told<bool> told;
  std::vector<Outcome> outcomes;
  streams_.withdraw({6, 7}, [&, tell = told.callback()] { tell(true); });
  told.future.get();
  outcomes = reported();
  ASSERT_EQ(outcomes.size(), 3U);
  for (const Outcome& outcome : outcomes) EXPECT_EQ(outcome.kind, OutcomeKind::kReturned);
}

TEST_F(WorkerForStreamsTest, SaysWhyActionsWait) {
  worker_.ask([](Worker& worker) { worker.pipeline().pause(true); });
  start();
  push(2);
  Told<std::vector<std::string>> told;
  while (counters_.queued.value() < 2) std::this_thread::yield();
  streams_.ask_why({{.producer = 7, .seq = 2}}, told.callback());
  EXPECT_EQ(told.future.get(),
            (std::vector<std::string>{"the hub is paused: awpsctl resume lets it send"}));
}

TEST_F(WorkerForStreamsTest, AnswersAllTheSameOnceTheWorkerHasEnded) {
  Told<uint64_t> kept_before;
  Told<uint64_t> kept_after;
  Told<bool> confirmed;
  Told<std::vector<std::string>> why;
  start();
  stop();
  streams_.keep({.stream = "orders"}, kept_after.callback());
  EXPECT_TRUE(kept_after.is_there());
  EXPECT_EQ(kept_after.future.get(), 0U);
  EXPECT_TRUE(streams_.may_keep_more());
  streams_.withdraw({7}, [tell = confirmed.callback()] { tell(true); });
  EXPECT_TRUE(confirmed.is_there());
  streams_.ask_why({{.producer = 7, .seq = 1}}, why.callback());
  EXPECT_TRUE(why.is_there());
  EXPECT_TRUE(why.future.get().empty());
}

// What the worker throws away at its end is confirmed behind the outcomes of what it returned.
TEST_F(WorkerForStreamsTest, AnEndConfirmsBehindItsOutcomes) {
  worker_.stop_now();
  push(2);
  size_t seen = 0;
  Told<bool> told;
  streams_.withdraw({7}, [&, tell = told.callback()] {
    seen = reported().size();
    tell(true);
  });
  Told<uint64_t> kept;
  streams_.keep({.stream = "orders"}, kept.callback());
  start();
  told.future.get();
  EXPECT_EQ(kept.future.get(), 0U);
  EXPECT_EQ(seen, 2U);
}

}  // namespace
}  // namespace awps
