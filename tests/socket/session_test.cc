#include "socket/session.h"

#include "base/random.h"
#include "tests/socket/session_harness.h"

namespace awps {
namespace {

using Texts = std::vector<std::string>;

const std::string kReady =
    R"({"status":"ready","protocol":1,"version":")" AWPS_VERSION
    R"(","hub":"Chat","ack":"none","maxLineBytes":4096,"maxMessageBytes":1024,)"
    R"("features":["deduplicate"]})"
    "\n";

std::string with_ack(std::string ready, const std::string& ack) {
  return ready.replace(ready.find("none"), 4, ack);
}

std::string rejected(const std::string& place, const std::string& code) {
  return R"({"status":"rejected",)" + place + R"(,"error":{"code":")" + code +
         R"(","message":"…"}})" + "\n";
}

struct Case {
  const char* name;
  Texts reads;
  std::string replies;
  Texts chat = {};
  Texts news = {};
};

std::ostream& operator<<(std::ostream& out, const Case& row) {
  return out << row.name;
}

class SessionTable : public testing::TestWithParam<Case> {};

TEST_P(SessionTable, AnswersAndAccepts) {
  IntakeHarness harness;
  const auto session = harness.connect();
  std::string replies;
  for (const std::string& read : GetParam().reads) {
    if (session->next() == Session::Next::kRead) feed(*session, read);
    replies += read_replies(*session);
  }
  if (session->next() == Session::Next::kRead) session->end_input(Instant{});
  replies += read_replies(*session);
  EXPECT_EQ(replies, GetParam().replies);
  EXPECT_EQ(harness.chat.take(), GetParam().chat);
  EXPECT_EQ(harness.news.take(), GetParam().news);
  EXPECT_EQ(harness.vault.take(), Texts{});
}

const std::string kHello = R"({"hello":{}})"
                           "\n";
const std::string kHelloAccepted = R"({"hello":{"ack":"accepted"}})"
                                   "\n";

