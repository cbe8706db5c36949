// Options::deduplicate before daemons of both versions: the hello, the ids, what is sent again, and
// what is told if a daemon cannot do it.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <awps/client/producer.h>

#include "client/json_members.h"
#include "tests/client/recorder.h"

namespace awps::client {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr std::string_view kNewer =
    R"({"status":"ready","protocol":1,"version":"0.3.0","hub":"chat","ack":"delivered",)"
    R"("features":["deduplicate"],"dedupeWindowSeconds":120})"
    "\n";
constexpr std::string_view kOff =
    R"({"status":"ready","protocol":1,"version":"0.3.0","hub":"chat","dedupeWindowSeconds":0})"
    "\n";
// In the words of the daemon before it could deduplicate: its whole answer.
constexpr std::string_view kRefusal =
    R"({"status":"rejected","seq":0,"line":1,"error":{"code":"invalid_action","message":)"
    R"("'deduplicate' is unknown, a hello has the keys 'hub', 'ack' and 'producer' alone: )"
    R"(leave it out"}})"
    "\n";
constexpr std::string_view kHello =
    R"({"hello":{"ack":"delivered","hub":"chat","producer":"billing","deduplicate":true}})";
constexpr std::string_view kPlainHello =
    R"({"hello":{"ack":"delivered","hub":"chat","producer":"billing"}})";
constexpr std::string_view kWarning = "does not deduplicate";

std::string reply(std::string_view status, int seq) {
  return "{\"status\":\"" + std::string(status) + "\",\"seq\":" + std::to_string(seq) + "}\n";
}

// The member `id` of a line, its quotes included; empty: there is none.
std::string id_of(std::string_view line) {
  std::string id;
  EXPECT_TRUE(read_members(line, [&id](std::string_view key, std::string_view value) {
    if (key == "id") id = value;
  })) << line;
  return id;
}

// Of an id that the library made: what stands before the number.
std::string start_of(const std::string& id) {
  return id.substr(0, id.find('-'));
}

class Dedupe : public testing::Test {
 protected:
  Options options() {
    Options options = recorder.options(daemon.path());
    options.hub = "chat";
    options.name = "billing";
    options.deduplicate = true;
    return options;
  }
  void open(const Options& given) { producer = std::move(Producer::open(given).value()); }
  void open() { open(options()); }
  void send(int count) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(producer->send_to_all(Message::text("x")));
  }
  Peer greet(std::string_view hello, std::string_view ready) {
    Peer peer = daemon.accept();
    EXPECT_EQ(peer.read_line(), hello);
    peer.write(ready);
    return peer;
  }
  /// An older daemon that does not know the key ends the connection.
  void refuse() {
    Peer peer = daemon.accept();
    EXPECT_EQ(peer.read_line(), kHello);
    peer.write(kRefusal);
  }
  static std::vector<std::string> read(Peer& peer, int count) {
    std::vector<std::string> lines;
    for (int i = 0; i < count; ++i) lines.push_back(peer.read_line());
    return lines;
  }
  size_t warnings() {
    size_t count = 0;
    for (const std::string& text : recorder.notices()) {
      if (text.find(kWarning) != std::string::npos) ++count;
    }
    return count;
  }
  /// Sends an action on `peer` and has it confirmed: all notices of the greeting came before.
  void exchange(Peer& peer) {
    const size_t count = recorder.outcome_count();
    send(1);
    EXPECT_NE(peer.read_line(), "");
    peer.write(reply("delivered", 1));
    ASSERT_EQ(recorder.outcomes(count + 1).size(), count + 1);
  }

  FakeDaemon daemon;
  Recorder recorder;
  std::unique_ptr<Producer> producer;
};

