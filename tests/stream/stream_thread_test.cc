// The thread around a stream: it wakes when it should, and ends when it is told.

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "stream/stream_thread.h"
#include "tests/stream/played_hub.h"
#include "tests/stream/stream_rig.h"

namespace awps {
namespace {

/// One record; says which offset is stored.
class OneRecordSource final : public RecordSource {
 public:
  explicit OneRecordSource(std::atomic<int64_t>& stored) : stored_(stored) {}

  std::optional<SourceEvent> next_event() override {
    if (events_.empty()) return std::nullopt;
    SourceEvent event = std::move(events_.front());
    events_.pop_front();
    return event;
  }
  std::optional<StreamRecord> next_record(int32_t) override {
    if (!std::exchange(has_record_, false)) return std::nullopt;
    return StreamRecord{.value = text_};
  }
  void commit(std::span<const PartitionOffset> offsets) override {
    store(offsets);
    events_.push_back(CommitEnded{{offsets.begin(), offsets.end()}, ""});
  }
  Result<void, CommitFailure> commit_and_wait(std::span<const PartitionOffset> offsets,
                                              Duration) override {
    store(offsets);
    return {};
  }
  void release(std::span<const int32_t>) override { has_left_ = true; }
  std::optional<int64_t> end_of(int32_t) const override { return 1; }
  std::optional<int32_t> partitions_of_topic() const override { return 1; }
  void leave() override { events_.push_back(Revoked{{0}, false}); }
  bool has_left() const override { return has_left_; }

 private:
  void store(std::span<const PartitionOffset> offsets) { stored_ = offsets.front().offset; }

  std::deque<SourceEvent> events_ = {Assigned{{{0, -1}}}};
  bool has_record_ = true;
  bool has_left_ = false;
  const std::string text_ = send("a");
  std::atomic<int64_t>& stored_;
};

TEST(StreamThread, DeliversCommitsAndStops) {
  PlayedHub chat("chat");
  const SystemClock clock;
  StreamCounters counters;
  std::atomic<int64_t> stored{-1};
  std::atomic<uint64_t> producers{1};
  StreamThread thread(
      {.name = "orders"},
      std::make_shared<const HubDirectory>(std::vector<IntakeHub>{chat.door()}, "chat"),
      {.source = std::make_unique<OneRecordSource>(stored),
       .letters = nullptr,
       .clock = clock,
       .counters = counters,
       .next_producer = [&] { return producers++; },
       .log = [](StreamLog, const std::string&) {},
       .slot = 0,
       .waker = std::make_shared<StreamWaker>()});
  EXPECT_FALSE(thread.has_stopped());
  thread.start();
  while (chat.queue().size_approx() == 0) std::this_thread::yield();
  chat.deliver(1);  // this thread is the hub's worker
  thread.room_again();
  while (stored < 1) std::this_thread::yield();
  thread.begin_stop();
  while (!thread.has_ended()) std::this_thread::yield();
  EXPECT_TRUE(thread.has_stopped());
  EXPECT_EQ(thread.status().state, StreamState::kStopped);
  EXPECT_EQ(stored, 1);
  EXPECT_EQ(values_of(counters).records, 1);
  chat.leave();
}

TEST(StreamWaker, AWakeThatComesBeforeTheWaitEndsIt) {
  StreamWaker waker;
  waker.wake();
  waker.wait(std::chrono::hours(1));
}

TEST(StreamWaker, WakesFromAnotherThread) {
  StreamWaker waker;
  std::latch begun(1);
  std::jthread sleeper([&] {
    begun.count_down();
    waker.wait(std::chrono::hours(1));
  });
  begun.wait();
  waker.wake();
}

}  // namespace
}  // namespace awps
