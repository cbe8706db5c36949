// What a producer says to the daemon, what it makes of the answers, and what it answers its caller.

#include <awps/client/producer.h>

#include <gtest/gtest.h>

#include "tests/client/recorder.h"

namespace awps::client {
namespace {

using std::chrono::milliseconds;

class ProducerTest : public testing::Test {
 protected:
  std::unique_ptr<Producer> open(Options options) {
    auto opened = Producer::open(std::move(options));
    if (!opened) ADD_FAILURE() << opened.error().message;
    return opened ? std::move(opened.value()) : nullptr;
  }
  std::unique_ptr<Producer> open() { return open(recorder.options(daemon.path())); }

  FakeDaemon daemon;
  Recorder recorder;
};

Message text(std::string_view data) {
  return Message::text(data);
}

TEST_F(ProducerTest, GreetsWithItsOptionsAndWaitsForReady) {
  Options options = recorder.options(daemon.path());
  options.hub = "chat";
  options.name = "billing";
  options.ack = Ack::kAccepted;
  auto producer = open(options);
  ASSERT_TRUE(producer->send_to_all(text("x")));
  Peer peer = daemon.accept();
  EXPECT_EQ(peer.read_line(), R"({"hello":{"ack":"accepted","hub":"chat","producer":"billing"}})");
  EXPECT_FALSE(peer.has_input(milliseconds(50)));  // no action before `ready`
  peer.write(kReady);
  EXPECT_EQ(peer.read_line(), R"({"actionName":"sendToAll","data":"x"})");
}

constexpr std::string_view kGroups[] = {"g", "h"};

struct CallRow {
  const char* line;
  Producer::Sent (*call)(Producer&);
};

TEST_F(ProducerTest, WritesEachAction) {
  const CallRow kRows[] = {
      {R"({"actionName":"sendToAll","data":"x"})",
       [](Producer& p) { return p.send_to_all(text("x")); }},
      {R"({"actionName":"sendToGroup","group":"g","dataType":"json","data":"[1]"})",
       [](Producer& p) { return p.send_to_group("g", Message::json("[1]")); }},
      {R"({"actionName":"sendToUser","userId":"u","dataType":"binary","data":"/w=="})",
       [](Producer& p) { return p.send_to_user("u", Message::binary("\xff")); }},
      {R"({"actionName":"sendToConnection","connectionId":"c","data":"x"})",
       [](Producer& p) { return p.send_to_connection("c", text("x")); }},
      {R"({"actionName":"addUserToGroup","userId":"u","group":"g"})",
       [](Producer& p) { return p.add_user_to_group("u", "g"); }},
      {R"({"actionName":"removeUserFromGroup","userId":"u","group":"g"})",
       [](Producer& p) { return p.remove_user_from_group("u", "g"); }},
      {R"({"actionName":"removeUserFromAllGroups","userId":"u"})",
       [](Producer& p) { return p.remove_user_from_all_groups("u"); }},
      {R"({"actionName":"addConnectionToGroup","connectionId":"c","group":"g"})",
       [](Producer& p) { return p.add_connection_to_group("c", "g"); }},
      {R"({"actionName":"removeConnectionFromGroup","connectionId":"c","group":"g"})",
       [](Producer& p) { return p.remove_connection_from_group("c", "g"); }},
      {R"({"actionName":"closeAllConnections","reason":"r"})",
       [](Producer& p) { return p.close_all_connections({.reason = "r"}); }},
      {R"({"actionName":"closeClientConnection","connectionId":"c"})",
       [](Producer& p) { return p.close_connection("c"); }},
      {R"({"actionName":"closeGroupConnections","group":"g"})",
       [](Producer& p) { return p.close_group_connections("g"); }},
      {R"({"actionName":"grantPermission","connectionId":"c",)"
       R"("permission":"sendToGroup","targetName":"g"})",
       [](Producer& p) { return p.grant_permission("c", Permission::kSendToGroup, "g"); }},
      {R"({"actionName":"revokePermission","connectionId":"c",)"
       R"("permission":"joinLeaveGroup","targetName":"g"})",
       [](Producer& p) { return p.revoke_permission("c", Permission::kJoinLeaveGroup, "g"); }},
      {R"({"actionName":"closeUserConnections","userId":"u","reason":"r"})",
       [](Producer& p) { return p.close_user_connections("u", {.reason = "r"}); }},
      {R"({"actionName":"removeConnectionFromAllGroups","connectionId":"c","unordered":true})",
       [](Producer& p) { return p.remove_connection_from_all_groups("c", {.unordered = true}); }},
      {R"({"actionName":"addConnectionsToGroups","groups":["g","h"],"filter":"true"})",
       [](Producer& p) { return p.add_connections_to_groups(kGroups, "true"); }},
      {R"({"actionName":"removeConnectionsFromGroups","groups":["g","h"],"filter":"true"})",
       [](Producer& p) { return p.remove_connections_from_groups(kGroups, "true"); }},
      {R"({"actionName":"sendToAll", "data":"own"})",
       [](Producer& p) { return p.send_line(R"({"actionName":"sendToAll", "data":"own"})"); }},
  };
  auto producer = open();
  Peer peer = daemon.accept_and_greet();
  uint64_t number = 0;
  for (const CallRow& row : kRows) {
    const auto sent = row.call(*producer);
    ASSERT_TRUE(sent) << row.line << sent.error().message;
    EXPECT_EQ(sent.value(), ++number) << row.line;
    EXPECT_EQ(peer.read_line(), row.line);
  }
}

TEST_F(ProducerTest, TellsEachOutcomeWithNumberAndTag) {
  auto producer = open();
  Peer peer = daemon.accept_and_greet();
  for (uint64_t i = 1; i <= 6; ++i) {
    ASSERT_TRUE(producer->send_to_all(text("x"), {.tag = 100 + i}));
    peer.read_line();
  }
  peer.write(
      "{\"status\":\"rejected\",\"seq\":2,\"error\":{\"code\":\"c\",\"message\":\"m\"}}\n"
      "{\"status\":\"delivered\",\"from\":3,\"to\":4,\"httpStatus\":202,\"attempts\":2}\n"
      "{\"status\":\"warning\",\"seq\":1,\"message\":\"did you mean 'hub'?\"}\n"
      "{\"status\":\"superseded\",\"seq\":1,\"by\":5}\n"
      "{\"status\":\"a later version's\",\"seq\":1}\n"
      "{\"status\":\"abandoned\",\"seq\":6,\"error\":{\"code\":\"s\",\"message\":\"t\"}}\n");
  const auto outcomes = recorder.outcomes(5);
  ASSERT_EQ(outcomes.size(), 5U);
  const std::pair<uint64_t, OutcomeKind> kExpected[] = {{2, OutcomeKind::kRejected},
                                                        {3, OutcomeKind::kDelivered},
                                                        {4, OutcomeKind::kDelivered},
                                                        {1, OutcomeKind::kSuperseded},
                                                        {6, OutcomeKind::kAbandoned}};
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(outcomes[i].number, kExpected[i].first);
    EXPECT_EQ(outcomes[i].tag, 100 + kExpected[i].first);
    EXPECT_EQ(outcomes[i].kind, kExpected[i].second);
  }
  EXPECT_EQ(outcomes[0].error_code, "c");
  EXPECT_EQ(outcomes[0].error_message, "m");
  EXPECT_EQ(outcomes[1].attempts, 2U);
  EXPECT_TRUE(recorder.await_notice("did you mean 'hub'?"));
  EXPECT_EQ(producer->status().unsettled, 1U);
}

TEST_F(ProducerTest, AcceptanceIsCumulative) {
  Options options = recorder.options(daemon.path());
  options.ack = Ack::kAccepted;
  auto producer = open(options);
  Peer peer = daemon.accept_and_greet();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(producer->send_to_all(text("x")));
    peer.read_line();
  }
  peer.write(
      "{\"status\":\"rejected\",\"seq\":2,\"error\":{\"code\":\"c\",\"message\":\"m\"}}\n"
      "{\"status\":\"accepted\",\"seq\":4}\n");
  const auto outcomes = recorder.outcomes(4);
  ASSERT_EQ(outcomes.size(), 4U);
  EXPECT_EQ(outcomes[0].number, 2U);
  EXPECT_EQ(outcomes[3].number, 4U);
  EXPECT_EQ(outcomes[3].kind, OutcomeKind::kAccepted);
  EXPECT_TRUE(outcomes[3].is_good());
}