INSTANTIATE_TEST_SUITE_P(
    Actions, SessionTable,
    testing::Values(
        Case{"Nothing", {}, ""}, Case{"Silence", {send_line("a") + "\n"}, "", {"1 a"}},
        Case{"Two", {send_line("a") + "\n" + send_line("b") + "\n"}, "", {"1 a", "2 b"}},
        Case{"LastWithoutNewline", {send_line("a") + "\n" + send_line("b")}, "", {"1 a", "2 b"}},
        Case{"LastIsCutOff",
             {send_line("a") + "\n" + R"({"actionName":"send)"},
             rejected(R"("seq":2,"line":2)", "invalid_json"),
             {"1 a"}},
        Case{"BrokenLineBetween",
             {send_line("a") + "\n}\n" + send_line("b") + "\n"},
             rejected(R"("seq":2,"line":2)", "invalid_json"),
             {"1 a", "3 b"}},
        Case{"NoAction", {"13\n"}, rejected(R"("seq":1,"line":1)", "invalid_action")},
        Case{"BlankLinesCountAsLines",
             {"\n \r\n" + send_line("a") + "\n\nnull\n"},
             rejected(R"("seq":2,"line":5)", "invalid_action"),
             {"1 a"}},
        Case{"IdComesBackAsItCame",
             {R"({"actionName":"sendToNobody","id":13})"
              "\n"
              R"({"actionName":"sendToNobody","id":"13"})"
              "\n"},
             rejected(R"("seq":1,"line":1,"id":13)", "invalid_action") +
                 rejected(R"("seq":2,"line":2,"id":"13")", "invalid_action")},
        Case{"ArrayElementsCountSingly",
             {"[" + send_line("a") + ",7," + send_line("b") + "]\n" + send_line("c") + "\n"},
             rejected(R"("seq":2,"line":1)", "invalid_action"),
             {"1 a", "3 b", "4 c"}},
        Case{"ArrayOfSeveralLinesIsRefusedWhole",
             {"[\n" + send_line("a") + ",\n", send_line("b") + "\n]\n" + send_line("c") + "\n"},
             rejected(R"("seq":1,"line":1)", "invalid_json") +
                 rejected(R"("seq":2,"line":2)", "invalid_json") +
                 rejected(R"("seq":3,"line":3)", "invalid_json") +
                 rejected(R"("seq":4,"line":4)", "invalid_json"),
             {"5 c"}},
        Case{"EmptyArrayIsNothing", {"[]\n" + send_line("a") + "\n"}, "", {"1 a"}},
        Case{"TooLongLine",
             {send_line(std::string(5000, 'x')) + "\n" + send_line("b") + "\n"},
             rejected(R"("seq":1,"line":1)", "line_too_long"),
             {"2 b"}},
        Case{"WarnsOnce",
             {send_line("a", R"(,"orderingkey":"k")") + "\n" +
              send_line("b", R"(,"ordering_key":"k")") + "\n" +
              send_line("c", R"(,"ordering_key":"k")") + "\n"},
             R"({"status":"warning","seq":2,"message":"…"})"
             "\n",
             {"1 a", "2 b", "3 c"}}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Hubs, SessionTable,
    testing::Values(Case{"NamedHub", {send_line("a", R"(,"hub":"news")") + "\n"}, "", {}, {"1 a"}},
                    Case{"CaseOfAHubDoesNotMatter",
                         {send_line("a", R"(,"hub":"NEWS")") + "\n" +
                          send_line("b", R"(,"hub":"cHat")") + "\n"},
                         "",
                         {"2 b"},
                         {"1 a"}},
                    Case{
                        "UnknownHub",
                        {send_line("a", R"(,"hub":"sport","id":7)") + "\n" + send_line("b") + "\n"},
                        rejected(R"("seq":1,"line":1,"id":7)", "unknown_hub"),
                        {"2 b"}},
                    Case{"ForbiddenHub",
                         {send_line("a", R"(,"hub":"vault")") + "\n" + send_line("b") + "\n"},
                         rejected(R"("seq":1,"line":1)", "forbidden"),
                         {"2 b"}},
                    Case{"HelloSaysTheHub",
                         {R"({"hello":{"hub":"News"}})"
                          "\n" +
                          send_line("a") + "\n" + send_line("b", R"(,"hub":"chat")") + "\n"},
                         std::string(kReady).replace(kReady.find("Chat"), 4, "news"),
                         {"2 b"},
                         {"1 a"}}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Hellos, SessionTable,
    testing::Values(
        Case{"Ready", {kHello + send_line("a") + "\n"}, kReady, {"1 a"}},
        Case{"BehindBlankLines", {"\n\n" + kHello}, kReady},
        Case{"LaterIsRefused",
             {send_line("a") + "\n" + kHello},
             rejected(R"("seq":2,"line":2)", "invalid_action"),
             {"1 a"}},
        Case{"SecondIsRefused",
             {kHello + kHello},
             kReady + rejected(R"("seq":1,"line":2)", "invalid_action")},
        Case{"NotUnderstood",
             {R"({"hello":{"hab":"news"}})"
              "\n" +
              send_line("a") + "\n"},
             rejected(R"("seq":0,"line":1)", "invalid_action")},
        Case{"UnknownHub",
             {R"({"hello":{"hub":"sport"}})"
              "\n" +
              send_line("a") + "\n"},
             rejected(R"("seq":0,"line":1)", "unknown_hub")},
        Case{"ForbiddenHub",
             {"\n"
              R"({"hello":{"hub":"vault"}})"
              "\n" +
              send_line("a") + "\n"},
             rejected(R"("seq":0,"line":2)", "forbidden")},
        Case{
            "AcceptedIsToldOnceARead",
            {kHelloAccepted + send_line("a") + "\n" + send_line("b") + "\n", send_line("c") + "\n"},
            with_ack(kReady, "accepted") + R"({"status":"accepted","seq":2})"
                                           "\n"
                                           R"({"status":"accepted","seq":3})"
                                           "\n",
            {"1 a", "2 b", "3 c"}},
        Case{"AcceptedComesBehindRefusals",
             {kHelloAccepted + send_line("a") + "\nnull\n" + send_line("c") + "\n", "null\n"},
             with_ack(kReady, "accepted") + rejected(R"("seq":2,"line":3)", "invalid_action") +
                 R"({"status":"accepted","seq":3})"
                 "\n" +
                 rejected(R"("seq":4,"line":5)", "invalid_action"),
             {"1 a", "3 c"}}),
    [](const auto& row) { return row.param.name; });

std::string batch(const Texts& elements) {
  std::string line = R"({"ordered":true,"batch":[)";
  for (const std::string& element : elements) line += element + ",";
  if (!elements.empty()) line.pop_back();
  return line + "]}\n";
}

INSTANTIATE_TEST_SUITE_P(
    OrderedBatches, SessionTable,
    testing::Values(Case{"NumbersDiffer",
                         {batch({send_line("a"), send_line("b")}) + send_line("c") + "\n" +
                          batch({send_line("d")})},
                         "",
                         {"1 a#1", "2 b#1", "3 c", "4 d#2"}},
                    Case{"EmptyIsNothing", {batch({}) + send_line("a") + "\n"}, "", {"1 a"}},
                    Case{"ElementIsRefusedSingly",
                         {batch({send_line("a"), "7", send_line("c")})},
                         rejected(R"("seq":2,"line":1)", "invalid_action"),
                         {"1 a#1", "3 c#1"}},
                    Case{"OtherHubIsRefused",
                         {batch({send_line("a"), send_line("b", R"(,"hub":"news")"),
                                 send_line("c")})},
                         rejected(R"("seq":2,"line":1)", "invalid_action"),
                         {"1 a#1", "3 c#1"}},
                    Case{"FirstElementSaysTheHub",
                         {batch({send_line("a", R"(,"hub":"news")"), send_line("b"),
                                 send_line("c", R"(,"hub":"NEWS")")})},
                         rejected(R"("seq":2,"line":1)", "invalid_action"),
                         {},
                         {"1 a#1", "3 c#1"}},
                    Case{"UnknownHubDoesNotDecide",
                         {batch({send_line("a", R"(,"hub":"sport")"), send_line("b")})},
                         rejected(R"("seq":1,"line":1)", "unknown_hub"),
                         {"2 b#1"}}),
    [](const auto& row) { return row.param.name; });

TEST(Session, RefusesActionsWithoutAHubWhereThereIsNoDefault) {
  IntakeHarness harness({.has_default_hub = false});
  const auto session = harness.connect();
  feed(*session, kHello + send_line("a") + "\n" + send_line("b", R"(,"hub":"chat")") + "\n");
  EXPECT_EQ(read_replies(*session),
            std::string(kReady).replace(kReady.find("\"Chat\""), 6, "null") +
                rejected(R"("seq":1,"line":2)", "unknown_hub"));
  EXPECT_EQ(harness.chat.take(), Texts{"2 b"});
}

TEST(Session, ClosesAfterARefusedHelloWithoutReadingOn) {
  IntakeHarness harness;
  const auto session = harness.connect();
  feed(*session, R"({"hello":{"hub":"sport"}})"
                 "\n" +
                     send_line("a") + "\n");
  EXPECT_EQ(session->next(), Session::Next::kClose);
  EXPECT_EQ(session->held_bytes(), 0U);
}

TEST(Session, TellsTheHubsWorkerWhoItsProducerIs) {
  IntakeHarness harness;
  const auto session = harness.connect();
  feed(*session, R"({"hello":{"ack":"delivered","producer":"billing"}})"
                 "\n" +
                     send_line("a") + "\n");
  ASSERT_EQ(harness.chat.take().size(), 1U);
  const Account& account = harness.chat.batches.front()->account();
  EXPECT_EQ(account.producer, 1U);
  EXPECT_EQ(account.producer_name, "billing");
  EXPECT_TRUE(account.wants_outcomes);
  EXPECT_EQ(account.reports, &harness.slot.reports());
}

TEST(Session, PushesOneBatchAReadAndHub) {
  IntakeHarness harness;
  const auto session = harness.connect();
  feed(*session,
       send_line("a") + "\n" + send_line("b", R"(,"hub":"news")") + "\n" + send_line("c") + "\n");
  feed(*session, send_line("d") + "\n");
  EXPECT_EQ(harness.chat.take(), (Texts{"1 a", "3 c", "4 d"}));
  EXPECT_EQ(harness.chat.batches.size(), 2U);
  EXPECT_EQ(harness.news.take(), Texts{"2 b"});
}

TEST(Session, CountsWhatItRead) {
  IntakeHarness harness;
  const auto session = harness.connect();
  feed(*session, kHello + send_line("a") + "\n\nnull\n");
  EXPECT_EQ(harness.counters.lines.value(), 4U);
  EXPECT_EQ(harness.counters.actions.value(), 2U);
  EXPECT_EQ(harness.counters.rejected.value(), 1U);
}

TEST(Session, TakesTheSameHoweverItsBytesArrive) {
  const uint64_t seed = seed_from_system();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  const Texts kPieces = {send_line("a") + "\n",
                         send_line("b", R"(,"hub":"news")") + "\r\n",
                         "[" + send_line("c") + "," + send_line("d") + ",null]\n",
                         "\n",
                         "}\n",
                         send_line(std::string(4500, 'x')) + "\n",
                         batch({send_line("e"), send_line("f")})};
  for (int round = 0; round < 100; ++round) {
    std::string text;
    for (int i = 0; i < 20; ++i) text += kPieces[random.below(kPieces.size())];
    IntakeHarness whole;
    const auto first = whole.connect();
    feed(*first, text);
    IntakeHarness parts;
    const auto second = parts.connect();
    std::string replies;
    for (std::string_view rest = text; !rest.empty();) {
      const std::string_view chunk = rest.substr(0, 1 + random.below(400));
      feed(*second, chunk);
      replies += read_replies(*second);
      rest.remove_prefix(chunk.size());
    }
    ASSERT_EQ(replies, read_replies(*first));
    ASSERT_EQ(parts.chat.take(), whole.chat.take());
    ASSERT_EQ(parts.news.take(), whole.news.take());
  }
}

// ---- what operators are told

TEST(SessionRefusals, AreToldOnceAMinuteForAUserWithTheLatestReason) {
  IntakeHarness intake;
  const auto session = intake.connect();
  const auto refuse_at = [&](Duration time, int count) {
    std::string lines;
    for (int i = 0; i < count; ++i) lines += "nonsense\n";
    const std::string padded = lines + std::string(kReadPadding, '\0');
    session->take(std::string_view(padded).substr(0, lines.size()), Instant{} + time);
  };
  feed(*session, "{\"hello\":{\"producer\":\"bill\\u001bing\"}}\n");
  refuse_at(std::chrono::seconds(1), 1000);
  ASSERT_EQ(intake.warnings.size(), 1U);
  EXPECT_NE(intake.warnings[0].find("user id " + std::to_string(kTestUser)), std::string::npos);
  EXPECT_NE(intake.warnings[0].find("producer 'bill\\x1bing'"), std::string::npos)
      << intake.warnings[0];
  EXPECT_NE(intake.warnings[0].find("an action was refused; the latest, on line 2: the line is not "
                                    "JSON"),
            std::string::npos)
      << intake.warnings[0];
  const auto other = intake.connect();
  feed(*other, "nonsense\n");
  EXPECT_EQ(intake.warnings.size(), 1U) << "of the same user";
  refuse_at(std::chrono::seconds(62), 1);
  ASSERT_EQ(intake.warnings.size(), 2U);
  EXPECT_NE(intake.warnings[1].find("1001 actions were refused"), std::string::npos)
      << intake.warnings[1];
}

}  // namespace
}  // namespace awps
