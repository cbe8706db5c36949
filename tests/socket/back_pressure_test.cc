// What makes a session stop reading, and what makes it go on: full hubs, a producer's share, unread
// replies, and the end.

#include "tests/socket/pressure_harness.h"

namespace awps {
namespace {

TEST(BackPressure, LinesBeyondTheBudgetWaitForRoom) {
  IntakeHarness harness(with_room_for(2, true));
  const auto session = harness.connect();
  feed(*session, lines("abcde"));
  EXPECT_EQ(session->next(), Next::kRoom);
  EXPECT_EQ(harness.chat.take(), (Texts{"1 a", "2 b"}));
  EXPECT_EQ(harness.chat.room_signals, 0);
  harness.chat.settle_all();
  EXPECT_EQ(harness.chat.room_signals, 1);
  session->resume(Instant{});
  EXPECT_EQ(session->next(), Next::kRoom);
  EXPECT_EQ(harness.chat.take(), (Texts{"3 c", "4 d"}));
  harness.chat.settle_all();
  session->resume(Instant{});
  EXPECT_EQ(session->next(), Next::kRead);
  EXPECT_EQ(harness.chat.take(), Texts{"5 e"});
  EXPECT_EQ(session->held_bytes(), 0U);
  EXPECT_EQ(read_replies(*session), "");
}

TEST(BackPressure, AResumeWithoutRoomChangesNothing) {
  IntakeHarness harness(with_room_for(1, true));
  const auto session = harness.connect();
  feed(*session, R"({"hello":{"ack":"accepted"}})"
                 "\n" +
                     lines("abc"));
  const size_t held = session->held_bytes();
  read_replies(*session);
  for (int i = 0; i < 3; ++i) session->resume(Instant{});
  EXPECT_EQ(session->next(), Next::kRoom);
  EXPECT_EQ(session->held_bytes(), held);
  EXPECT_EQ(read_replies(*session), "");
  EXPECT_EQ(harness.counters.actions.value(), 1U);
  EXPECT_EQ(harness.chat.take(), Texts{"1 a"});
}

TEST(BackPressure, AnEmptyHubTakesAnActionOfAnySize) {
  IntakeHarness harness(with_room_for(1, true));
  const auto session = harness.connect();
  feed(*session, send_line(std::string(900, 'x')) + "\n");
  EXPECT_EQ(harness.chat.take().size(), 1U);
  EXPECT_EQ(session->next(), Next::kRead);
}

TEST(BackPressure, ANewConnectionWaitsForAFullHub) {
  IntakeHarness harness(with_room_for(1, true));
  const auto first = harness.connect();
  feed(*first, lines("a"));
  const auto second = harness.connect();
  feed(*second, send_line("b"));
  second->end_input(Instant{});
  EXPECT_EQ(second->next(), Next::kRoom);
  harness.chat.settle_all();
  second->resume(Instant{});
  EXPECT_EQ(second->next(), Next::kClose);
  EXPECT_EQ(harness.chat.take(), Texts{"1 b"});
}

TEST(BackPressure, AFullHubDoesNotHoldUpConnectionsOfAnother) {
  IntakeHarness harness(with_room_for(1, true));
  const auto first = harness.connect();
  feed(*first, lines("ab"));
  EXPECT_EQ(first->next(), Next::kRoom);
  const auto second = harness.connect();
  feed(*second, R"({"hello":{"hub":"news"}})"
                "\n" +
                    lines("c"));
  EXPECT_EQ(second->next(), Next::kRead);
  EXPECT_EQ(harness.news.take(), Texts{"1 c"});
}

TEST(BackPressure, ANoisyProducerIsSlowedDownAlone) {
  IntakeHarness harness(with_room_for(8, true, 0.5));
  const auto noisy = harness.connect();
  const auto quiet = harness.connect();
  feed(*noisy, lines("abcdefgh"));
  EXPECT_EQ(noisy->next(), Next::kRoom);
  EXPECT_EQ(harness.chat.take(), (Texts{"1 a", "2 b", "3 c", "4 d"}));
  feed(*quiet, lines("xyz"));
  EXPECT_EQ(quiet->next(), Next::kRead);
  EXPECT_EQ(harness.chat.take(), (Texts{"1 x", "2 y", "3 z"}));
}

TEST(BackPressure, AHubThatRejectsRefusesEachActionBeyondItsBudget) {
  IntakeHarness harness(with_room_for(2, false));
  const auto session = harness.connect();
  feed(*session, lines("ab") + "[" + send_line("c") + "," + send_line("d", R"(,"id":4)") + "]\n");
  EXPECT_EQ(session->next(), Next::kRead);
  EXPECT_EQ(harness.chat.take(), (Texts{"1 a", "2 b"}));
  EXPECT_EQ(read_replies(*session), R"({"status":"rejected","seq":3,"line":3,)"
                                    R"("error":{"code":"queue_full","message":"…"}})"
                                    "\n"
                                    R"({"status":"rejected","seq":4,"line":3,"id":4,)"
                                    R"("error":{"code":"queue_full","message":"…"}})"
                                    "\n");
  harness.chat.settle_all();
  feed(*session, lines("e"));
  EXPECT_EQ(harness.chat.take(), Texts{"5 e"});
}

TEST(BackPressure, RefusalsOfAProducerWithoutAcksAreDroppedAndCounted) {
  HarnessOptions options;
  options.session.max_unread_reply_bytes = 1000;
  IntakeHarness harness(options);
  const auto session = harness.connect();
  std::string broken;
  for (int i = 0; i < 100; ++i) broken += "}\n";
  feed(*session, broken + lines("a"));
  EXPECT_EQ(session->next(), Next::kRead);
  EXPECT_EQ(harness.chat.take(), Texts{"101 a"});
  const size_t written = count_of(read_replies(*session), "rejected");
  EXPECT_GT(written, 1U);
  EXPECT_LT(written, 20U);
  EXPECT_EQ(harness.counters.replies_dropped.value(), 100 - written);
  feed(*session, "}\n}\n");
  const std::string replies = read_replies(*session);
  EXPECT_EQ(count_of(replies, "\"dropped\":" + std::to_string(100 - written) + "}"), 1U);
  EXPECT_EQ(count_of(replies, "dropped"), 1U);
}

class OwedReplies : public testing::TestWithParam<const char*> {};

TEST_P(OwedReplies, AreNeverDroppedButStopTheReading) {
  HarnessOptions options;
  options.session.max_unread_reply_bytes = 1000;
  IntakeHarness harness(options);
  const auto session = harness.connect();
  std::string text = R"({"hello":{"ack":")" + std::string(GetParam()) + "\"}}\n";
  for (int i = 0; i < 100; ++i) text += "}\n";
  feed(*session, text + lines("a"));
  EXPECT_EQ(session->next(), Next::kReader);
  EXPECT_LT(session->replies().unread().size(), 1300U);
  EXPECT_EQ(harness.chat.take(), Texts{});
  std::string replies = read_replies(*session);
  for (int i = 0; session->next() == Next::kReader && i < 100; ++i) {
    session->resume(Instant{});
    replies += read_replies(*session);
  }
  EXPECT_EQ(session->next(), Next::kRead);
  EXPECT_EQ(count_of(replies, "invalid_json"), 100U);
  EXPECT_EQ(harness.chat.take(), Texts{"101 a"});
}

TEST_P(OwedReplies, LetAProducerReadToTheHalfBeforeItGoesOn) {
  HarnessOptions options;
  options.session.max_unread_reply_bytes = 1000;
  IntakeHarness harness(options);
  const auto session = harness.connect();
  feed(*session,
       R"({"hello":{"ack":")" + std::string(GetParam()) + "\"}}\n[0,0,0,0,0,0,0,0,0,0]\n");
  ASSERT_EQ(session->next(), Next::kReader);
  session->replies().consume(session->replies().unread().size() - 900);
  EXPECT_EQ(session->next(), Next::kReader);
  EXPECT_FALSE(session->replies().has_drained());
}

