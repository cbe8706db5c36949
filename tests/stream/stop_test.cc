// How a stream stops: it gives back what it has, and leaves its group.

#include <gtest/gtest.h>

#include "tests/stream/stream_rig.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Texts = std::vector<std::string>;
using Numbers = std::vector<int32_t>;

class StopTest : public StreamRig {
 protected:
  void begin_stop() {
    stream().begin_stop(clock_.now());
    turn();
  }
};

TEST_F(StopTest, AStopGivesBackAllAndLeaves) {
  own({0, 1});
  for (const char* text : {"a", "b"}) source_.produce(0, send(text));
  turn();
  chat_.deliver(1);
  turn();
  begin_stop();
  EXPECT_TRUE(source_.was_left);
  EXPECT_TRUE(stream().has_stopped());
  EXPECT_EQ(stream().status().state, StreamState::kStopped);
  EXPECT_EQ(source_.committed(0), 1);
  EXPECT_TRUE(chat_.items().empty());
  EXPECT_FALSE(source_.owns(0));
}

TEST_F(StopTest, AStopWaitsForWhatIsUnderWay) {
  own({0});
  source_.produce(0, send("a"));
  turn();
  chat_.items()[0].is_under_way = true;
  begin_stop();
  EXPECT_FALSE(stream().has_stopped());
  EXPECT_EQ(stream().status().state, StreamState::kStopping);
  chat_.deliver(1);
  turn();
  EXPECT_TRUE(stream().has_stopped());
  EXPECT_EQ(source_.committed(0), 1);
}

// The brokers may never say that it has left.
TEST_F(StopTest, AStopEndsWhateverTheBrokersDo) {
  own({0});
  source_.produce(0, send("a"));
  turn();
  chat_.hangs = true;
  source_.is_deaf = true;
  begin_stop();
  int seconds_taken = 0;
  while (!stream().has_stopped() && seconds_taken < 100) {
    ++seconds_taken;
    pass(seconds(1));
  }
  EXPECT_LE(seconds_taken, 25);
  EXPECT_TRUE(has_logged("have not let it go"));
}

TEST_F(StopTest, AStopInAHurryWaitsForNothingUnderWay) {
  own({0});
  for (const char* text : {"a", "b"}) source_.produce(0, send(text));
  turn();
  chat_.deliver(1);
  chat_.items()[0].is_under_way = true;
  begin_stop();
  EXPECT_FALSE(stream().has_stopped());
  stream().hurry_stop(clock_.now());
  pass(milliseconds(400));
  EXPECT_FALSE(stream().has_stopped());
  pass(milliseconds(100));
  EXPECT_TRUE(stream().has_stopped());
  EXPECT_EQ(source_.committed(0), 1) << "what is settled is committed all the same";
}

TEST_F(StopTest, AStopInAHurryEndsSoonWhateverTheBrokersDo) {
  own({0});
  source_.produce(0, send("a"));
  turn();
  chat_.hangs = true;
  source_.is_deaf = true;
  begin_stop();
  stream().hurry_stop(clock_.now());
  wait(seconds(2));
  EXPECT_TRUE(stream().has_stopped());
  EXPECT_TRUE(has_logged("have not let it go"));
}

// As by a signal that comes twice at once.
TEST_F(StopTest, AHurryBeginsTheStop) {
  own({0});
  source_.produce(0, send("a"));
  turn();
  stream().hurry_stop(clock_.now());
  turn();
  EXPECT_TRUE(source_.was_left);
  EXPECT_TRUE(stream().has_stopped());
}

TEST_F(StopTest, WhatIsAssignedDuringAStopIsNotRead) {
  own({0});
  source_.produce(0, send("a"));
  source_.produce(1, send("b"));
  turn();
  chat_.items()[0].is_under_way = true;
  begin_stop();
  source_.assign({1});
  turn();
  EXPECT_EQ(chat_.texts(), Texts{"a"});
  source_.revoke({1});
  turn();
  EXPECT_EQ(source_.released, Numbers{1});
  chat_.deliver(1);
  turn();
  EXPECT_TRUE(stream().has_stopped());
}

TEST_F(StopTest, ARevokeDuringAStopReleasesOnce) {
  own({0, 1});
  source_.produce(0, send("a"));
  turn();
  chat_.items()[0].is_under_way = true;
  source_.revoke({0});
  turn();
  begin_stop();
  chat_.deliver(1);
  turn();
  EXPECT_TRUE(stream().has_stopped());
  EXPECT_EQ(source_.released.size(), 2);
}

}  // namespace
}  // namespace awps
