// Back-pressure: full hubs, max_ahead, long records, and partitions that do not hold up each other.

#include <gtest/gtest.h>

#include <set>

#include "tests/stream/stream_rig.h"

namespace awps {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using Texts = std::vector<std::string>;

std::string send_to(std::string_view hub, std::string_view data) {
  return send(data, R"(,"hub":")" + std::string(hub) + "\"");
}
std::string array_of(int count) {
  std::string array = "[";
  for (int i = 0; i < count; ++i) array += (i == 0 ? "" : ",\n ") + send(std::to_string(i));
  return array + "]";
}

class RoomTest : public StreamRig {
 protected:
  RoomTest() { options_.hubs = {"*"}; }

  /// So many small actions are one more than the hub holds.
  void bound(PlayedHub& hub, uint64_t actions) {
    hub.queue().set_options(
        {.hub = "", .budget = {.max_bytes = actions * kFixedCharge, .max_producer_share = 1}});
  }
  /// All partitions' records until there is nothing more, in the order in which the hub has them.
  Texts drain(PlayedHub& hub) {
    Texts texts;
    for (int quiet = 0; quiet < 3; ++quiet) {
      while (!hub.items().empty()) {
        quiet = 0;
        texts.push_back(hub.items().front().data);
        hub.deliver(1);
        stream().room_again();
        turn();
      }
      stream().room_again();
      turn();
    }
    return texts;
  }
};

TEST_F(RoomTest, AFullHubIsWaitedForAndRefusesNothing) {
  bound(chat_, 5);
  own({0});
  Texts sent;
  for (int i = 0; i < 50; ++i) {
    sent.push_back(std::to_string(i));
    source_.produce(0, send(sent.back()));
  }
  turn();
  EXPECT_LT(chat_.items().size(), 10);
  EXPECT_EQ(partition(0).wait, PartitionWait::kRoom);
  EXPECT_EQ(drain(chat_), sent);
  pass_second();
  EXPECT_EQ(source_.committed(0), 50);
  EXPECT_TRUE(chat_.kept.empty());
  EXPECT_EQ(counters_.rejected.value(), 0);
}

TEST_F(RoomTest, WaitsWithoutTurning) {
  bound(chat_, 5);
  own({0});
  for (int i = 0; i < 50; ++i) source_.produce(0, send("x"));
  turn();
  EXPECT_GT(stream().next_turn(clock_.now()), clock_.now());
}

TEST_F(RoomTest, ARecordOfTenThousandElementsIsTakenInTurns) {
  own({0, 1});
  source_.produce(0, array_of(10000));
  source_.produce(1, send("other"));
  stream().turn(clock_.now());
  EXPECT_LT(chat_.items().size(), 5000) << "the others have their turn";
  EXPECT_EQ(std::ranges::count(chat_.texts(), "other"), 1);
  turn();
  ASSERT_EQ(chat_.items().size(), 10001);
  std::set<uint64_t> seqs;
  for (const PlayedHub::Item& item : chat_.items()) {
    if (item.data != "other") seqs.insert(item.seq);
  }
  EXPECT_EQ(seqs.size(), 10000);
  chat_.deliver(10000);
  turn();
  pass_second();
  EXPECT_LE(source_.committed(0), 0);
  chat_.deliver_all();
  turn();
  pass_second();
  EXPECT_EQ(source_.committed(0), 1);
}

TEST_F(RoomTest, ARecordWithMoreThanAHubHoldsGoesThroughIt) {
  bound(chat_, 8);
  own({0});
  source_.produce(0, array_of(500));
  turn();
  EXPECT_LT(chat_.items().size(), 10);
  Texts sent;
  for (int i = 0; i < 500; ++i) sent.push_back(std::to_string(i));
  EXPECT_EQ(drain(chat_), sent);
  pass_second();
  EXPECT_EQ(source_.committed(0), 1);
}

TEST_F(RoomTest, AnOrderedBatchThatStopsGoesOnAsOne) {
  bound(chat_, 4);
  own({0});
  std::string batch = array_of(20);
  source_.produce(0, R"({"batch":)" + batch + R"(,"ordered":true})");
  turn();
  std::set<uint32_t> batches;
  int count = 0;
  while (!chat_.items().empty()) {
    batches.insert(chat_.items().front().ordered_batch);
    ++count;
    chat_.deliver(1);
    stream().room_again();
    turn();
  }
  EXPECT_EQ(count, 20);
  EXPECT_EQ(batches.size(), 1);
}

TEST_F(RoomTest, ARecordThatStoppedIsRevokedAndReadAgain) {
  bound(chat_, 5);
  own({0});
  source_.produce(0, array_of(50));
  turn();
  ASSERT_EQ(partition(0).wait, PartitionWait::kRoom);
  source_.revoke({0});
  turn();
  EXPECT_EQ(source_.released, (std::vector<int32_t>{0}));
  EXPECT_LE(source_.committed(0), 0);
  EXPECT_TRUE(chat_.items().empty());
  own({0});
  EXPECT_EQ(chat_.items().front().data, "0");
  EXPECT_EQ(drain(chat_).size(), 50);
}

