// Connections that are lost at every possible place: nothing is lost, the order holds, every action
// has one outcome, and nothing is sent twice but after a lost connection.

#include <gtest/gtest.h>

#include <awps/client/producer.h>

#include "tests/client/recorder.h"

namespace awps::client {
namespace {

using std::chrono::milliseconds;

constexpr int kActions = 4;

struct Mode {
  const char* name;
  Ack ack;
};
constexpr Mode kModes[] = {{"accepted", Ack::kAccepted}, {"delivered", Ack::kDelivered}};

class Reconnect : public testing::Test {
 protected:
  void open(Ack ack) {
    recorder = std::make_unique<Recorder>();
    Options options = recorder->options(daemon.path());
    options.ack = ack;
    auto opened = Producer::open(options);
    ASSERT_TRUE(opened);
    producer = std::move(opened.value());
    for (int i = 0; i < kActions; ++i) {
      ASSERT_TRUE(producer->send_to_all(Message::text(std::to_string(i))));
    }
  }
  static std::string line(int i) {
    return R"({"actionName":"sendToAll","data":")" + std::to_string(i) + "\"}";
  }
  static std::string reply(Ack ack, int seq) {
    const std::string status = ack == Ack::kAccepted ? "accepted" : "delivered";
    return "{\"status\":\"" + status + "\",\"seq\":" + std::to_string(seq) + "}\n";
  }
  /// Takes the actions from `first` on, confirms them, and closes the producer.
  void finish(Ack ack, int first) {
    Peer peer = daemon.accept_and_greet();
    for (int i = first; i < kActions; ++i) ASSERT_EQ(peer.read_line(), line(i));
    for (int i = first; i < kActions; ++i) peer.write(reply(ack, i - first + 1));
    EXPECT_TRUE(producer->close(kTestDeadline));
    EXPECT_EQ(peer.read_line(), "");
    const auto outcomes = recorder->outcomes(kActions);
    ASSERT_EQ(outcomes.size(), static_cast<size_t>(kActions));
    for (int i = 0; i < kActions; ++i) {
      EXPECT_EQ(outcomes[static_cast<size_t>(i)].number, static_cast<uint64_t>(i + 1));
      EXPECT_TRUE(outcomes[static_cast<size_t>(i)].is_good());
    }
  }

