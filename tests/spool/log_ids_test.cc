// The known ids in a log: how long they count, and what becomes of the segments where they stand.

#include <memory>
#include <utility>

#include "tests/spool/log_ids.h"

namespace awps::log_ids {
namespace {

TEST_F(LogIds, AreKnownAfterACut) {
  put(1);
  put(2);
  add(3, 100);
  cut_and_open();
  EXPECT_EQ(known(), (Numbers{1, 2}));
}

TEST_F(LogIds, OutliveTheirRecords) {
  put(1);
  drain();
  cut_and_open();
  EXPECT_EQ(log_->status().records, 0U);
  EXPECT_EQ(known(), Numbers{1});
}

TEST_F(LogIds, OfManyRecordsOfOneGroupAreKnown) {
  for (uint64_t number = 1; number <= 5000; ++number) add(number, 40);
  ASSERT_TRUE(commit());
  cut_and_open();
  EXPECT_EQ(known(), numbers_up_to(5000));
}

TEST_F(LogIds, OfDroppedRecordsAreNotKnown) {
  add(1, 100);
  log_->drop_records();
  put(2);
  cut_and_open();
  EXPECT_EQ(known(), Numbers{2});
}

TEST_F(LogIds, KeepAnIdleLogAsLongAsTheyCount) {
  put(1);
  drain();
  now_ += kWindow;
  tend(/*is_idle=*/true);
  EXPECT_EQ(files(), 1U);
  now_ += Duration(1);
  tend(/*is_idle=*/true);
  EXPECT_EQ(files(), 0U);
}

TEST_F(LogIds, ThatDoNotCountKeepNoSegment) {
  put(1, 7000);
  put(2, 7000);
  drain();
  const std::string first = disk_->names(kFolder).front();
  now_ += kWindow;
  tend(/*is_idle=*/false);
  EXPECT_EQ(disk_->names(kFolder).front(), first);
  now_ += Duration(1);
  tend(/*is_idle=*/false);
  EXPECT_GT(disk_->names(kFolder).front(), first);
}

// Each segment has few ids: to keep them, they are written once more.
TEST_F(LogIds, OfManySegmentsAreWrittenOnceMore) {
  for (uint64_t number = 1; number <= 100; ++number) {
    put(number, 3000);
    drain();
    tend(/*is_idle=*/false);
    ASSERT_LE(log_->status().segments, 10U);
  }
  EXPECT_GT(log_->status().segments, 7U);
  cut_and_open();
  EXPECT_EQ(known(), numbers_up_to(100));
}

// Of a damaged segment the log may read back what its recovery passed over.
TEST_F(LogIds, ThatTheHubDoesNotKnowAreNotWrittenOnceMore) {
  log_->count_ids_known_to([](const IdHash& hash) { return hash.low % 2 == 0; });
  for (uint64_t number = 1; number <= 40; ++number) {
    put(number, 3000);
    drain();
    tend(/*is_idle=*/false);
  }
  cut_and_open();
  const Numbers found = known();
  EXPECT_EQ(std::ranges::count(found, 1U), 0);
  EXPECT_EQ(std::ranges::count(found, 2U), 1);
}

TEST_F(LogIds, AreWrittenOnceMoreWhereTheDiskHasFailed) {
  for (uint64_t number = 1; number <= 100; ++number) put(number, 3000);
  drain();
  disk_->fail({.from = disk_->operations() + 1, .code = 5, .is_lasting = true});
  tend(/*is_idle=*/false);
  disk_->heal();
  ASSERT_GT(log_->status().segments, 10U);
  now_ += 2 * kSecond;
  for (int i = 0; i < 100; ++i) tend(/*is_idle=*/false);
  EXPECT_LE(log_->status().segments, 9U);  // and one ahead
  cut_and_open();
  EXPECT_EQ(known(), numbers_up_to(100));
}

// What waits in memory must not free the place where it was.
TEST_F(LogIds, ThatCouldNotBeWrittenOnceMoreStayWhereTheyWere) {
  for (uint64_t number = 1; number <= 100; ++number) put(number, 3000);
  drain();
  disk_->fail({.from = disk_->operations() + 1, .code = 28, .is_lasting = true});
  tend(/*is_idle=*/false);
  disk_->heal();
  ASSERT_TRUE(log_->has_group());
  now_ += 2 * kSecond;
  tend(/*is_idle=*/false);
  log_.reset();
  disk_ = disk_->killed();
  open();
  EXPECT_EQ(known(), numbers_up_to(100));
}

// Bytes of its first frame, which is one of ids.
TEST_F(LogIds, ThatAreDamagedLeaveTheirSegmentForALook) {
  put(1);
  for (uint64_t number = 2; number <= 100; ++number) put(number, 3000);
  drain();
  const std::string name = disk_->names(kFolder).front();
  std::string bytes = disk_->content(kFolder + "/" + name);
  bytes[SegmentHeader::kBytes + FrameHeader::kBytes] ^= 1;
  disk_->put(kFolder + "/" + name, bytes);
  for (int i = 0; i < 100; ++i) tend(/*is_idle=*/false);
  EXPECT_TRUE(disk_->has(kFolder + "/" + name + ".damaged"));
  cut_and_open();
  Numbers others = numbers_up_to(100);
  others.erase(others.begin());
  EXPECT_EQ(known(), others);
}

TEST_F(LogIds, AreTakenByNobodyWhoDoesNotAsk) {
  put(1);
  drain();
  log_.reset();
  auto opened = Log::open(*disk_, *space_,
                          {.folder = kFolder,
                           .store = store_id_of("chat", "example.webpubsub.azure.com"),
                           .opened_at = now_},
                          [](uint64_t, uint64_t) {});
  log_ = std::move(opened).value();
  EXPECT_EQ(known(), Numbers{});
  log_->tend(now_, /*is_idle=*/true);
  EXPECT_EQ(files(), 0U);
}

}  // namespace
}  // namespace awps::log_ids
