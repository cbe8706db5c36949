// How long a committer knows ids: from their acceptance on, by a clock that somebody may set.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/worker/committer_rig.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Names = std::vector<std::string>;

RigOptions with_window(RigOptions options = {}) {
  options.committer.ids = {.window = seconds(120), .most = 1000};
  return options;
}

TEST(CommitterIdsTime, CountFromTheirAcceptanceBehindAFullDisk) {
  CommitterRig rig(with_window());
  rig.disk->fail({.from = 1, .code = 28, .is_lasting = true});
  rig.push_ids(1, {"a"}, "billing");
  rig.run(seconds(130));
  EXPECT_EQ(rig.reports(), Names{});
  rig.disk->heal();
  rig.run(seconds(1));
  EXPECT_EQ(rig.reports(), (Names{"accepted 1-1"}));
  rig.push_ids(2, {"a"}, "billing");
  rig.run(milliseconds(10));
  EXPECT_EQ(rig.reports(), (Names{"duplicate 2-1", "accepted 2-1"}));
  EXPECT_EQ(rig.take(), (Names{"1-1"}));
}

TEST(CommitterIdsTime, AreKnownInAGroupThatWaitsLongerThanTheWindow) {
  CommitterRig rig(with_window());
  rig.disk->fail({.from = 1, .code = 28, .is_lasting = true});
  rig.push_ids(1, {"a"}, "billing");
  rig.run(seconds(130));
  rig.push_ids(2, {"a"}, "billing");
  rig.run(seconds(1));
  rig.disk->heal();
  rig.run(seconds(1));
  EXPECT_EQ(rig.take(), (Names{"1-1"}));
}

TEST(CommitterIdsTime, AreKnownOverARestartBehindAClockThatWasSetRight) {
  CommitterRig rig(with_window());
  rig.clock.wall += std::chrono::hours(1);
  rig.push_ids(1, {"a"}, "billing");
  rig.drain();
  rig.kill();
  rig.push_ids(2, {"a"}, "billing");
  EXPECT_EQ(rig.drain(), Names{});
}

TEST(CommitterIdsTime, OfAWrongClockDoNotCountForEver) {
  CommitterRig rig(with_window({.segment_bytes = 16'384}));
  rig.push_ids(1, {"a"}, "billing");
  rig.drain();
  rig.clock.wall -= std::chrono::hours(10);
  rig.kill();
  for (int i = 0; i < 300; ++i) {
    rig.push(3, 300);
    rig.push_ids(4, {std::to_string(i)}, "x");
    rig.drain();
    rig.run(seconds(4));
  }
  (void)rig.reports();
  rig.kill();
  rig.push_ids(2, {"a"}, "billing");
  EXPECT_EQ(rig.drain(), (Names{"2-1"})) << "20 min later";
}

}  // namespace
}  // namespace awps