  FakeDaemon daemon;
  std::unique_ptr<Recorder> recorder;
  std::unique_ptr<Producer> producer;
};

TEST_F(Reconnect, AfterEveryByteThatTheDaemonRead) {
  const size_t all = kActions * (line(0).size() + 1);
  for (const Mode& mode : kModes) {
    for (size_t bytes = 0; bytes <= all; ++bytes) {
      SCOPED_TRACE(std::string(mode.name) + ", " + std::to_string(bytes) + " bytes");
      open(mode.ack);
      Peer lost = daemon.accept_and_greet();
      ASSERT_EQ(lost.read_exactly(bytes).size(), bytes);
      lost.close();
      finish(mode.ack, 0);
    }
  }
}

TEST_F(Reconnect, AfterEveryByteOfTheGreeting) {
  for (size_t bytes = 0; bytes < kReady.size(); ++bytes) {
    SCOPED_TRACE(bytes);
    open(Ack::kDelivered);
    Peer lost = daemon.accept();
    lost.read_exactly(bytes / 4);
    lost.write(kReady.substr(0, bytes));
    lost.close();
    finish(Ack::kDelivered, 0);
  }
}

TEST_F(Reconnect, AfterEveryByteOfTheReplies) {
  for (const Mode& mode : kModes) {
    std::string replies;
    for (int i = 1; i <= kActions; ++i) replies += reply(mode.ack, i);
    const size_t each = replies.size() / kActions;
    for (size_t bytes = 0; bytes < replies.size(); ++bytes) {
      SCOPED_TRACE(std::string(mode.name) + ", " + std::to_string(bytes) + " bytes");
      open(mode.ack);
      Peer lost = daemon.accept_and_greet();
      for (int i = 0; i < kActions; ++i) ASSERT_EQ(lost.read_line(), line(i));
      lost.write(std::string_view(replies).substr(0, bytes));
      lost.close();
      finish(mode.ack, static_cast<int>(bytes / each));  // only whole replies count
      EXPECT_EQ(producer->status().sent_again, kActions - bytes / each);
    }
  }
}

TEST_F(Reconnect, SendsAgainOnlyWhatHasNoOutcome) {
  open(Ack::kDelivered);
  Peer lost = daemon.accept_and_greet();
  for (int i = 0; i < kActions; ++i) ASSERT_EQ(lost.read_line(), line(i));
  lost.write(reply(Ack::kDelivered, 2));
  lost.write("{\"status\":\"rejected\",\"seq\":3,\"error\":{\"code\":\"c\",\"message\":\"m\"}}\n");
  lost.close();
  Peer peer = daemon.accept_and_greet();
  EXPECT_EQ(peer.read_line(), line(0));
  EXPECT_EQ(peer.read_line(), line(3));
  peer.write(reply(Ack::kDelivered, 2));
  EXPECT_EQ(recorder->outcomes(3).back().number, 4U);
}

// A daemon that stops says so, still tells outcomes, and leaves unread what it will not take.
TEST_F(Reconnect, HearsAStoppingDaemonToItsEnd) {
  open(Ack::kDelivered);
  Peer lost = daemon.accept_and_greet();
  ASSERT_EQ(lost.read_line(), line(0));
  lost.write(
      "{\"status\":\"rejected\",\"seq\":0,\"line\":2,"
      "\"error\":{\"code\":\"shutting_down\",\"message\":\"the daemon stops\"}}\n");
  lost.write(reply(Ack::kDelivered, 1));
  ASSERT_EQ(recorder->outcomes(1).size(), 1U);
  const auto late = producer->send_to_all(Message::text("late"));
  ASSERT_TRUE(late);
  lost.close();
  Peer peer = daemon.accept_and_greet();
  for (int i = 1; i < kActions; ++i) EXPECT_EQ(peer.read_line(), line(i));
  EXPECT_EQ(peer.read_line(), R"({"actionName":"sendToAll","data":"late"})");
  EXPECT_TRUE(recorder->await_notice("shutting_down: the daemon stops"));
}

// Replies that were written before the daemon's death are read, although writing fails by then.
TEST_F(Reconnect, ReadsRepliesAfterItCannotWriteAnyMore) {
  open(Ack::kDelivered);
  Peer lost = daemon.accept_and_greet();
  for (int i = 0; i < kActions; ++i) ASSERT_EQ(lost.read_line(), line(i));
  lost.end_input();
  ASSERT_TRUE(producer->send_to_all(Message::text("fails")));
  for (int i = 1; i <= kActions; ++i) lost.write(reply(Ack::kDelivered, i));
  lost.close();
  Peer peer = daemon.accept_and_greet();
  EXPECT_EQ(peer.read_line(), R"({"actionName":"sendToAll","data":"fails"})");
  EXPECT_EQ(recorder->outcomes(kActions).size(), static_cast<size_t>(kActions));
}

TEST_F(Reconnect, WaitsForADaemonThatIsNotThere) {
  daemon.stop();
  open(Ack::kDelivered);
  EXPECT_TRUE(recorder->await_notice("No such file or directory (is awpsd running"));
  const auto flushed = producer->flush(milliseconds(1));
  ASSERT_FALSE(flushed);
  EXPECT_NE(flushed.error().message.find(daemon.path()), std::string::npos);
  EXPECT_NE(flushed.error().message.find("No such file"), std::string::npos);
  daemon.listen();
  finish(Ack::kDelivered, 0);
  EXPECT_EQ(recorder->notices().size(), 2U);  // the outage, told once, and its end
}

// Were it to overflow, half of these pauses would be over at once.
TEST_F(Reconnect, AfterTheLongestPauseThereIs) {
  std::vector<std::unique_ptr<Recorder>> recorders;
  std::vector<std::unique_ptr<Producer>> producers;
  for (int i = 0; i < 8; ++i) {
    recorders.push_back(std::make_unique<Recorder>());
    Options options = recorders.back()->options(daemon.path());
    options.reconnect_base = milliseconds::max();
    options.reconnect_max = milliseconds::max();
    producers.push_back(std::move(Producer::open(options).value()));
    daemon.accept();
    ASSERT_TRUE(recorders.back()->await_notice("closed the connection"));
  }
  EXPECT_FALSE(daemon.has_connection(milliseconds(50)));
}

struct Breach {
  const char* name;
  std::string_view said;
  std::string_view notice;
};

TEST_F(Reconnect, AfterWhatBreaksTheProtocol) {
  const std::string overlong((size_t{1} << 20U) + 70'000, 'x');
  const Breach kRows[] = {
      {"no reply", "HTTP/1.1 400 Bad Request\r\n", "sent what is no reply ('HTTP/1.1 400"},
      {"a seq of the future", "{\"status\":\"delivered\",\"seq\":5}\n", "that was not sent"},
      {"a second greeting", kReady, "greeted twice"},
      {"a line without end", overlong, "longer than any reply"},
  };
  for (const Breach& row : kRows) {
    SCOPED_TRACE(row.name);
    open(Ack::kDelivered);
    Peer lost = daemon.accept_and_greet();
    for (int i = 0; i < kActions; ++i) ASSERT_EQ(lost.read_line(), line(i));
    lost.write(row.said);
    finish(Ack::kDelivered, 0);
    EXPECT_TRUE(recorder->await_notice(row.notice));
  }
}

TEST_F(Reconnect, AfterAGreetingThatIsNotRight) {
  const Breach kRows[] = {
      {"another version", "{\"status\":\"ready\",\"protocol\":2}\n", "version 2"},
      {"an outcome first", "{\"status\":\"delivered\",\"seq\":1}\n", "before it greeted"},
      {"a refused hub",
       "{\"status\":\"rejected\",\"seq\":0,\"line\":1,"
       "\"error\":{\"code\":\"unknown_hub\",\"message\":\"'x' is no hub\"}}\n",
       "unknown_hub: 'x' is no hub"},
  };
  for (const Breach& row : kRows) {
    SCOPED_TRACE(row.name);
    open(Ack::kDelivered);
    Peer lost = daemon.accept();
    lost.read_line();
    lost.write(row.said);
    lost.close();
    finish(Ack::kDelivered, 0);
    EXPECT_TRUE(recorder->await_notice(row.notice));
  }
}

}  // namespace
}  // namespace awps::client
