// What is said of streams: lines and tables of the status, notes, and findings of the check.

#include "daemon/awpsctl/view/stream_view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/terminal_text.h"
#include "daemon/awpsctl/commands/check_findings.h"

namespace awps {
namespace {

/// As ADMIN.md has it.
constexpr const char* kStream = R"({
   "name": "orders", "topic": "awps-actions", "group": "awpsd", "state": "running", "cause": "",
   "maxAhead": 5000, "partitionsOfTopic": 64, "records": 1234, "rejected": 2, "returned": 0,
   "commits": {"ok": 9, "failed": 1}, "rebalances": {"assigned": 1, "revoked": 0, "lost": 0},
   "partitions": [
     {"number": 2, "ownedSince": "2026-01-02T01:00:00.000Z", "settledOffset": 9, "lag": 7,
      "ahead": 0, "wait": ""},
     {"number": 3, "ownedSince": "2026-01-02T03:04:10.000Z", "settledOffset": 120033,
      "committedOffset": 120031, "lag": 300000, "ahead": 5000, "wait": "ahead",
      "oldest": {"offset": 120033, "seconds": 61.5, "writtenAt": "2026-01-02T03:01:40.000Z",
                 "hub": "chat", "action": "sendToGroup", "why": "the service answered 503"}},
     {"number": 4, "ownedSince": "?", "ahead": 0, "wait": ""}]})";

StatusReading reading_with(const std::string& streams) {
  const auto status = read_status(
      R"({"protocol": 1, "state": "running", "ready": true, "now": "2026-01-02T03:04:20.500Z",
          "hubs": [], "streams": [)" +
      streams + "]}");
  EXPECT_TRUE(status.ok());
  return *status;
}

StreamReading reading() {
  return reading_with(kStream).streams.at(0);
}

StreamReading stream_of(int partitions) {
  StreamReading stream{.name = "orders", .state = "running"};
  for (int i = 0; i < partitions; ++i) {
    stream.partitions.push_back({.number = i, .lag = static_cast<uint64_t>(10 * i), .ahead = 1});
  }
  return stream;
}

std::string joined_lines(const std::vector<std::string>& lines) {
  return joined(lines, "\n");
}

std::string text_of(const std::vector<Note>& notes) {
  std::string text;
  for (const Note& note : notes) text += note.subject + ": " + note.text + " → " + note.remedy;
  return text;
}

