// When a committer has something to do with its disk: a table of what it has, and when.

#include "worker/commit_times.h"

#include <gtest/gtest.h>

#include <vector>

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kInterval = milliseconds(2);
constexpr Instant kNow{seconds(1000)};
constexpr Instant kAtOnce = Instant::min();

StorageState full(Instant at = kNow) {
  StorageState storage;
  storage.is_full_of(Budget::Room::kDiskFull, at);
  return storage;  // tried 100 ms later
}

StorageState failed(Instant at = kNow) {
  StorageState storage;
  storage.has_failed(at);
  return storage;  // tried a second later
}

struct Commit {
  const char* name;
  CommitWork work;
  Instant at;
};

class CommitAt : public testing::TestWithParam<Commit> {};
class CommitOfOverflowAt : public testing::TestWithParam<Commit> {};

TEST_P(CommitAt, IsAsTheTableSays) {
  EXPECT_EQ(CommitTimes(kInterval, /*overflows=*/false).commit_at(GetParam().work), GetParam().at);
}

TEST_P(CommitOfOverflowAt, IsAsTheTableSays) {
  EXPECT_EQ(CommitTimes(kInterval, /*overflows=*/true).commit_at(GetParam().work), GetParam().at);
}

const auto kName = [](const auto& tested) { return tested.param.name; };

INSTANTIATE_TEST_SUITE_P(
    Table, CommitAt,
    testing::Values(
        Commit{"nothing", {.may_only_try = false}, kNever},
        Commit{"nothingOnAGoodDisk", {}, kNever},
        Commit{"theFirstBatch", {.has_arrivals = true}, kAtOnce},
        Commit{
            "aBatchBehindACommit", {.has_arrivals = true, .last_commit = kNow}, kNow + kInterval},
        Commit{"aGroupThatIsLeft",
               {.has_group = true, .is_in_log = true, .last_commit = kNow},
               kNow + kInterval},
        Commit{"aBatchThatWaitsForTheWindow",
               {.has_arrivals = true, .waits_for_window = true},
               kNever},
        Commit{"releasesAlone", {.has_releases = true}, kNever},
        Commit{"whatIsNotSynced", {.unsynced_since = kNow}, kNow + seconds(1)},
        Commit{"aBatchBeforeWhatIsNotSynced",
               {.has_arrivals = true, .unsynced_since = kNow, .last_commit = kNow},
               kNow + kInterval},
        Commit{"aFailedDisk", {.storage = failed()}, kNow + seconds(1)},
        Commit{"aFailedDiskThatNobodyNeeds", {.may_only_try = false, .storage = failed()}, kNever},
        Commit{"aBatchForAFailedDisk",
               {.has_arrivals = true, .may_only_try = false, .storage = failed()},
               kNow + seconds(1)},
        Commit{"aFullDisk", {.storage = full()}, kNever},
        Commit{"aBatchForAFullDisk",
               {.has_arrivals = true, .storage = full()},
               kNow + milliseconds(100)},
        Commit{"releasesForAFullDisk",
               {.has_releases = true, .storage = full()},
               kNow + milliseconds(100)},
        Commit{"whatIsNotSyncedOnAFullDisk",
               {.unsynced_since = kNow - seconds(2), .storage = full()},
               kNow + milliseconds(100)}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Table, CommitOfOverflowAt,
    testing::Values(
        Commit{"nothing", {}, kNever}, Commit{"theFirstBatch", {.has_arrivals = true}, kAtOnce},
        Commit{
            "aBatchBehindACommit", {.has_arrivals = true, .last_commit = kNow}, kNow + kInterval},
        Commit{"aGroupThatWaits",
               {.has_group = true, .is_in_log = true, .group_since = kNow},
               kNow + seconds(1)},
        Commit{"aGroupBesideWhatIsNotSynced",
               {.has_group = true,
                .is_in_log = true,
                .group_since = kNow,
                .unsynced_since = kNow - milliseconds(500)},
               kNow + milliseconds(500)},
        Commit{"aLargeGroup",
               {.has_group = true,
                .is_in_log = true,
                .is_large = true,
                .group_since = kNow,
                .last_commit = kNow},
               kNow + kInterval},
        Commit{"aBatchForAGroupThatWaits",
               {.has_arrivals = true, .has_group = true, .is_in_log = true, .group_since = kNow},
               kAtOnce},
        Commit{"aBatchThatTheGroupHasNoRoomFor",
               {.has_arrivals = true,
                .has_group = true,
                .is_in_log = true,
                .group_has_room = false,
                .group_since = kNow},
               kNow + seconds(1)},
        Commit{"aBatchBesideAFailedDisk", {.has_arrivals = true, .storage = failed()}, kAtOnce},
        Commit{"aGroupForAFailedDisk",
               {.has_group = true, .is_in_log = true, .storage = failed()},
               kNow + seconds(1)},
        Commit{"aBatchForAFullDisk",
               {.has_arrivals = true, .storage = full()},
               kNow + milliseconds(100)},
        Commit{"aGroupForAFullDisk",
               {.has_group = true, .is_in_log = true, .group_since = kNow, .storage = full()},
               kNow + milliseconds(100)}),
    kName);

struct Write {
  const char* name;
  CommitWork work;
  bool is_due;
};

class WriteOfOverflow : public testing::TestWithParam<Write> {};

TEST_P(WriteOfOverflow, IsDueAsTheTableSays) {
  const CommitWork& work = GetParam().work;
  EXPECT_EQ(CommitTimes(kInterval, /*overflows=*/true).is_write_due(work, kNow), GetParam().is_due);
  EXPECT_TRUE(CommitTimes(kInterval, /*overflows=*/false).is_write_due(work, kNow));
}

INSTANTIATE_TEST_SUITE_P(
    Table, WriteOfOverflow,
    testing::Values(
        Write{"noGroup", {}, true},
        Write{"aFreshGroup", {.is_in_log = true, .group_since = kNow - milliseconds(999)}, false},
        Write{"aGroupOfASecond", {.is_in_log = true, .group_since = kNow - seconds(1)}, true},
        Write{"aLargeGroup", {.is_in_log = true, .is_large = true, .group_since = kNow}, true},
        Write{"whatIsNotSynced",
              {.is_in_log = true, .group_since = kNow, .unsynced_since = kNow - seconds(1)},
              true},
        Write{"aFailedDiskBeforeItsTime",
              {.is_in_log = true, .storage = failed(kNow - milliseconds(999))},
              false},
        Write{"aFailedDiskAtItsTime",
              {.is_in_log = true, .group_since = kNow, .storage = failed(kNow - seconds(1))},
              true},
        Write{"aFullDiskThatHasRoom",
              {.is_in_log = true, .group_since = kNow, .storage = full(kNow - seconds(1))},
              true}),
    kName);

}  // namespace
}  // namespace awps