TEST_F(ProducerTest, FlushReturnsWhenAllHasBeenReported) {
  auto producer = open();
  Peer peer = daemon.accept_and_greet();
  EXPECT_TRUE(producer->flush(milliseconds(0)));
  ASSERT_TRUE(producer->send_to_all(text("x")));
  ASSERT_TRUE(producer->send_to_all(text("y")));
  const auto early = producer->flush(milliseconds(1));
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, ErrorCode::kTimeout);
  EXPECT_NE(early.error().message.find("2 actions are not confirmed"), std::string::npos);
  peer.read_line(), peer.read_line();
  peer.write("{\"status\":\"delivered\",\"seq\":1}\n");
  peer.write("{\"status\":\"delivered\",\"seq\":2}\n");
  ASSERT_TRUE(producer->flush(kTestDeadline));
  EXPECT_EQ(recorder.outcome_count(), 2U);
}

TEST_F(ProducerTest, FlushSaysThatACallbackHasNotReturned) {
  Options options = recorder.options(daemon.path());
  std::atomic<bool> is_within_outcome = false;
  std::atomic<bool> may_return = false;
  options.on_outcome = [&](const Outcome&) {
    is_within_outcome = true;
    is_within_outcome.notify_all();
    may_return.wait(false);
  };
  auto producer = open(options);
  Peer peer = daemon.accept_and_greet();
  ASSERT_TRUE(producer->send_to_all(text("x")));
  peer.read_line();
  peer.write("{\"status\":\"delivered\",\"seq\":1}\n");
  is_within_outcome.wait(false);
  const auto late = producer->flush(milliseconds(1));
  may_return = true;
  may_return.notify_all();
  ASSERT_FALSE(late);
  EXPECT_NE(late.error().message.find("on_outcome has not returned"), std::string::npos);
  EXPECT_TRUE(producer->flush(kTestDeadline));
}

