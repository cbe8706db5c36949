// Streams as parts of the daemon: they begin, follow reloads, and end, whatever their topics do.

#include "daemon/awpsd/stream_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/daemon/stream_harness.h"

namespace awps {
namespace {

using std::chrono::seconds;

using StreamTableTest = StreamHarness;

std::string action(const std::string& data, const std::string& more = "") {
  return R"({"actionName":"sendToUser","userId":"u","dataType":"text","data":")" + data + "\"" +
         more + "}";
}

TEST_F(StreamTableTest, DeliverRecordsAndCommitThem) {
  start(kHubs + stream("orders"));
  topic("orders").produce(action("a"));
  topic("orders").produce(action("b"));
  until_committed("orders", 2);
  EXPECT_EQ(azure_.bodies(), (Names{"a", "b"}));
  EXPECT_EQ(azure_.requests().front(),
            "POST https://main.example/api/hubs/chat/users/u/:send?api-version=2024-12-01");
  EXPECT_EQ(view("orders").values.records, 2U);
}

TEST_F(StreamTableTest, RecordsNameTheHubsThatTheyMay) {
  start(kHubs + stream("orders", "hubs = [\"news\"]\n"));
  topic("orders").produce(action("a", R"(,"hub":"news")"));
  until_committed("orders", 1);
  EXPECT_EQ(azure_.requests().front(),
            "POST https://main.example/api/hubs/news/users/u/:send?api-version=2024-12-01");
}

TEST_F(StreamTableTest, AReloadAddsAStreamAndTakesOneOut) {
  start(kHubs + stream("orders"));
  const auto diff = reload(kHubs + stream("events"));
  ASSERT_TRUE(diff.ok()) << diff.error().message;
  topic("events").produce(action("a"));
  until_committed("events", 1);
  until_retired();
  EXPECT_EQ(stream_names(), Names{"events:running"});
  EXPECT_TRUE(topic("orders").was_left());
  EXPECT_EQ(topic("orders").closed(), 1);
  EXPECT_NE(log().find("stream orders is taken out"), std::string::npos) << log();
}

TEST_F(StreamTableTest, AReloadOfTheSameLeavesStreamsAsTheyAre) {
  start(kHubs + stream("orders"));
  ASSERT_TRUE(reload(kHubs + stream("orders")).ok());
  EXPECT_FALSE(streams_->retire());
  EXPECT_EQ(topic("orders").made(), 1);
  EXPECT_FALSE(topic("orders").was_left());
}

TEST_F(StreamTableTest, AReloadChangesHubsAndMaxAheadAndTheRestAtTheNextStart) {
  start(kHubs + stream("orders"));
  const auto diff =
      reload(kHubs + stream("orders", "hubs = [\"*\"]\nmax_ahead = 7\ngroup = \"g\"\n"));
  ASSERT_TRUE(diff.ok()) << diff.error().message;
  topic("orders").produce(action("a", R"(,"hub":"news")"));
  until_committed("orders", 1);
  EXPECT_EQ(azure_.requests().size(), 1U);
  EXPECT_EQ(view("orders").max_ahead, 7U);
  EXPECT_EQ(view("orders").group, "awpsd");
  EXPECT_EQ(reloader_->pending(), Names{"streams.orders.group"});
  EXPECT_EQ(topic("orders").made(), 1);
}

TEST_F(StreamTableTest, OneThatComesBackBeginsAfterItHasEndedAndIsNew) {
  start(kHubs + stream("orders"));
  topic("orders").hang_at_the_end();
  ASSERT_TRUE(reload(kHubs).ok());
  ASSERT_TRUE(reload(kHubs + stream("orders", "group = \"g\"\n")).ok());
  EXPECT_TRUE(streams_->retire());
  EXPECT_EQ(topic("orders").made(), 1);
  topic("orders").release();
  until_retired();
  EXPECT_EQ(topic("orders").made(), 2);
  EXPECT_EQ(view("orders").group, "g");
  EXPECT_EQ(reloader_->pending(), Names{});
  topic("orders").produce(action("a"));
  until_committed("orders", 1);
}

// Each has a place of its own in the hubs' queues, also while it ends.
TEST_F(StreamTableTest, OneThatFindsNoPlaceBeginsOnceAnotherHasEnded) {
  std::string all;
  for (size_t i = 0; i < kMostStreams; ++i) all += stream("s" + std::to_string(i));
  start(kHubs + all);
  for (size_t i = 0; i < kMostStreams; ++i) topic("s" + std::to_string(i)).hang_at_the_end();
  ASSERT_TRUE(reload(kHubs + stream("new")).ok());
  EXPECT_TRUE(streams_->retire());
  EXPECT_EQ(topic("new").made(), 0);
  topic("s7").release();
  until([this] {
    streams_->retire();
    return topic("new").made() == 1;
  });
  topic("new").produce(action("a"));
  until_committed("new", 1);
}

TEST_F(StreamTableTest, OneThatWaitsForAFullHubGoesOn) {
  start("service.hub = \"chat\"\n[hubs.chat]\nmax_queued_bytes = \"1KiB\"\n" + stream("orders"));
  azure_.hold();
  for (int i = 0; i < 10; ++i) topic("orders").produce(action(std::string(400, 'x')));
  until([this] {
    second();
    const StreamView orders = view("orders");
    return !orders.partitions.empty() && orders.partitions[0].wait == "room";
  });
  azure_.release();
  until_committed("orders", 10);
}

TEST_F(StreamTableTest, OneWhoseHubIsTakenOutBeginsAnewWithAnother) {
  start(kHubs + stream("orders", "hub = \"news\"\n"));
  const std::string chat = "service.hub = \"chat\"\n[hubs.chat]\n";
  ASSERT_TRUE(reload(chat + stream("orders", "hub = \"chat\"\n")).ok());
  until_retired();
  topic("orders").produce(action("a"));
  until_committed("orders", 1);
  EXPECT_EQ(topic("orders").made(), 2);
  wait_until_gone("news");
}

TEST_F(StreamTableTest, AnotherDefaultHubWaitsForTheNextStartHereToo) {
  start("service.hub = \"chat\"\n[hubs.chat]\n" + stream("orders"));
  ASSERT_TRUE(reload("service.hub = \"news\"\n[hubs.news]\n" + stream("orders")).ok());
  EXPECT_FALSE(streams_->retire());
  topic("orders").produce(action("a"));
  until_committed("orders", 1);
  EXPECT_EQ(topic("orders").made(), 1);
  EXPECT_EQ(azure_.requests().front(),
            "POST https://main.example/api/hubs/chat/users/u/:send?api-version=2024-12-01");
}

TEST_F(StreamTableTest, ADurableHubThatItGoesOnWithKeepsMemoryForIt) {
  const std::string hubs =
      "service.hub = \"chat\"\n[hubs.chat]\ndurability = \"durable\"\n[hubs.news]\n";
  start(hubs + stream("orders", "hub = \"chat\"\n"));
  const uint64_t before = hub("chat").records->budget().max_bytes();
  EXPECT_GT(before, 0U);
  ASSERT_TRUE(reload(hubs + stream("orders", "hub = \"news\"\n")).ok());
  EXPECT_EQ(reloader_->pending(), Names{"streams.orders.hub"});
  EXPECT_EQ(hub("chat").records->budget().max_bytes(), before);
}

TEST_F(StreamTableTest, AReloadThatBringsAStreamMakesRoomForItInADurableHub) {
  const std::string hubs = "service.hub = \"chat\"\n[hubs.chat]\ndurability = \"durable\"\n";
  start(hubs);
  EXPECT_EQ(hub("chat").records->budget().max_bytes(), 0U);
  const uint64_t all = hub("chat").max_held_bytes();
  ASSERT_TRUE(reload(hubs + stream("orders")).ok());
  EXPECT_GT(hub("chat").records->budget().max_bytes(), 0U);
  EXPECT_EQ(hub("chat").max_held_bytes(), all);
  azure_.hold();
  for (const char* const data : {"a", "b", "c"}) topic("orders").produce(action(data));
  until([this] { return azure_.requests().size() == 1 && hub("chat").values().queued == 2; });
  azure_.release();
  until_committed("orders", 3);
}

TEST_F(StreamTableTest, AHubThatAReloadBringsTakesRecords) {
  start("service.hub = \"chat\"\n[hubs.chat]\n" + stream("orders", "hubs = [\"*\"]\n"));
  ASSERT_TRUE(reload(kHubs + stream("orders", "hubs = [\"*\"]\n")).ok());
  topic("orders").produce(action("a", R"(,"hub":"news")"));
  until_committed("orders", 1);
  EXPECT_EQ(azure_.requests().size(), 1U);
}

TEST_F(StreamTableTest, AStopGivesBackWhatWaitsAndAwaitsWhatIsUnderWay) {
  azure_.hold();
  start(kHubs + stream("orders"));
  for (const char* const data : {"a", "b", "c"}) topic("orders").produce(action(data));
  until([this] { return azure_.requests().size() == 1 && hub("chat").values().queued == 2; });
  streams_->begin_stop();
  until([this] { return hub("chat").values().returned == 2; });
  EXPECT_FALSE(streams_->has_stopped());
  azure_.release();
  until([this] { return streams_->has_stopped(); });
  EXPECT_EQ(topic("orders").committed(), 1);
  EXPECT_EQ(azure_.bodies(), Names{"a"});
  EXPECT_EQ(view("orders").values.returned, 2U);
}

TEST_F(StreamTableTest, AStopWaitsNoLongerThanItSays) {
  start(kHubs + stream("orders"));
  topic("orders").hang();
  topic("orders").wake();
  streams_->begin_stop();
  EXPECT_FALSE(streams_->has_stopped());
  pass(streams_->longest_stop() - Duration(1));
  EXPECT_FALSE(streams_->has_stopped());
  pass(Duration(1));
  EXPECT_TRUE(streams_->has_stopped());
  streams_->close();
  EXPECT_TRUE(streams_->has_threads_left());
  EXPECT_NE(log().find("stream orders: its thread has not stopped, and is left behind"),
            std::string::npos)
      << log();
}

TEST_F(StreamTableTest, AStopWaitsAsLongAsTheTimeoutOfAReload) {
  start("service.timeout = \"1s\"\n" + kHubs + stream("orders"));
  const Duration before = streams_->longest_stop();
  ASSERT_TRUE(reload("service.timeout = \"9s\"\n" + kHubs + stream("orders")).ok());
  EXPECT_EQ(streams_->longest_stop(), before + seconds(8));
}

TEST_F(StreamTableTest, ATopicThatDoesNotCloseIsLeftBehind) {
  start(kHubs + stream("orders"));
  topic("orders").hang_at_the_end();
  streams_->begin_stop();
  until([this] { return streams_->has_stopped(); });
  streams_->close();
  EXPECT_TRUE(streams_->has_threads_left());
  topic("orders").release();
  streams_->close();
  EXPECT_FALSE(streams_->has_threads_left());
}

TEST_F(StreamTableTest, NothingBeginsOnceItStops) {
  start(kHubs + stream("orders"));
  streams_->begin_stop();
  (void)reload(kHubs + stream("orders") + stream("events"));
  EXPECT_EQ(topic("events").made(), 0);
  until([this] { return streams_->has_stopped(); });
}

TEST_F(StreamTableTest, AThreadThatHangsIsNotAlive) {
  start(kHubs + stream("orders"));
  topic("orders").hang();
  topic("orders").wake();
  EXPECT_TRUE(streams_->alive(clock_.awake_now()).ok());
  clock_.advance(seconds(31));
  const Result<void> alive = streams_->alive(clock_.awake_now());
  ASSERT_FALSE(alive.ok());
  EXPECT_EQ(alive.error().message, "the thread of the stream orders hangs");
}

TEST_F(StreamTableTest, OneInTroubleIsNamedAndDeliversOnceItIsWell) {
  start(kHubs + stream("orders") + stream("events"));
  topic("orders").tell(SourceTrouble{.kind = SourceTrouble::Kind::kTopicMissing,
                                     .message = "there is no topic 'orders'"});
  until([this] {
    second();
    return view("orders").state == "troubled" && view("events").state == "running";
  });
  const ServiceStatus status = reader_->read();
  EXPECT_EQ(status.not_ready, Names{"stream orders: there is no topic 'orders'"});
  EXPECT_EQ(status.streams.size(), 2U);
  topic("orders").tell(SourceWell{});
  topic("orders").produce(action("a"));
  until_committed("orders", 1);
  EXPECT_EQ(reader_->read().not_ready, Names{});
}

TEST_F(StreamTableTest, DurableHubsTakeRecordsPastTheirLogs) {
  start("service.hub = \"chat\"\n[hubs.chat]\ndurability = \"durable\"\n" + stream("orders"));
  topic("orders").produce(action("a"));
  until_committed("orders", 1);
  EXPECT_EQ(azure_.bodies(), Names{"a"});
  EXPECT_EQ(hub("chat").values().from_streams, 1U);
}

}  // namespace
}  // namespace awps
