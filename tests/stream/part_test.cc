// What a stream tells of its partitions, by which a fleet shares a limit.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/stream/stream_rig.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Told = std::vector<std::string>;

class PartTest : public StreamRig {
 protected:
  PartTest() { source_.topic_partitions = 8; }

  void take_part(const SharedPart& part) override {
    StreamRig::take_part(part);
    told_.push_back(std::to_string(part.owned) + "/" + std::to_string(part.all) +
                    (source_.released.empty() ? "" : " released"));
  }

  Told told_;
};

TEST_F(PartTest, IsToldAtEachChange) {
  turn();
  EXPECT_EQ(told_, Told{"0/8"}) << "it has joined nothing yet";
  own({0, 1, 2});
  own({5});
  pass_second();
  EXPECT_EQ(told_, (Told{"0/8", "3/8", "4/8"}));
  source_.topic_partitions = 16;
  pass_second();
  EXPECT_EQ(told_.back(), "4/16") << "partitions were added";
  source_.topic_partitions.reset();
  pass_second();
  EXPECT_EQ(told_.back(), "4/0") << "nobody knows how many there are";
}

TEST_F(PartTest, IsLessBeforeAnythingIsGivenBack) {
  own({0, 1, 2});
  source_.revoke({0, 1});
  turn();
  EXPECT_EQ(told_.back(), "1/8");
  EXPECT_EQ(source_.released.size(), 2U);
}

TEST_F(PartTest, IsLessWhileWhatIsUnderWayIsWaitedFor) {
  own({0, 1});
  source_.produce(0, send("a"));
  turn();
  chat_.items()[0].is_under_way = true;
  source_.revoke({0});
  turn();
  EXPECT_TRUE(source_.released.empty());
  EXPECT_EQ(told_.back(), "1/8");
  chat_.deliver(1);
  turn();
  EXPECT_EQ(told_.back(), "1/8");
  EXPECT_EQ(source_.released.size(), 1U);
}

TEST_F(PartTest, IsNothingOfWhatIsLost) {
  own({0, 1});
  source_.revoke({0, 1}, /*is_lost=*/true);
  turn();
  EXPECT_EQ(told_.back(), "0/8");
}

TEST_F(PartTest, ThatMovesWithinOneLookIsToldOnce) {
  own({0, 1});
  told_.clear();
  source_.revoke({0});
  source_.assign({2});
  turn();
  EXPECT_TRUE(told_.empty()) << "as many as before";
  EXPECT_EQ(part_.owned, 2U);
}

TEST_F(PartTest, IsNothingOnceItStops) {
  own({0, 1});
  stream().begin_stop(clock_.now());
  turn();
  EXPECT_EQ(told_.back(), "0/8");
}

TEST_F(PartTest, IsNothingAfterASleepUntilACommitIsAnswered) {
  own({0, 1});
  source_.produce(0, send("a"));
  turn();
  chat_.deliver(1);
  ASSERT_TRUE(part_.lease->covers(clock_.now()));
  clock_.advance(options_.session_timeout);
  EXPECT_FALSE(part_.lease->covers(clock_.now())) << "before its thread turns";
  source_.commit_error = "no broker";
  turn();
  EXPECT_EQ(told_.back(), "0/8");
  source_.commit_error.clear();
  pass_second();  // the pause begins with the end of what failed
  pass_second();
  EXPECT_EQ(told_.back(), "2/8");
  EXPECT_TRUE(part_.lease->covers(clock_.now()));
}

}  // namespace
}  // namespace awps