TEST_F(RoomTest, OneFullHubHoldsUpNobodyElse) {
  std::vector<int32_t> partitions;
  for (int32_t i = 0; i < 64; ++i) partitions.push_back(i);
  bound(chat_, 3);
  own(partitions);
  for (const int32_t i : partitions) {
    for (int n = 0; n < 5; ++n) {
      source_.produce(i, send_to(i % 2 == 0 ? "chat" : "news", std::to_string(i)));
    }
  }
  turn();
  EXPECT_LT(chat_.items().size(), 5);
  EXPECT_EQ(news_.items().size(), 32 * 5);
}

TEST_F(RoomTest, PartitionsShareATurn) {
  own({0, 1, 2});
  for (int n = 0; n < 1000; ++n) {
    for (const int32_t i : {0, 1, 2}) source_.produce(i, send(std::to_string(i)));
  }
  stream().turn(clock_.now());
  const Texts texts = chat_.texts();
  for (const char* one : {"0", "1", "2"}) {
    EXPECT_EQ(std::ranges::count(texts, one), 256) << one;
  }
}

// What becomes free is offered to another partition first each time.
TEST_F(RoomTest, EachPartitionGetsOfTheRoomThatBecomesFree) {
  bound(chat_, 3);
  own({0, 1, 2, 3});
  for (int n = 0; n < 30; ++n) {
    for (const int32_t i : {0, 1, 2, 3}) source_.produce(i, send(std::to_string(i)));
  }
  turn();
  Texts first;
  while (first.size() < 40) {
    first.push_back(chat_.items().front().data);
    chat_.deliver(1);
    stream().room_again();
    turn();
  }
  for (const char* one : {"0", "1", "2", "3"}) {
    EXPECT_GE(std::ranges::count(first, one), 5) << one;
  }
}

TEST_F(RoomTest, StopsAtMaxAheadBehindOneRecord) {
  options_.max_ahead = 10;
  own({0});
  for (int i = 0; i < 100; ++i) source_.produce(0, send(std::to_string(i)));
  turn();
  EXPECT_EQ(chat_.items().size(), 10);
  while (chat_.items().size() > 1) chat_.end(1, {.kind = OutcomeKind::kDelivered});
  turn();
  EXPECT_EQ(chat_.texts(), Texts{"0"}) << "what is settled behind it counts";
  EXPECT_EQ(partition(0).ahead, 10);
  EXPECT_EQ(partition(0).wait, PartitionWait::kAhead);
  EXPECT_EQ(partition(0).lag, 100);
  chat_.deliver(1);
  turn();
  EXPECT_EQ(chat_.items().size(), 0) << "whoever comes next would repeat more than max_ahead";
  turn();  // the commit was answered
  EXPECT_EQ(chat_.items().size(), 10);
}

TEST_F(RoomTest, FollowsMaxAheadAtAReload) {
  options_.max_ahead = 10;
  own({0});
  for (int i = 0; i < 30; ++i) source_.produce(0, send(std::to_string(i)));
  turn();
  StreamOptions options = options_;
  options.max_ahead = 4;
  stream().set_options(options);
  turn();
  chat_.deliver(6);
  turn();
  EXPECT_EQ(chat_.items().size(), 4) << "none is read above the new bound";
  chat_.deliver(1);
  turn();
  turn();  // the commit was answered
  EXPECT_EQ(chat_.items().size(), 4);
  options.max_ahead = 20;
  stream().set_options(options);
  turn();
  EXPECT_EQ(chat_.items().size(), 20);
}

TEST_F(RoomTest, TellsOfAHeadThatIsStuck) {
  options_.max_ahead = 10;
  own({0, 1});
  for (int i = 0; i < 100; ++i) source_.produce(0, send(std::to_string(i)));
  turn();
  for (int i = 0; i < 150; ++i) pass_second();
  EXPECT_EQ(times_logged("has not been read for"), 3) << "one a minute, from the tenth second on";
  EXPECT_TRUE(
      has_logged("partition 0 has not been read for 10 s: 10 records (max_ahead) wait behind "
                 "offset 0 (sendToAll, hub 'chat'): held: the service is unreachable"));
  ASSERT_TRUE(partition(0).oldest);
  EXPECT_EQ(partition(0).oldest->why, "held: the service is unreachable");
  EXPECT_EQ(partition(0).oldest->hub, "chat");
  EXPECT_EQ(partition(0).oldest->action, "sendToAll");
  while (!chat_.items().empty()) {
    chat_.deliver_all();
    turn();
    turn();  // the commit was answered
  }
  pass_second();
  EXPECT_TRUE(has_logged("all partitions are read again"));
}