TEST(StreamReading, HasWhatTheDaemonSays) {
  const StreamReading stream = reading();
  EXPECT_EQ(stream.topic, "awps-actions");
  EXPECT_EQ(stream.group, "awpsd");
  EXPECT_EQ(stream.max_ahead, 5000U);
  EXPECT_EQ(stream.records, 1234U);
  EXPECT_EQ(stream.rejected, 2U);
  EXPECT_EQ(stream.commits_failed, 1U);
  ASSERT_EQ(stream.partitions.size(), 3U);
  const PartitionReading& third = stream.partitions[1];
  EXPECT_EQ(third.number, 3);
  EXPECT_EQ(third.owned_seconds, 10.5);
  EXPECT_EQ(third.lag, 300'000U);
  EXPECT_EQ(third.oldest_offset, 120'033U);
  EXPECT_EQ(third.oldest_seconds, 61.5);
  EXPECT_EQ(third.written_seconds, 160.5);
  EXPECT_EQ(third.oldest_why, "the service answered 503");
  EXPECT_FALSE(stream.partitions[0].oldest_offset) << "all are settled";
  EXPECT_FALSE(stream.partitions[2].lag) << "it is not known";
  EXPECT_FALSE(stream.partitions[2].owned_seconds) << "no time that we know";
  EXPECT_EQ(stream.partitions_of_topic, 64U);
  EXPECT_EQ(stream.lag(), 300'007U);
  EXPECT_EQ(stream.ahead(), 5000U);
  EXPECT_EQ(stream.oldest_seconds(), 61.5);
}

TEST(StreamReading, OfAnOlderDaemonThereAreNone) {
  const auto status = read_status(R"({"hubs": []})");
  ASSERT_TRUE(status);
  EXPECT_TRUE(status->streams.empty());
}

TEST(StreamView, HasALineForAStreamAndOneForEachPartition) {
  const std::string text = joined_lines(partition_lines({reading()}, 5, {.columns = 170}));
  EXPECT_EQ(text,
            "stream orders: running; topic awps-actions, group awpsd; 3 of 64 partitions, lag "
            "300,007, ahead 5,000, oldest 62s; 1,234 records since the start, 2 actions refused\n"
            "  PARTITION  OWNED FOR      LAG  AHEAD  OLDEST    WRITTEN  OFFSET  WHY\n"
            "  3          10 s       300,000  5,000     62s  2 min ago  120033  sendToGroup of "
            "chat: the service answered 503; not read: max_ahead is reached\n"
            "  2          2 h 4 min        7      0       –          –       –\n"
            "  4          –                –      0       –          –       –");
}

TEST(StreamView, NamesTheWorstOfManyPartitionsAndSumsTheOthers) {
  StreamReading stream = stream_of(100);
  stream.partitions[40].oldest_offset = 7;
  stream.partitions[40].oldest_seconds = 90;
  stream.partitions[50].wait = "room";
  const std::vector<std::string> lines = partition_lines({stream}, 3, {.columns = 100});
  ASSERT_EQ(lines.size(), 6U) << joined_lines(lines);
  EXPECT_TRUE(lines[2].starts_with("  50 ")) << "what is not read";
  EXPECT_TRUE(lines[3].starts_with("  40 ")) << "what is old";
  EXPECT_TRUE(lines[4].starts_with("  99 ")) << "what has most left";
  EXPECT_TRUE(lines[5].starts_with("  97 more ")) << lines[5];
  EXPECT_NE(lines[5].find("47,610"), std::string::npos) << "their lag: " << lines[5];
}

TEST(StreamView, SumsNoSinglePartition) {
  EXPECT_EQ(partition_lines({stream_of(4)}, 3, {.columns = 100}).size(), 6U);
  EXPECT_EQ(partition_lines({stream_of(5)}, 3, {.columns = 100}).size(), 6U);
}

// An age of 0 would look like one.
TEST(StreamView, NamesNoAgeWhereAllIsSettled) {
  EXPECT_EQ(joined_lines(stream_lines({stream_of(1)}, {.columns = 100})),
            "stream orders: running; topic , group ; 1 partition, lag 0, ahead 1; 0 records since "
            "the start");
}

TEST(StreamView, OwnsNoneOfThePartitions) {
  StreamReading stream = stream_of(0);
  stream.partitions_of_topic = 3;
  EXPECT_NE(joined_lines(stream_lines({stream}, {.columns = 100})).find("; 0 of 3 partitions; "),
            std::string::npos);
}

TEST(StreamView, WarnsOfWhatIsNotAsItShouldBe) {
  const Paint paint(true);
  for (const auto& [state, colour] :
       {std::pair("running", Colour::kPlain), std::pair("idle", Colour::kPlain),
        std::pair("joining", Colour::kWarning), std::pair("troubled", Colour::kBad)}) {
    StreamReading stream = stream_of(0);
    stream.state = state;
    const std::string plain = joined_lines(stream_lines({stream}, {.columns = 100}));
    EXPECT_EQ(joined_lines(stream_lines({stream}, {.columns = 100, .paint = paint})),
              paint(plain, colour));
  }
}

TEST(StreamView, OwnsNoPartition) {
  const std::string text = joined_lines(partition_lines({stream_of(0)}, 3, {.columns = 100}));
  EXPECT_EQ(text,
            "stream orders: running; topic , group ; 0 partitions; 0 records since the start");
}

TEST(StreamView, IsNoWiderThanAsked) {
  StreamReading stream = reading();
  stream.partitions[1].oldest_why = std::string(500, 'x');
  for (const size_t columns : {40U, 60U, 80U, 200U}) {
    for (const std::string& line : partition_lines({stream}, 5, {.columns = columns})) {
      EXPECT_LE(columns_of(line), columns) << line;
    }
  }
}

TEST(StreamView, StandsInTheStatusAndInTheLiveView) {
  const StatusReading status = reading_with(kStream);
  EXPECT_NE(joined_lines(status_lines(status, {.columns = 140})).find("  3          10 s "),
            std::string::npos);
  const std::optional<Interval> none;
  const History history;
  const LiveView view{.status = status, .interval = none, .history = history};
  const std::string live = joined_lines(live_lines(view, {.columns = 140}));
  EXPECT_NE(live.find("stream orders: running"), std::string::npos);
  EXPECT_EQ(live.find("PARTITION"), std::string::npos) << "a line each is enough there";
}

TEST(StreamView, ShowsNothingThatATerminalWouldObey) {
  StreamReading stream = reading();
  stream.name = stream.topic = stream.group = stream.cause = "\x1b[31m";
  stream.partitions[1].oldest_why = stream.partitions[1].oldest_hub = "\x1b[31m";
  stream.partitions[1].wait = "\x1b[31m";
  std::string text = joined_lines(partition_lines({stream}, 5, {.columns = 300}));
  stream.state = "troubled";
  text += text_of(stream_notes(stream));
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
}

TEST(StreamNotes, SayWhatHoldsUpMost) {
  const std::string text = text_of(stream_notes(reading()));
  EXPECT_NE(text.find("stream orders: 1 partition is not read; the oldest record, 62s old, is in "
                      "partition 3: sendToGroup of chat: the service answered 503"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("`awpsctl stream status orders`"), std::string::npos) << text;
}

TEST(StreamNotes, SayTroubleInTheWordsOfTheDaemon) {
  StreamReading stream = stream_of(1);
  stream.state = "troubled";
  stream.cause = "no broker answers";
  const std::vector<Note> notes = stream_notes(stream);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].severity, Colour::kBad);
  EXPECT_EQ(notes[0].text, "no broker answers");
}

TEST(StreamNotes, SayThatARecordWaitsForLong) {
  StreamReading stream = stream_of(2);
  stream.partitions[1].oldest_offset = 3;
  stream.partitions[1].oldest_seconds = 59;
  stream.partitions[1].oldest_why = "the hub is paused";
  EXPECT_EQ(text_of(stream_notes(stream)), "");
  stream.partitions[1].oldest_seconds = 61;
  EXPECT_NE(text_of(stream_notes(stream))
                .find("a record of partition 1 has waited for 61s: the hub is paused"),
            std::string::npos);
}

TEST(StreamNotes, AreNoneWhereAllIsWell) {
  EXPECT_TRUE(stream_notes(stream_of(3)).empty());
}

TEST(StreamCheck, HasAFindingForEachStream) {
  const Result<AdminAnswer, Failure> well = AdminAnswer{.http_status = 200};
  const Result<std::string, Failure> config = std::string(R"({"changes": []})");
  const StatusReading status = reading_with(kStream);
  const std::optional<Failure> none;
  const auto findings = findings_of(
      {.status = status, .alive = well, .ready = well, .socket_failure = none, .config = config});
  const auto found = std::ranges::find(findings, "stream orders", &Note::subject);
  ASSERT_NE(found, findings.end());
  EXPECT_EQ(result_of(*found), "warning");
}

TEST(OnlyStream, NamesThoseThatThereAre) {
  const auto kept = only_stream({stream_of(1)}, "orders");
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->size(), 1U);
  const auto none = only_stream({stream_of(1)}, "news");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, "unknown_stream");
  EXPECT_NE(none.error().message.find("only orders"), std::string::npos) << none.error().message;
  EXPECT_NE(only_stream({}, "news").error().message.find("has no streams"), std::string::npos);
}

}  // namespace
}  // namespace awps