INSTANTIATE_TEST_SUITE_P(Acks, OwedReplies, testing::Values("accepted", "delivered"),
                         [](const auto& row) { return std::string(row.param); });

TEST(BackPressure, AProducerThatIsGoneHoldsUpNothingOfItsInput) {
  HarnessOptions options;
  options.session.max_unread_reply_bytes = 1000;
  IntakeHarness harness(options);
  const auto session = harness.connect();
  std::string broken;
  for (int i = 0; i < 100; ++i) broken += "}\n";
  feed(*session, R"({"hello":{"ack":"delivered"}})"
                 "\n" +
                     broken + lines("a"));
  ASSERT_EQ(session->next(), Next::kReader);
  session->replies().discard_all();
  session->resume(Instant{});
  EXPECT_EQ(session->next(), Next::kRead);
  session->end_input(Instant{});
  EXPECT_EQ(harness.chat.take(), Texts{"101 a"});
  EXPECT_EQ(session->next(), Next::kClose);
}

Outcome delivered(uint64_t seq) {
  Outcome outcome;
  outcome.seq = seq;
  outcome.http_status = 202;
  outcome.attempts = 1;
  return outcome;
}

TEST(EndOfInput, WaitsForTheLastOutcomeWhereTheseAreWanted) {
  IntakeHarness harness;
  const auto session = harness.connect();
  feed(*session, R"({"hello":{"ack":"delivered"}})"
                 "\n" +
                     lines("ab"));
  session->end_input(Instant{});
  read_replies(*session);
  EXPECT_EQ(session->next(), Next::kReports);
  session->take_report(delivered(1));
  session->end_of_reports();
  EXPECT_EQ(session->next(), Next::kReports);
  session->take_report(delivered(2));
  session->end_of_reports();
  EXPECT_EQ(session->next(), Next::kClose);
  EXPECT_EQ(count_of(read_replies(*session), "delivered"), 2U);
}

