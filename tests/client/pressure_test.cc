// A daemon that does not read, or does not confirm: the buffer's bound holds, callers wait or are
// refused as asked, and replies are read all the while.

#include <awps/client/producer.h>

#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <thread>

#include "tests/client/recorder.h"

namespace awps::client {
namespace {

using std::chrono::milliseconds;

constexpr size_t kBound = 100'000;
const std::string kKilobyte(1000, 'x');

std::string delivered(uint64_t from, uint64_t to) {
  return "{\"status\":\"delivered\",\"from\":" + std::to_string(from) +
         ",\"to\":" + std::to_string(to) + "}\n";
}

class Pressure : public testing::Test {
 protected:
  void open(WhenFull when_full, milliseconds block_timeout = kTestDeadline) {
    Options options = recorder.options(daemon.path());
    options.max_buffered_bytes = kBound;
    options.when_full = when_full;
    options.block_timeout = block_timeout;
    auto opened = Producer::open(options);
    ASSERT_TRUE(opened);
    producer = std::move(opened.value());
  }
  Producer::Sent send() { return producer->send_to_all(Message::text(kKilobyte)); }
  /// Until a call fails; how many were taken.
  uint64_t fill() {
    uint64_t taken = 0;
    while (const auto sent = send()) taken = sent.value();
    return taken;
  }
  /// One action at a time, and waits for what takes its room; did the large one come?
  static bool confirms_until_a_large_one(Peer& peer) {
    uint64_t arrived = 0;
    uint64_t confirmed = 0;
    for (int turn = 0; turn < 5000; ++turn) {
      while (peer.has_input(milliseconds(5))) {
        if (peer.read_line().size() > kBound / 2) return true;
        ++arrived;
      }
      if (confirmed == arrived) continue;
      peer.write(delivered(confirmed + 1, confirmed + 1));
      ++confirmed;
    }
    return false;
  }