TEST_F(Dedupe, IsAskedForAndEachActionHasAnId) {
  open();
  Peer peer = greet(kHello, kNewer);
  send(2);
  ASSERT_TRUE(producer->send_to_all(Message::text("x"), {.id = "mine"}));
  ASSERT_TRUE(producer->send_line(R"({"actionName":"closeAllConnections"})"));
  ASSERT_TRUE(producer->send_line(R"({"id":7,"actionName":"closeAllConnections"})"));
  const std::string id = id_of(peer.read_line());
  const std::string start = start_of(id);
  EXPECT_EQ(id, start + "-1\"");
  EXPECT_EQ(id_of(peer.read_line()), start + "-2\"");
  EXPECT_EQ(peer.read_line(), R"({"actionName":"sendToAll","id":"mine","data":"x"})");
  EXPECT_EQ(id_of(peer.read_line()), start + "-4\"");
  EXPECT_EQ(peer.read_line(), R"({"id":7,"actionName":"closeAllConnections"})");
  EXPECT_EQ(producer->status().dedupe_window, milliseconds(120'000));
  daemon.stop();
  peer.close();
  EXPECT_TRUE(recorder.await_notice("actions are kept"));
  EXPECT_EQ(producer->status().dedupe_window, milliseconds(0)) << "nobody knows them";
  daemon.listen();
  greet(kHello, kNewer);
  EXPECT_EQ(warnings(), 0U);
}

TEST_F(Dedupe, IsOffByDefault) {
  Options off = options();
  off.deduplicate = Options().deduplicate;
  open(off);
  Peer peer = greet(kPlainHello, kReady);
  send(1);
  EXPECT_EQ(peer.read_line(), R"({"actionName":"sendToAll","data":"x"})");
  peer.write(reply("delivered", 1));
  EXPECT_TRUE(producer->close(kTestDeadline));
  EXPECT_EQ(warnings(), 0U);
}

TEST_F(Dedupe, SendsAgainTheSameLinesOverAnyNumberOfConnections) {
  open();
  send(4);
  Peer first = greet(kHello, kNewer);
  const auto lines = read(first, 4);
  first.write(reply("delivered", 2));
  ASSERT_EQ(recorder.outcomes(1).size(), 1U);
  first.close();
  for (int i = 0; i < 3; ++i) {
    Peer again = greet(kHello, kNewer);
    EXPECT_EQ(read(again, 3), (std::vector<std::string>{lines[0], lines[2], lines[3]}));
  }
  Peer last = greet(kHello, kNewer);
  EXPECT_EQ(read(last, 3), (std::vector<std::string>{lines[0], lines[2], lines[3]}));
  last.write(reply("duplicate", 2) + reply("delivered", 3) + reply("duplicate", 1));
  EXPECT_TRUE(producer->close(kTestDeadline));
  const auto outcomes = recorder.outcomes(4);
  ASSERT_EQ(outcomes.size(), 4U);
  const std::pair<uint64_t, OutcomeKind> kExpected[] = {{2, OutcomeKind::kDelivered},
                                                        {3, OutcomeKind::kDuplicate},
                                                        {4, OutcomeKind::kDelivered},
                                                        {1, OutcomeKind::kDuplicate}};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(outcomes[i].number, kExpected[i].first);
    EXPECT_EQ(outcomes[i].kind, kExpected[i].second);
    EXPECT_TRUE(outcomes[i].is_good());
    EXPECT_EQ(outcomes[i].error_code, "");
  }
}

TEST_F(Dedupe, AnAcceptanceCoversDuplicates) {
  Options accepted = options();
  accepted.ack = Ack::kAccepted;
  open(accepted);
  send(3);
  Peer first = daemon.accept();
  first.read_line();
  first.write(kNewer);
  const auto lines = read(first, 3);
  first.close();
  Peer again = daemon.accept();
  again.read_line();
  again.write(kNewer);
  EXPECT_EQ(read(again, 3), lines);
  again.write(reply("accepted", 3));
  EXPECT_TRUE(producer->close(kTestDeadline));
  const auto outcomes = recorder.outcomes(3);
  ASSERT_EQ(outcomes.size(), 3U);
  for (const Outcome& outcome : outcomes) EXPECT_EQ(outcome.kind, OutcomeKind::kAccepted);
}

// The pause of an hour shows that the second connection does not wait for it.
TEST_F(Dedupe, AnOlderDaemonThatRefusesTheKeyIsGreetedWithoutItAtOnce) {
  Options patient = options();
  patient.reconnect_base = patient.reconnect_max = hours(1);
  open(patient);
  send(2);
  refuse();
  Peer peer = greet(kPlainHello, kReady);
  const auto lines = read(peer, 2);
  EXPECT_TRUE(id_of(lines[1]).ends_with("-2\"")) << "the next daemon may know it again";
  peer.write(reply("delivered", 1) + reply("delivered", 2));
  EXPECT_TRUE(producer->flush(kTestDeadline));
  EXPECT_TRUE(recorder.await_notice("it refused the hello ('deduplicate' is unknown"));
  EXPECT_EQ(producer->status().dedupe_window, milliseconds(0));
  EXPECT_EQ(producer->status().connections, 1U);
  EXPECT_EQ(recorder.notices().size(), 2U);  // connected, and this
}

TEST_F(Dedupe, AnOlderDaemonIsAskedOnEachConnectionAndToldOfOnce) {
  open();
  for (int i = 0; i < 3; ++i) {
    refuse();
    Peer peer = greet(kPlainHello, kReady);
    exchange(peer);
    EXPECT_EQ(warnings(), 1U);
  }
}

TEST_F(Dedupe, AnOlderDaemonThatIgnoresTheKeyIsToldOfOnce) {
  open();
  for (int i = 0; i < 3; ++i) {
    Peer peer = greet(kHello, kReady);
    exchange(peer);
    EXPECT_EQ(warnings(), 1U);
    EXPECT_EQ(producer->status().dedupe_window, milliseconds(0));
  }
  EXPECT_TRUE(recorder.await_notice("it is an older version"));
}

TEST_F(Dedupe, AWindowOfZeroIsToldOfOnce) {
  open();
  for (int i = 0; i < 3; ++i) {
    Peer peer = greet(kHello, kOff);
    exchange(peer);
    EXPECT_EQ(warnings(), 1U);
  }
  EXPECT_TRUE(recorder.await_notice("dedupe_window = \"0s\""));
}

TEST_F(Dedupe, ANewerDaemonIsNoticedAndGetsTheIdsThatTheOlderOneSaw) {
  open();
  send(2);
  refuse();
  Peer older = greet(kPlainHello, kReady);
  const auto lines = read(older, 2);
  older.close();
  Peer newer = greet(kHello, kNewer);
  EXPECT_EQ(read(newer, 2), lines);
  EXPECT_TRUE(recorder.await_notice("deduplicates again: it knows an action for 120 s"));
  newer.write(reply("delivered", 1) + reply("delivered", 2));
  EXPECT_TRUE(producer->flush(kTestDeadline));
  EXPECT_EQ(producer->status().dedupe_window, milliseconds(120'000));
}

TEST_F(Dedupe, ARefusalOfSomethingElseKeepsTheKey) {
  open();
  Peer refused = greet(kHello, R"({"status":"rejected","seq":0,"line":1,)"
                               R"("error":{"code":"unknown_hub","message":"'chat' is no hub"}})"
                               "\n");
  refused.close();
  greet(kHello, kNewer);
  EXPECT_TRUE(recorder.await_notice("unknown_hub: 'chat' is no hub; actions are kept"));
  EXPECT_EQ(warnings(), 0U);
}

// A daemon that refuses whatever it is told is not asked without a pause.
TEST_F(Dedupe, ARefusalWithoutTheKeyIsFollowedByAPause) {
  Options patient = options();
  patient.reconnect_base = patient.reconnect_max = milliseconds::max();
  open(patient);
  refuse();
  greet(kPlainHello, kRefusal).close();
  EXPECT_TRUE(recorder.await_notice("awpsd refused the connection"));
  EXPECT_FALSE(daemon.has_connection(milliseconds(50)));
}

TEST_F(Dedupe, ProducersOfOneMomentShareNoIds) {
  constexpr int kProducers = 20;
  std::set<std::string> starts;
  for (int i = 0; i < kProducers; ++i) {
    open();
    send(1);
    Peer peer = greet(kHello, kNewer);
    starts.insert(start_of(id_of(peer.read_line())));
    producer.reset();
  }
  EXPECT_EQ(starts.size(), static_cast<size_t>(kProducers));
}

// Whatever a producer of the parent has left in memory is the child's, too. No thread lives on at
// the fork: ThreadSanitizer does not let a child start one then.
TEST_F(Dedupe, AForkedChildAndItsParentShareNoIds) {
  open();
  {
    const Peer first = greet(kHello, kNewer);  // until the producer is gone: it would connect again
    producer.reset();
  }
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(static_cast<unsigned>(kTestDeadline.count()));
    auto opened = Producer::open(options());
    bool is_confirmed = opened && opened.value()->send_to_all(Message::text("x"));
    is_confirmed = is_confirmed && opened.value()->close(kTestDeadline);
    opened.value().reset();
    ::_exit(is_confirmed ? 0 : 1);
  }
  Peer childs = greet(kHello, kNewer);
  const std::string id = id_of(childs.read_line());
  childs.write(reply("delivered", 1));
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  open();
  send(1);
  Peer parents = greet(kHello, kNewer);
  const std::string other = id_of(parents.read_line());
  EXPECT_NE(start_of(id), start_of(other));
  EXPECT_TRUE(id.ends_with("-1\"") && other.ends_with("-1\"")) << id << other;
}

struct AbandonedRow {
  const char* code;
  bool is_final;
};

TEST_F(Dedupe, OnlyWhatIsLostIsSentAgain) {
  const AbandonedRow kRows[] = {{"kept", true}, {"shutting_down", true}, {"lost", false}};
  for (const bool deduplicate : {false, true}) {
    for (const AbandonedRow& row : kRows) {
      SCOPED_TRACE(std::string(row.code) + (deduplicate ? ", deduplicated" : ""));
      const size_t before = recorder.outcome_count();
      Options given = options();
      given.deduplicate = deduplicate;
      open(given);
      send(2);
      Peer stops = greet(deduplicate ? kHello : kPlainHello, deduplicate ? kNewer : kReady);
      const auto lines = read(stops, 2);
      stops.write(R"({"status":"abandoned","seq":1,"error":{"code":")" + std::string(row.code) +
                  "\",\"message\":\"m\"}}\n");
      stops.close();
      Peer next = greet(deduplicate ? kHello : kPlainHello, deduplicate ? kNewer : kReady);
      const auto again = read(next, row.is_final ? 1 : 2);
      EXPECT_EQ(again.front(), row.is_final ? lines[1] : lines[0]);
      EXPECT_EQ(again.back(), lines[1]);
      next.write(reply("delivered", 1) + (row.is_final ? "" : reply("delivered", 2)));
      EXPECT_TRUE(producer->close(kTestDeadline));
      const auto outcomes = recorder.outcomes(before + 2);
      ASSERT_EQ(outcomes.size(), before + 2);
      EXPECT_EQ(outcomes[before].number, 1U);
      EXPECT_EQ(outcomes[before].kind,
                row.is_final ? OutcomeKind::kAbandoned : OutcomeKind::kDelivered);
      EXPECT_EQ(outcomes[before].error_code, row.is_final ? row.code : "");
    }
  }
}

// The bound of the buffer holds with ids, whatever is refused and taken.
TEST_F(Dedupe, IdsCountAgainstTheBoundOfTheBuffer) {
  Options small = options();
  small.max_buffered_bytes = 5'000;
  small.when_full = WhenFull::kRefuse;
  open(small);
  while (producer->send_to_all(Message::text("x"))) {
  }
  const Status status = producer->status();
  EXPECT_LE(status.buffered_bytes, small.max_buffered_bytes);
  EXPECT_GT(status.taken, 10U);
  Peer peer = greet(kHello, kNewer);
  for (uint64_t i = 1; i <= status.taken; ++i) peer.read_line();
  for (uint64_t i = 1; i <= status.taken; ++i) peer.write(reply("duplicate", static_cast<int>(i)));
  EXPECT_TRUE(producer->flush(kTestDeadline));
  EXPECT_EQ(producer->status().buffered_bytes, 0U);
}

}  // namespace
}  // namespace awps::client