TEST(EndOfInput, DoesNotWaitForOutcomesThatNobodyWants) {
  IntakeHarness harness;
  const auto session = harness.connect();
  feed(*session, lines("ab"));
  session->end_input(Instant{});
  EXPECT_EQ(session->next(), Next::kClose);
}

TEST(EndOfInput, ProcessesWhatIsKeptFirst) {
  IntakeHarness harness(with_room_for(1, true));
  const auto session = harness.connect();
  feed(*session, lines("a") + send_line("b"));
  session->end_input(Instant{});
  EXPECT_EQ(session->next(), Next::kRoom);
  harness.chat.settle_all();
  session->resume(Instant{});
  EXPECT_EQ(harness.chat.take(), Texts{"2 b"});
  EXPECT_EQ(session->next(), Next::kClose);
}

const std::string kShuttingDown =
    R"({"status":"rejected","seq":0,"error":{"code":"shutting_down","message":"…"}})"
    "\n";

TEST(Stop, TellsThatTheRestIsNotRead) {
  IntakeHarness harness(with_room_for(1, true));
  const auto session = harness.connect();
  feed(*session, lines("abc"));
  ASSERT_EQ(session->next(), Next::kRoom);
  session->stop();
  EXPECT_EQ(read_replies(*session), kShuttingDown);
  EXPECT_EQ(session->next(), Next::kClose);
  harness.chat.settle_all();
  session->resume(Instant{});
  EXPECT_EQ(harness.chat.take(), Texts{});
}

TEST(Stop, StillDeliversOutcomes) {
  IntakeHarness harness;
  const auto session = harness.connect();
  feed(*session, R"({"hello":{"ack":"delivered"}})"
                 "\n" +
                     lines("a"));
  read_replies(*session);
  session->stop();
  EXPECT_EQ(read_replies(*session), kShuttingDown);
  EXPECT_EQ(session->next(), Next::kReports);
  session->take_report(delivered(1));
  session->end_of_reports();
  EXPECT_EQ(session->next(), Next::kClose);
}

TEST(Stop, SaysNothingToWhoHasSentEverything) {
  IntakeHarness harness;
  const auto session = harness.connect();
  feed(*session, lines("a"));
  session->end_input(Instant{});
  session->stop();
  EXPECT_EQ(read_replies(*session), "");
}

TEST(Stop, IsToldOnce) {
  IntakeHarness harness;
  const auto session = harness.connect();
  session->stop();
  session->stop();
  EXPECT_EQ(read_replies(*session), kShuttingDown);
}

TEST(UnreadReplies, BeyondTheirBoundCountAsHeld) {
  HarnessOptions options;
  options.session.max_unread_reply_bytes = 1000;
  IntakeHarness harness(options);
  const auto session = harness.connect();
  feed(*session, R"({"hello":{"ack":"delivered"}})"
                 "\n" +
                     lines("abcdefghijklmnopqrstuvwxyz"));
  EXPECT_EQ(session->held_bytes(), 0U);
  for (uint64_t seq = 26; seq >= 1; --seq) session->take_report(delivered(seq));
  session->end_of_reports();
  EXPECT_EQ(session->next(), Next::kReader);
  EXPECT_GT(session->held_bytes(), 500U);
  read_replies(*session);
  EXPECT_EQ(session->held_bytes(), 0U);
}

TEST(PartialLines, AreHeldUntilRefused) {
  IntakeHarness harness;
  const auto session = harness.connect();
  feed(*session, lines("a") + send_line("b").substr(0, 20));
  EXPECT_EQ(session->partial_bytes(), 20U);
  EXPECT_EQ(session->held_bytes(), 20U);
  session->refuse_partial();
  EXPECT_EQ(session->held_bytes(), 0U);
  EXPECT_EQ(read_replies(*session), R"({"status":"rejected","seq":2,"line":2,)"
                                    R"("error":{"code":"line_too_long","message":"…"}})"
                                    "\n");
  feed(*session, send_line("b").substr(20) + "\n" + lines("c"));
  EXPECT_EQ(harness.chat.take(), (Texts{"1 a", "3 c"}));
}

TEST(Accounts, LiveUntilTheyHoldNothing) {
  IntakeHarness harness;
  auto session = harness.connect();
  feed(*session, lines("a") + send_line("b", R"(,"hub":"news")") + "\n");
  harness.chat.take();
  harness.news.settle_all();
  EXPECT_EQ(harness.slot.accounts().size(), 2U);
  session.reset();
  EXPECT_EQ(harness.slot.accounts().orphans(), 2U);
  harness.slot.accounts().begin_sweep();
  harness.slot.accounts().end_sweep();
  EXPECT_EQ(harness.slot.accounts().size(), 1U);
  harness.chat.settle_all();
  harness.slot.accounts().begin_sweep();
  EXPECT_EQ(harness.slot.accounts().size(), 1U);
  harness.slot.accounts().end_sweep();
  EXPECT_EQ(harness.slot.accounts().size(), 0U);
}

}  // namespace
}  // namespace awps