TEST_F(ProducerTest, CloseSaysWhatIsNotConfirmed) {
  auto producer = open();
  Peer peer = daemon.accept_and_greet();
  ASSERT_TRUE(producer->send_to_all(text("x")));
  ASSERT_TRUE(producer->send_to_all(text("y")));
  peer.read_line(), peer.read_line();
  peer.write("{\"status\":\"delivered\",\"seq\":2}\n");
  recorder.outcomes(1);
  for (int call = 0; call < 2; ++call) {
    const auto closed = producer->close(milliseconds(1));
    ASSERT_FALSE(closed);
    EXPECT_NE(closed.error().message.find("1 actions are not confirmed"), std::string::npos);
  }
  EXPECT_EQ(peer.read_line(), "");  // the connection has ended
  const auto outcomes = recorder.outcomes(2);
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_EQ(outcomes[1].number, 1U);
  EXPECT_EQ(outcomes[1].kind, OutcomeKind::kUnconfirmed);
  EXPECT_EQ(outcomes[1].error_code, "unconfirmed");
  EXPECT_NE(outcomes[1].error_message.find(daemon.path() + "' confirmed"), std::string::npos);
  const auto flushed = producer->flush(kTestDeadline);
  ASSERT_FALSE(flushed);
  EXPECT_NE(flushed.error().message.find("1 actions are not confirmed"), std::string::npos);
  const auto late = producer->send_to_all(text("z"));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kClosed);
}