  FakeDaemon daemon;
  Recorder recorder;
  std::unique_ptr<Producer> producer;
};

TEST_F(Pressure, RefusesBeyondTheBoundAndTakesAgainWhenThereIsRoom) {
  open(WhenFull::kRefuse);
  Peer peer = daemon.accept_and_greet();
  const uint64_t taken = fill();
  EXPECT_GE(taken, kBound / 1300);
  EXPECT_LE(taken, kBound / 1000);
  EXPECT_LE(producer->status().buffered_bytes, kBound);
  const auto refused = send();
  EXPECT_EQ(refused.error().code, ErrorCode::kFull);
  EXPECT_NE(refused.error().message.find(std::to_string(taken) + " actions wait"),
            std::string::npos);
  for (uint64_t i = 0; i < taken; ++i) peer.read_line();
  peer.write(delivered(2, taken));
  recorder.outcomes(taken - 1);
  EXPECT_GE(fill(), 2 * taken - 2);  // the first one still takes its part
  EXPECT_LE(producer->status().buffered_bytes, kBound);
}

TEST_F(Pressure, HoldsItsBoundWithoutADaemon) {
  daemon.stop();
  open(WhenFull::kRefuse);
  fill();
  EXPECT_LE(producer->status().buffered_bytes, kBound);
  ASSERT_TRUE(recorder.await_notice("No such file"));
  EXPECT_NE(send().error().message.find("No such file"), std::string::npos);
}

TEST_F(Pressure, ItsMemoryIsWhatTheBoundSays) {
  daemon.stop();
  Options options = recorder.options(daemon.path());
  options.max_buffered_bytes = size_t{8} << 20U;
  options.when_full = WhenFull::kRefuse;
  const size_t before = ::mallinfo2().uordblks;
  producer = std::move(Producer::open(options).value());
  while (producer->send_to_group("some-group", Message::text("some text of a usual length"))) {
  }
  // A sanitizer's allocator counts nothing here; the release build does.
  EXPECT_LE(::mallinfo2().uordblks - before, options.max_buffered_bytes + (size_t{1} << 20U));
}

TEST_F(Pressure, ACallWaitsForRoom) {
  open(WhenFull::kBlock);
  Peer peer = daemon.accept_and_greet();
  constexpr uint64_t kActions = 1000;
  std::thread caller([this] {
    for (uint64_t i = 0; i < kActions; ++i) EXPECT_TRUE(send());
  });
  for (uint64_t i = 1; i <= kActions; ++i) {
    ASSERT_NE(peer.read_line(), "") << i;
    if (i % 10 == 0) peer.write(delivered(i - 9, i));
  }
  caller.join();
  EXPECT_TRUE(producer->flush(kTestDeadline));
}

// Each confirmation makes room for one small action: it is kept for the large one, which waits.
TEST_F(Pressure, ALargeActionIsNotPassedForeverBySmallOnes) {
  open(WhenFull::kBlock);
  Peer peer = daemon.accept_and_greet();
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i) {
    callers.emplace_back([this] {
      while (send()) {
      }
    });
  }
  while (producer->status().buffered_bytes < kBound - 2000) std::this_thread::yield();
  callers.emplace_back(
      [this] { EXPECT_TRUE(producer->send_to_all(Message::text(std::string(kBound / 2, 'L')))); });
  EXPECT_TRUE(confirms_until_a_large_one(peer));
  (void)producer->close(milliseconds(0));  // what is not confirmed is not the question
  for (std::thread& caller : callers) caller.join();
}

TEST_F(Pressure, ACallbackDoesNotTakeTheRoomThatACallWaitsFor) {
  Options options = recorder.options(daemon.path());
  options.max_buffered_bytes = kBound;
  options.block_timeout = kTestDeadline;
  std::atomic<Producer*> sender{nullptr};
  options.on_outcome = [&](const Outcome&) {
    if (Producer* opened = sender) (void)opened->send_to_all(Message::text(kKilobyte));
  };
  producer = std::move(Producer::open(options).value());
  Peer peer = daemon.accept_and_greet();
  while (producer->status().buffered_bytes < kBound - 2000) ASSERT_TRUE(send());
  sender = producer.get();
  std::thread caller(
      [this] { EXPECT_TRUE(producer->send_to_all(Message::text(std::string(kBound / 2, 'L')))); });
  EXPECT_TRUE(confirms_until_a_large_one(peer));
  (void)producer->close(milliseconds(0));
  caller.join();
  producer.reset();  // before what its callback uses
}

TEST_F(Pressure, ACallGetsTheRoomThatCameBeforeABreachOfTheProtocol) {
  open(WhenFull::kBlock, std::chrono::hours(1));
  Peer peer = daemon.accept_and_greet();
  std::thread caller([this] {
    while (send()) {
    }
  });
  while (producer->status().buffered_bytes < kBound - 2000) std::this_thread::yield();
  const uint64_t taken = producer->status().taken;
  for (uint64_t i = 0; i < taken; ++i) EXPECT_NE(peer.read_line(), "");
  peer.write(delivered(1, taken) + delivered(1'000'000, 1'000'000));
  const auto deadline = std::chrono::steady_clock::now() + kTestDeadline;
  while (producer->status().taken <= taken + 2 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_GT(producer->status().taken, taken + 2);
  (void)producer->close(milliseconds(0));
  caller.join();
}

TEST_F(Pressure, ACallThatWaitsInVainSaysHowLong) {
  open(WhenFull::kBlock, milliseconds(3));
  Peer peer = daemon.accept_and_greet();
  fill();
  const auto refused = send();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kFull);
  EXPECT_NE(refused.error().message.find("no room came within 3 ms"), std::string::npos);
}

TEST_F(Pressure, ClosingEndsTheWaitOfCalls) {
  open(WhenFull::kBlock);
  Peer peer = daemon.accept_and_greet();
  std::thread caller([this] {
    ErrorCode code{};
    while (code == ErrorCode{}) {
      const auto sent = send();
      if (!sent) code = sent.error().code;
    }
    EXPECT_EQ(code, ErrorCode::kClosed);
  });
  while (producer->status().buffered_bytes < kBound - 2000) std::this_thread::yield();
  EXPECT_FALSE(producer->close(milliseconds(0)));
  caller.join();
}

TEST_F(Pressure, RefusesWhatCouldNeverBeBuffered) {
  open(WhenFull::kBlock);
  const auto refused = producer->send_to_all(Message::text(std::string(kBound, 'x')));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kTooLarge);
  EXPECT_NE(refused.error().message.find("max_buffered_bytes"), std::string::npos);
}

// A daemon refuses a line that is too long before it has all of it: that is its outcome.
TEST_F(Pressure, FlushDoesNotAwaitTheRestOfALineThatIsRefused) {
  producer = std::move(Producer::open(recorder.options(daemon.path())).value());
  Peer peer = daemon.accept_and_greet();
  ASSERT_TRUE(producer->send_to_all(Message::text(std::string(size_t{1} << 20U, 'x'))));
  ASSERT_NE(peer.read_bytes(1), "");
  peer.write("{\"status\":\"rejected\",\"seq\":1,\"error\":{\"code\":\"c\",\"message\":\"m\"}}\n");
  EXPECT_TRUE(producer->flush(kTestDeadline));
  EXPECT_EQ(recorder.outcome_count(), 1U);
}

// A daemon that does not read may have to write first: it must find a reader.
TEST_F(Pressure, ReadsRepliesWhileItCannotWrite) {
  Options options = recorder.options(daemon.path());
  options.max_buffered_bytes = size_t{4} << 20U;
  options.when_full = WhenFull::kRefuse;
  producer = std::move(Producer::open(options).value());
  Peer peer = daemon.accept_and_greet();
  fill();
  const std::string warning = R"({"status":"warning","seq":1,"message":")" + kKilobyte + "\"}\n";
  for (int i = 0; i < 4000; ++i) ASSERT_TRUE(peer.write(warning));  // far more than a socket holds
  EXPECT_NE(peer.read_line(), "");
}

}  // namespace
}  // namespace awps::client
