// Positions of given-up actions whose letters are not on disk yet: a hub that comes back passes
// over them, and they are released once the letters are.

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/worker/committer_rig.h"

namespace awps {
namespace {

using Names = std::vector<std::string>;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kActions = 400;  // the window is far from having room for them

/// The hub has come back with the log of an earlier run, these withheld.
void come_back(CommitterRig& rig, std::vector<Position> withheld) {
  for (int i = 0; i < kActions / 10; ++i) {  // a frame is read as a whole
    rig.push(1, 10);
    rig.run(milliseconds(10));
  }
  rig.options.committer.withheld = std::move(withheld);
  rig.kill();
}

/// As the worker does once the letters are written.
void settle(CommitterRig& rig, std::vector<Position> positions) {
  rig.committer->settled(positions);
}

Names all_but(uint64_t first, uint64_t last) {
  Names left = names(1, 1, first - 1);
  for (const std::string& name : names(1, last + 1, kActions)) left.push_back(name);
  return left;
}

class CommitterWithheld : public testing::Test {
 protected:
  void expect_all_but(uint64_t first, uint64_t last) {
    EXPECT_EQ(rig_.drain(), all_but(first, last));
    const Committer::Counts counts = rig_.committer->counts();
    EXPECT_EQ(counts.lost, 0U);
    EXPECT_EQ(counts.accepted, kActions - (last + 1 - first));
    EXPECT_TRUE(rig_.committer->is_drained());
    rig_.run(seconds(2));
    EXPECT_EQ(rig_.lines.str().find("lost"), std::string::npos) << rig_.lines.str();
  }

  CommitterRig rig_{{.max_queued_bytes = 10 * CommitterRig::kCharge}};
};

TEST_F(CommitterWithheld, AreReleasedBehindTheTail) {
  come_back(rig_, {2, 3});
  rig_.run(seconds(1));
  settle(rig_, {2, 3});
  expect_all_but(2, 3);
}

TEST_F(CommitterWithheld, AreReleasedBeforeTheTailHasComeToThem) {
  come_back(rig_, {380, 381, 382});
  rig_.run(seconds(1));
  const size_t in_window = rig_.take().size();
  ASSERT_LT(in_window, 380U);
  settle(rig_, {380, 381, 382});
  rig_.run(seconds(1));
  EXPECT_EQ(rig_.committer->kept() + in_window, kActions - 3U);
  Names left = all_but(380, 382);
  left.erase(left.begin(), left.begin() + static_cast<ptrdiff_t>(in_window));
  rig_.settle(in_window);
  EXPECT_EQ(rig_.drain(), left);
  EXPECT_EQ(rig_.committer->counts().lost, 0U);
  EXPECT_TRUE(rig_.committer->is_drained());
}

TEST_F(CommitterWithheld, AreReleasedBeforeTheFirstTurn) {
  come_back(rig_, {1, 2, 399});
  settle(rig_, {1, 2, 399});
  Names left = all_but(1, 2);
  left.erase(left.end() - 2);
  EXPECT_EQ(rig_.drain(), left);
  EXPECT_EQ(rig_.committer->counts().lost, 0U);
  EXPECT_TRUE(rig_.committer->is_drained());
}

TEST_F(CommitterWithheld, AreAllThatTheTailHas) {
  come_back(rig_, {1, 2, 3});
  rig_.drain();
  rig_.kill();
  EXPECT_EQ(rig_.committer->counts().accepted, 0U);
  settle(rig_, {1, 2, 3});
  rig_.turn();
  EXPECT_TRUE(rig_.committer->is_drained());
  EXPECT_EQ(rig_.committer->counts().lost, 0U);
  rig_.push(2, 1);
  EXPECT_EQ(rig_.drain(), names(2, 1, 1)) << "the hub is direct again";
}

// As one is not whose place in the log was found damaged.
TEST_F(CommitterWithheld, OneThatIsNotThereAnyMoreIsNotTakenAwayTwice) {
  come_back(rig_, {380, 381, 382});
  settle(rig_, {380, 381});
  rig_.turn();
  settle(rig_, {380, 381, 382});
  expect_all_but(380, 382);
}

}  // namespace
}  // namespace awps
