// What a producer is told while its hub's disk takes nothing.

#include "tests/socket/session_harness.h"

namespace awps {
namespace {

using Next = Session::Next;
using Room = Budget::Room;

std::string line(const std::string& data) {
  return send_line(data) + "\n";
}

std::string rejected(uint64_t seq, const std::string& code) {
  return R"({"status":"rejected","seq":)" + std::to_string(seq) +
         ",\"line\":" + std::to_string(seq) + R"(,"error":{"code":")" + code +
         R"(","message":"…"}})" + "\n";
}

HarnessOptions refusing() {
  HarnessOptions options;
  options.chat.block_when_full = false;
  return options;
}

constexpr std::array kFull = {Room::kSpoolFull, Room::kHubSpoolFull, Room::kDiskFull};

TEST(FullDisk, MakesAProducerWaitUntilThereIsRoom) {
  for (const Room why : kFull) {
    IntakeHarness harness;
    const auto session = harness.connect();
    harness.chat.queue.budget().close(why);
    feed(*session, line("a"));
    EXPECT_EQ(session->next(), Next::kRoom);
    EXPECT_EQ(harness.chat.room_signals, 0);
    harness.chat.queue.budget().close(Room::kFree);
    EXPECT_EQ(harness.chat.room_signals, 1);
    session->resume(Instant{});
    EXPECT_EQ(harness.chat.take(), (std::vector<std::string>{"1 a"}));
  }
}

TEST(FullDisk, RefusesWhereAFullHubDoes) {
  for (const Room why : kFull) {
    IntakeHarness harness(refusing());
    const auto session = harness.connect();
    harness.chat.queue.budget().close(why);
    feed(*session, line("a"));
    EXPECT_EQ(read_replies(*session), rejected(1, "queue_full"));
  }
}

TEST(FullDisk, ThatHasFailedRefusesWhateverWhenFullSays) {
  for (const HarnessOptions& options : {HarnessOptions{}, refusing()}) {
    IntakeHarness harness(options);
    const auto session = harness.connect();
    harness.chat.queue.budget().close(Room::kStorageFailed);
    feed(*session, line("a") + line("b"));
    EXPECT_EQ(read_replies(*session),
              rejected(1, "storage_failed") + rejected(2, "storage_failed"));
    EXPECT_EQ(session->next(), Next::kRead);
  }
}

TEST(FullDisk, ThatFailsTellsWhoWaitsForRoom) {
  IntakeHarness harness;
  const auto session = harness.connect();
  harness.chat.queue.budget().close(Room::kDiskFull);
  feed(*session, line("a"));
  ASSERT_EQ(session->next(), Next::kRoom);
  harness.chat.queue.budget().close(Room::kStorageFailed);
  EXPECT_EQ(harness.chat.room_signals, 1);
  session->resume(Instant{});
  EXPECT_EQ(read_replies(*session), rejected(1, "storage_failed"));
}

TEST(FullDisk, IsNamedWithTheLimitThatIsMet) {
  struct Row {
    Room why;
    std::string limit;
  };
  for (const Row& row : std::vector<Row>{{Room::kSpoolFull, "spool.max_bytes"},
                                         {Room::kHubSpoolFull, "spool_max_bytes"},
                                         {Room::kDiskFull, "spool.min_free_bytes"},
                                         {Room::kStorageFailed, "cannot write"}}) {
    IntakeHarness harness(refusing());
    const auto session = harness.connect();
    harness.chat.queue.budget().close(row.why);
    feed(*session, line("a"));
    EXPECT_NE(session->replies().unread().find(row.limit), std::string_view::npos) << row.limit;
  }
}

}  // namespace
}  // namespace awps
