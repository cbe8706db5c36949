// The known ids in a log that has no room for another segment: it gives up no more of them than it
// must, and does not make segments for them without end.

#include "tests/spool/log_ids.h"

namespace awps::log_ids {
namespace {

using LogIdsRoom = LogIds;

TEST_F(LogIdsRoom, OfALogThatIsFullGiveItsRoomBack) {
  static constexpr uint64_t kMost = 600 * kKib;
  open(kMost);
  uint64_t number = 0;
  do {
    add(++number, 3000);
  } while (commit());
  log_->drop_records();
  --number;
  drain();
  for (int i = 0; i < 100; ++i) tend(/*is_idle=*/true);
  EXPECT_EQ(log_->full_for(kMost / 2), std::nullopt);
  cut_and_open();
  EXPECT_EQ(known(), numbers_up_to(number));
}

TEST_F(LogIdsRoom, OfALogThatWasFullAtItsEndGiveItsRoomBackAfterTheStart) {
  static constexpr uint64_t kMost = 600 * kKib;
  open(kMost);
  uint64_t number = 0;
  do {
    add(++number, 3000);
  } while (commit());
  log_->drop_records();
  drain();
  open(kMost);
  for (int i = 0; i < 10; ++i) tend(/*is_idle=*/true);
  EXPECT_EQ(log_->full_for(kMost / 4), std::nullopt);
  cut_and_open();
  EXPECT_EQ(known(), numbers_up_to(number - 1));
}

// Nothing but one segment, which is full.
TEST_F(LogIdsRoom, OfTheOneSegmentThatThereIsGiveItsRoomBack) {
  static constexpr uint64_t kMost = 310'000;
  open(kMost);
  for (uint64_t number = 1; number <= 4; ++number) add(number, 75'000);
  ASSERT_TRUE(commit());
  add(5, 75'000);
  ASSERT_FALSE(commit());
  log_->drop_records();
  drain();
  for (int i = 0; i < 10; ++i) tend(/*is_idle=*/true);
  const uint64_t bytes = log_->status().bytes;
  EXPECT_EQ(bytes, 256 * kKib);
  tend(/*is_idle=*/true);
  EXPECT_EQ(log_->status().bytes, bytes);
  cut_and_open();
  EXPECT_EQ(known(), numbers_up_to(4));
}

// A log that has no room for another segment: for any, or for one as large as the next would be.
struct Tight {
  const char* name;
  uint64_t max_bytes;
  uint64_t lacking;  // what waits for room, too
};

class LogIdsWithoutRoom : public LogIds, public testing::WithParamInterface<Tight> {};

TEST_P(LogIdsWithoutRoom, AreNotWrittenOnceMoreWithEachCommit) {
  open(GetParam().max_bytes, 2048 * kKib);
  int made = 0;
  disk_->after_change([&](const auto& operation) { made += operation.call == "allocate" ? 1 : 0; });
  put(1);
  for (int i = 0; i < 1000; ++i) {
    add_record(10);
    ASSERT_TRUE(commit());
    drain();
    if (GetParam().lacking > 0) (void)log_->full_for(GetParam().lacking);
    tend(/*is_idle=*/false);
  }
  EXPECT_GE(log_->status().written_bytes, 90 * kKib);
  EXPECT_LE(made, 1 + 4 * static_cast<int>(log_->status().written_bytes / (128 * kKib) + 1));
  disk_->after_change({});
  cut_and_open();
  EXPECT_EQ(known(), Numbers{1});
}

INSTANTIATE_TEST_SUITE_P(Table, LogIdsWithoutRoom,
                         testing::Values(Tight{"forAnother", 1200 * kKib, 0},
                                         Tight{"forAnotherAndSomeWaits", 1200 * kKib, 1200 * kKib},
                                         Tight{"forALargerOne", 2560 * kKib, 0},
                                         Tight{"forALargerOneAndSomeWaits", 2560 * kKib,
                                               2560 * kKib}),
                         [](const auto& tested) { return tested.param.name; });

// What waits may fit into a segment of the same size that is emptier.
TEST_F(LogIdsRoom, OfASmallSegmentMakeRoomInIt) {
  open(1200 * kKib, 2048 * kKib);
  put(1);
  drain();
  tend(/*is_idle=*/false);
  ASSERT_EQ(log_->status().bytes, 256 * kKib);
  while (log_->status().bytes == 256 * kKib) {
    if (log_->full_for(100 * kKib)) break;
    add_record(1000);
    ASSERT_TRUE(commit());
    drain();
  }
  ASSERT_NE(log_->full_for(100 * kKib), std::nullopt);
  tend(/*is_idle=*/false);
  EXPECT_EQ(log_->full_for(100 * kKib), std::nullopt);
  EXPECT_EQ(log_->status().bytes, 256 * kKib);
}

TEST_F(LogIdsRoom, GiveTheirRoomBackWhereAQuotaIsMet) {
  set_quota(100 * kKib);
  open();
  uint64_t number = 0;
  do {
    add(++number, 3000);
  } while (commit());
  log_->drop_records();
  drain();
  bool is_written = false;
  for (int i = 0; i < 10 && !is_written; ++i) {
    tend(/*is_idle=*/true);
    add_record(10'000);
    is_written = commit();
    if (!is_written) log_->drop_records();
  }
  EXPECT_TRUE(is_written);
  cut_and_open();
  EXPECT_EQ(known(), numbers_up_to(number - 1));
}

// Not even the ids of one segment have another place then.
TEST_F(LogIdsRoom, AreGivenUpWhereAQuotaIsMetToTheLastByte) {
  set_quota(100 * kKib);
  open();
  uint64_t number = 0;
  do {
    add(++number, 3000);
  } while (commit());
  log_->drop_records();
  do {
    add_record(1);
  } while (commit());
  log_->drop_records();
  log_->release({1, log_->status().committed - 1});
  bool is_written = false;
  for (int i = 0; i < 10 && !is_written; ++i) {
    tend(/*is_idle=*/true);
    add_record(1000);
    is_written = commit();
    if (!is_written) log_->drop_records();
  }
  EXPECT_TRUE(is_written);
  cut_and_open();
  EXPECT_GE(known().size(), number / 2);
}

// Behind what would be left of the one segment that there is.
TEST_F(LogIdsRoom, StayWhereTheyAreIfTheyHaveNoOtherPlace) {
  set_quota(1100 * kKib);
  open(0, 2048 * kKib);
  put(1, 600'000);  // so the next one is to be made
  drain();
  for (int i = 0; i < 20; ++i) {
    tend(/*is_idle=*/false);
    add_record(10'000);
    ASSERT_TRUE(commit()) << i;
    drain();
  }
  cut_and_open();
  EXPECT_EQ(known(), numbers_up_to(1));
}

TEST_F(LogIdsRoom, AQuotaThatIsMetIsNotTriedWithEachCommit) {
  set_quota(40 * kKib);
  open(0, 64 * kKib);
  int tries = 0;
  disk_->after_change([&](const auto& operation) { tries += operation.call == "make" ? 1 : 0; });
  put(1, 20'000);
  for (int i = 0; i < 50; ++i) {
    add_record(10);
    ASSERT_TRUE(commit());
    tend(/*is_idle=*/false);
  }
  EXPECT_EQ(tries, 2) << "the first segment, and one ahead";
}

TEST_F(LogIdsRoom, AQuotaIsTriedAgainBehindWhatHasMadeRoom) {
  set_quota(130 * kKib);
  open(0, 64 * kKib);
  add_record(20'000);
  ASSERT_TRUE(commit());
  add_record(40'000);
  ASSERT_TRUE(commit());
  tend(/*is_idle=*/false);
  EXPECT_EQ(log_->status().segments, 2U) << "there is no room for one ahead";
  log_->release({1, 1});
  tend(/*is_idle=*/false);
  EXPECT_EQ(log_->status().segments, 2U) << "the first one has gone";
}

}  // namespace
}  // namespace awps::log_ids