TEST_F(ProducerTest, ACallbackMaySendButNotWait) {
  std::unique_ptr<Producer> producer;
  Options options = recorder.options(daemon.path());
  std::vector<Error> errors;
  std::atomic<bool> has_sent = false;
  options.max_buffered_bytes = 1000;
  options.on_outcome = [&](const Outcome& outcome) {
    recorder.options("").on_outcome(outcome);
    if (outcome.number != 1) return;
    errors.push_back(producer->flush(kTestDeadline).error());
    errors.push_back(producer->close(kTestDeadline).error());
    const std::string large(600, 'x');
    while (errors.size() < 3) {
      const auto sent = producer->send_to_all(text(large));
      if (!sent) errors.push_back(sent.error());
    }
    has_sent = true;
  };
  producer = open(options);
  Peer peer = daemon.accept_and_greet();
  ASSERT_TRUE(producer->send_to_all(text("x")));
  peer.read_line();
  peer.write("{\"status\":\"delivered\",\"seq\":1}\n");
  EXPECT_NE(peer.read_line(), "");  // what the callback sent
  peer.write("{\"status\":\"delivered\",\"seq\":2}\n");
  EXPECT_EQ(recorder.outcomes(2).size(), 2U);
  ASSERT_TRUE(has_sent);
  EXPECT_NE(errors[0].message.find("flush() was called in a callback"), std::string::npos);
  EXPECT_NE(errors[1].message.find("close() was called in a callback"), std::string::npos);
  EXPECT_EQ(errors[2].code, ErrorCode::kFull);
}

struct OptionRow {
  const char* name;
  void (*spoil)(Options&);
  std::string_view words;
};

TEST_F(ProducerTest, RefusesOptionsThatCannotBeRight) {
  const OptionRow kRows[] = {
      {"no path", [](Options& o) { o.socket_path = ""; }, "socket_path ''"},
      {"a long path", [](Options& o) { o.socket_path = std::string(108, 'x'); }, "107 bytes"},
      {"a path with a nul", [](Options& o) { o.socket_path = std::string("a\0b", 3); }, "no path"},
      {"a long name", [](Options& o) { o.name = std::string(65, 'x'); }, "64 bytes"},
      {"a latin name", [](Options& o) { o.name = "caf\xe9"; }, "UTF-8"},
      {"a latin hub", [](Options& o) { o.hub = "caf\xe9"; }, "UTF-8"},
      {"pauses", [](Options& o) { o.reconnect_max = milliseconds(0); }, "reconnect_max"},
      {"no pause", [](Options& o) { o.reconnect_base = milliseconds(0); }, "below 1 ms"},
      {"a negative pause", [](Options& o) { o.reconnect_base = milliseconds(-1); }, "below 1 ms"},
  };
  for (const OptionRow& row : kRows) {
    Options options = recorder.options(daemon.path());
    row.spoil(options);
    const auto opened = Producer::open(options);
    ASSERT_FALSE(opened) << row.name;
    EXPECT_EQ(opened.error().code, ErrorCode::kInvalid) << row.name;
    EXPECT_NE(opened.error().message.find(row.words), std::string::npos) << opened.error().message;
  }
}

TEST_F(ProducerTest, ManyThreadsEachKeepTheirOrder) {
  auto producer = open();
  Peer peer = daemon.accept_and_greet();
  constexpr int kEach = 500;
  std::vector<std::thread> threads;
  for (const char name : {'a', 'b', 'c'}) {
    threads.emplace_back([&producer, name] {
      for (int i = 0; i < kEach; ++i) {
        (void)producer->send_to_user(std::string(1, name), text(std::to_string(i)));
      }
    });
  }
  std::map<std::string, int> next;
  for (int i = 0; i < 3 * kEach; ++i) {
    const std::string line = peer.read_line();
    const std::string user = line.substr(line.find("userId") + 9, 1);
    EXPECT_NE(line.find("\"" + std::to_string(next[user]++) + "\""), std::string::npos) << line;
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace awps::client
