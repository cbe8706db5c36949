// How long a worker sleeps where nobody wakes it.

#include <gtest/gtest.h>
#include <spdlog/sinks/null_sink.h>

#include <atomic>
#include <thread>

#include "queue/hub_entrance.h"
#include "tests/support/fixed_token.h"
#include "worker/worker.h"

namespace awps {
namespace {

/// Answers nothing, and says how long it was to wait. It does not wait itself.
class PollRecorder final : public HttpTransport {
 public:
  void start(uint64_t, const HttpRequest&) override { ++started_; }
  void poll(Duration timeout, std::vector<Completion>&) override {
    timeout_ = timeout.count();
    ++polls_;
  }
  void wake() override {}

  /// Of a poll that began after this call.
  Duration next_timeout() const {
    const uint64_t before = polls_;
    while (polls_ < before + 2) std::this_thread::yield();
    return Duration(timeout_);
  }
  void wait_until_started() const {
    while (started_ == 0) std::this_thread::yield();
  }

 private:
  std::atomic<uint64_t> polls_{0};
  std::atomic<uint64_t> started_{0};
  std::atomic<Duration::rep> timeout_{0};
};

class WorkerSleep : public testing::Test {
 protected:
  ~WorkerSleep() override { worker_.stop_now(); }

  SystemClock clock_;
  spdlog::logger logger_{"test", std::make_shared<spdlog::sinks::null_sink_mt>()};
  PollRecorder transport_;
  FixedToken tokens_;
  EndpointState endpoint_{EndpointState::Options{}};
  HubCounters counters_;
  ReportQueue outcomes_{[] {}};
  UndeliveredFile undelivered_{"/nonexistent/spool", clock_};
  HubQueue queue_{{.hub = "hub"}, [] {}, [] {}};
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
  Account account_;
};

TEST_F(WorkerSleep, IsLongWhileItHoldsNothing) {
  const std::jthread thread([this] { worker_.run(); });
  EXPECT_EQ(transport_.next_timeout(), Worker::kLongestSleep);
  worker_.stop_now();
}

// The end of a hold that another hub's answer brings comes without a wake-up, and so does the end
// of an action's time to live after the machine has slept.
TEST_F(WorkerSleep, IsShortWhileItHoldsActions) {
  const std::jthread thread([this] { worker_.run(); });
  account_.producer = 1;
  account_.reports = &outcomes_;
  auto batch = std::make_unique<Batch>(account_, clock_.now(), 256);
  batch->add({.kind = ActionKind::kSendToUser, .member = "u", .data = "d"}, 1, 100, 0);
  MemoryEntrance(queue_).enter(0, std::move(batch));
  transport_.wait_until_started();
  EXPECT_LE(transport_.next_timeout(), std::chrono::milliseconds(500));
  worker_.stop_now();
}

}  // namespace
}  // namespace awps
