// What a stream says of commits that fail, and how it proves that partitions are its own.

#include <gtest/gtest.h>

#include "tests/stream/stream_rig.h"

namespace awps {
namespace {

using std::chrono::minutes;

using OffsetsTest = StreamRig;

TEST_F(OffsetsTest, AfterASleepAMemberThatHasReadNothingProvesItToo) {
  own({0, 1});
  clock_.advance(minutes(5));
  source_.commit_error = "unknown member";
  turn();
  EXPECT_EQ(source_.waited_commits, 1);
  EXPECT_FALSE(part_.lease->covers(clock_.now()));
  EXPECT_EQ(part_.owned, 0U);
  EXPECT_EQ(stream().status().state, StreamState::kTroubled);
  source_.commit_error.clear();
  pass_second();
  pass_second();
  EXPECT_TRUE(part_.lease->covers(clock_.now()));
  EXPECT_EQ(part_.owned, 2U);
  EXPECT_EQ(source_.committed(0) + source_.committed(1), -1) << "one is enough, at the beginning";
}

TEST_F(OffsetsTest, AfterASleepWhoOwnsNothingHasNothingToProve) {
  turn();
  clock_.advance(minutes(5));
  source_.commit_error = "unknown member";
  turn();
  EXPECT_EQ(source_.waited_commits, 0);
  EXPECT_TRUE(part_.lease->covers(clock_.now()));
}

TEST_F(OffsetsTest, OfWhatIsLostNoCommitIsSaidToBeTriedAgain) {
  own({0, 1});
  for (const int32_t number : {0, 1}) source_.produce(number, send("a"));
  turn();
  chat_.deliver_all();
  source_.holds_commits = true;
  pass_second();
  ASSERT_EQ(source_.commits, 1);
  source_.produce(0, send("b"));
  turn();
  chat_.items().back().is_under_way = true;  // so that it is on its way out when the answer comes
  source_.revoke({0, 1}, /*is_lost=*/true);
  source_.end_commits();
  turn();
  EXPECT_FALSE(has_logged("were not committed"));
  EXPECT_TRUE(has_logged("are lost"));
  EXPECT_EQ(counters_.commits_failed.value(), 1U);
}

}  // namespace
}  // namespace awps
