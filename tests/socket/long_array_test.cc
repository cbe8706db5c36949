// An array's elements are admitted and refused one by one: it stops, and goes on where it stopped.

#include "tests/socket/pressure_harness.h"

namespace awps {
namespace {

TEST(LongArrays, StopWhereThereIsNoRoomAndGoOnThere) {
  for (const char* const closing : {"]\n", " ]"}) {
    IntakeHarness harness(with_room_for(2, true));
    const auto session = harness.connect();
    feed(*session, "[" + send_line("a") + " ,\t" + send_line("b") + ", 7," + send_line("c") + "," +
                       send_line("d") + "," + send_line("e") + closing);
    if (session->next() == Next::kRead) session->end_input(Instant{});
    EXPECT_EQ(session->next(), Next::kRoom);
    EXPECT_EQ(harness.chat.take(), (Texts{"1 a", "2 b"}));
    EXPECT_EQ(count_of(read_replies(*session), R"("seq":3,"line":1)"), 1U);
    harness.chat.settle_all();
    session->resume(Instant{});
    EXPECT_EQ(session->next(), Next::kRoom);
    EXPECT_EQ(harness.chat.take(), (Texts{"4 c", "5 d"}));
    harness.chat.settle_all();
    session->resume(Instant{});
    EXPECT_NE(session->next(), Next::kRoom);
    EXPECT_EQ(harness.chat.take(), Texts{"6 e"});
    EXPECT_EQ(session->held_bytes(), 0U);
    EXPECT_EQ(read_replies(*session), "");
  }
}

TEST(LongArrays, AnOrderedBatchThatStoppedIsStillOneBatch) {
  IntakeHarness harness(with_room_for(1, true));
  const auto session = harness.connect();
  feed(*session, R"({"batch":[)" + send_line("a") + "," + send_line("b") + "," +
                     send_line("c", R"(,"hub":"news")") + R"(],"ordered":true})" + "\n" +
                     lines("d"));
  Texts taken;
  while (session->next() == Next::kRoom) {
    for (std::string& text : harness.chat.take()) taken.push_back(std::move(text));
    harness.chat.settle_all();
    session->resume(Instant{});
  }
  for (std::string& text : harness.chat.take()) taken.push_back(std::move(text));
  EXPECT_EQ(taken, (Texts{"1 a#1", "2 b#1", "4 d"}));
  EXPECT_EQ(harness.news.take(), Texts{}) << "a batch is of one hub, also after a stop";
  EXPECT_EQ(count_of(read_replies(*session), R"("seq":3)"), 1U);
}

TEST(LongArrays, CutOffByAStopAreNotTaken) {
  IntakeHarness harness(with_room_for(1, true));
  const auto session = harness.connect();
  feed(*session, "[" + send_line("a") + "," + send_line("b") + "]\n");
  session->stop();
  harness.chat.settle_all();
  EXPECT_EQ(count_of(read_replies(*session), "shutting_down"), 1U);
  EXPECT_EQ(session->next(), Next::kClose);
  EXPECT_EQ(session->held_bytes(), 0U);
}

class RefusedElements : public testing::TestWithParam<const char*> {};

TEST_P(RefusedElements, StopTheirArray) {
  HarnessOptions options;
  options.session.max_unread_reply_bytes = 1000;
  IntakeHarness harness(options);
  const auto session = harness.connect();
  std::string array = "[";
  for (int i = 0; i < 1000; ++i) array += "0,";
  feed(*session, R"({"hello":{"ack":")" + std::string(GetParam()) + "\"}}\n" + array +
                     send_line("a") + "]\n" + lines("b"));
  std::string replies;
  for (int i = 0; session->next() == Next::kReader && i < 1000; ++i) {
    ASSERT_LT(session->replies().unread().size(), 1300U);
    ASSERT_LT(session->held_bytes(), 3000U);
    replies += read_replies(*session);
    session->resume(Instant{});
  }
  replies += read_replies(*session);
  EXPECT_EQ(session->next(), Next::kRead);
  EXPECT_EQ(count_of(replies, "invalid_action"), 1000U);
  EXPECT_EQ(harness.chat.take(), (Texts{"1001 a", "1002 b"}));
  EXPECT_EQ(session->held_bytes(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Acks, RefusedElements, testing::Values("accepted", "delivered"),
                         [](const auto& row) { return std::string(row.param); });

TEST(LongArrays, GiveTheOthersTheirTurn) {
  HarnessOptions options;
  options.session.lines.max_line_bytes = 1 << 20;
  IntakeHarness harness(options);
  const auto session = harness.connect();
  std::string array = "[";
  for (int i = 0; i < 10'000; ++i) array += "0,";
  feed(*session, array + send_line("a") + "]\n");
  EXPECT_EQ(session->next(), Next::kTurn);
  EXPECT_EQ(harness.counters.actions.value(), 4096U);
  while (session->next() == Next::kTurn) session->resume(Instant{});
  EXPECT_EQ(session->next(), Next::kRead);
  EXPECT_EQ(harness.chat.take(), Texts{"10001 a"});
}

}  // namespace
}  // namespace awps