// A head that moves is back-pressure, which is no news.
TEST_F(RoomTest, TellsNothingOfABacklogThatMoves) {
  options_.max_ahead = 10;
  own({0});
  for (int i = 0; i < 200; ++i) source_.produce(0, send(std::to_string(i)));
  turn();
  for (int i = 0; i < 100; ++i) {
    chat_.deliver(1);
    pass_second();
  }
  EXPECT_EQ(partition(0).wait, PartitionWait::kAhead);
  EXPECT_FALSE(has_logged("is not read"));
}

TEST_F(RoomTest, AHubThatAReloadTookOutDeliversWhatItHas) {
  own({0});
  source_.produce(0, send_to("news", "a"));
  source_.produce(0, send_to("chat", "b"));
  turn();
  news_.queue().set_removed(true);
  std::weak_ptr<int> lease = news_.lease();
  news_.lease().reset();
  stream().follow_directory(
      std::make_shared<const HubDirectory>(std::vector<IntakeHub>{chat_.door()}, "chat"));
  source_.produce(0, send_to("news", "c"));
  turn();
  EXPECT_FALSE(lease.expired()) << "it has records";
  chat_.deliver_all();
  news_.deliver(1);
  turn();
  pass_second();
  pass_second();
  EXPECT_EQ(source_.committed(0), 3);
  ASSERT_EQ(chat_.kept.size(), 1);
  EXPECT_NE(chat_.kept[0].message.find("no hub 'news'"), std::string::npos);
  EXPECT_TRUE(lease.expired()) << "nothing of the stream is there";
}

TEST_F(RoomTest, WaitsNoMoreForRoomInAHubThatIsGone) {
  bound(news_, 3);
  own({0});
  for (int i = 0; i < 10; ++i) source_.produce(0, send_to("news", std::to_string(i)));
  source_.produce(0, send("last"));
  turn();
  ASSERT_EQ(partition(0).wait, PartitionWait::kRoom);
  news_.queue().set_removed(true);
  stream().follow_directory(
      std::make_shared<const HubDirectory>(std::vector<IntakeHub>{chat_.door()}, "chat"));
  turn();
  EXPECT_EQ(chat_.texts(), Texts{"last"});
}

TEST_F(RoomTest, AStoppedPartitionSaysWhatItsOldestWaitsFor) {
  bound(chat_, 1);  // an empty hub takes any one action
  own({0});
  source_.produce(0, array_of(3));
  turn();
  chat_.queue().set_admitting(false);
  chat_.deliver(1);
  turn();
  stream().room_again();
  turn();
  ASSERT_TRUE(partition(0).oldest);
  EXPECT_EQ(partition(0).oldest->why, "the rest of it waits for room in its hub");
}

TEST_F(RoomTest, LooksAgainWhereOthersKeepTheHubMoreThanHalfFull) {
  bound(chat_, 25);
  Account others;
  chat_.queue().budget().add(15 * kFixedCharge, others);
  own({0});
  for (int i = 0; i < 40; ++i) source_.produce(0, send(std::to_string(i)));
  turn();
  ASSERT_EQ(partition(0).wait, PartitionWait::kRoom);
  int delivered = 0;
  for (int second = 0; second < 20; ++second) {
    delivered += static_cast<int>(chat_.items().size());
    chat_.deliver_all();
    pass_second();
  }
  EXPECT_EQ(delivered, 40);
  chat_.queue().budget().release(15 * kFixedCharge, others);
}

TEST_F(RoomTest, TellsThatItReadsNothingSinceCommitsFail) {
  options_.max_ahead = 10;
  own({0});
  source_.commit_error = "the coordinator is away";
  for (int i = 0; i < 100; ++i) source_.produce(0, send(std::to_string(i)));
  for (int i = 0; i < 100; ++i) {
    turn();
    chat_.deliver_all();
    pass_second();
  }
  EXPECT_EQ(partition(0).wait, PartitionWait::kAhead);
  EXPECT_TRUE(
      has_logged("partition 0 has not been read for 10 s: all that was read of it is settled, "
                 "but its offset is not committed (max_ahead)"));
}

TEST_F(RoomTest, ALogThatBeginsAnewIsCommittedAtTheOffsetsOfTheFormer) {
  options_.max_ahead = 1;
  own({0});
  source_.produce(0, send("old"));
  turn();
  chat_.deliver_all();
  turn();
  pass_second();
  ASSERT_EQ(source_.committed(0), 1);
  source_.recreate(0);
  for (int i = 0; i < 3; ++i) source_.produce(0, send(std::to_string(i)));
  for (int i = 0; i < 10; ++i) {
    turn();
    chat_.deliver_all();
    pass_second();
  }
  EXPECT_EQ(source_.committed(0), 3);
}

}  // namespace
}  // namespace awps
