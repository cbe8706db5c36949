// awpsd --explain, from the lines of a file to what it says of them, in virtual time.

#include "daemon/awpsd/explain/explain.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/awpsd/explain/explanation.h"
#include "daemon/awpsd/explain/reports.h"
#include "tests/daemon/daemon_harness.h"
#include "tests/support/test_folder.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using Seqs = std::vector<uint64_t>;

constexpr Duration kRoundTrip = milliseconds(25);
constexpr const char* kOneAtATime = "max_in_flight = 1\n";
constexpr const char* kFanOut = "max_in_flight = 1\ncoalesce.fan_out_min = 2\n";

std::string to_user(std::string_view user, std::string_view rest = "") {
  return R"({"actionName":"sendToUser","userId":")" + std::string(user) + R"(","data":"hi")" +
         std::string(rest) + "}\n";
}

std::string to_group(std::string_view data, std::string_view rest = "") {
  return R"({"actionName":"sendToGroup","group":"g","data":")" + std::string(data) + "\"" +
         std::string(rest) + "}\n";
}

/// A file, read and explained under the options of the default hub "chat"; "news" is there, too.
struct Explained {
  explicit Explained(const std::string& lines, const std::string& chat = "",
                     const std::string& more = "") {
    const Config config =
        config_of("service.hub = \"chat\"\n" + more + "[hubs.news]\n[hubs.chat]\n" + chat);
    plan = *make_plan(config, default_settings());
    read_input(lines, plan, config.socket.max_line_bytes, input);
    hubs = explain_input(input, plan, kRoundTrip);
  }

  const ExplainedHub& chat() const { return hubs[0]; }
  std::string text(bool full = false) const {
    std::ostringstream out;
    write_text_report(out, input, hubs, {.round_trip = kRoundTrip, .full = full});
    return out.str();
  }
  std::string json() const {
    std::ostringstream out;
    write_json_report(out, input, hubs);
    return out.str();
  }

  Plan plan;
  ExplainInput input;
  std::vector<ExplainedHub> hubs;
};

void expect_part(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' is not in:\n" << text;
}

// ---- the input

TEST(ExplainInput, NumbersActionsAndKeepsTheirPlaces) {
  const Explained whole(to_user("a") + R"({"batch":[{"actionName":"sendToAll","data":"x"},)" +
                        R"({"actionName":"sendToAll","data":"y"}],"ordered":true})" + "\n");
  ASSERT_EQ(whole.input.places.size(), 3U);
  EXPECT_EQ(whole.input.places[2].line, 2U);
  EXPECT_EQ(whole.input.places[2].element, 2U);
  EXPECT_EQ(whole.input.places[2].elements, 2U);
  ASSERT_EQ(whole.input.by_hub[0].size(), 3U);
  EXPECT_EQ(whole.input.by_hub[0][0].ordered_batch, 0U);
  EXPECT_EQ(whole.input.by_hub[0][2].ordered_batch, 1U);
}

TEST(ExplainInput, LeadsActionsToTheirHubs) {
  const Explained explained(to_user("a") + to_user("b", R"(,"hub":"NEWS")"));
  EXPECT_EQ(explained.input.by_hub[0].size(), 1U);
  ASSERT_EQ(explained.input.by_hub[1].size(), 1U);
  EXPECT_EQ(explained.input.by_hub[1][0].seq, 2U);
}

TEST(ExplainInput, AHelloNamesTheHubOfWhatFollows) {
  const Explained explained("{\"hello\":{\"hub\":\"news\"}}\n" + to_user("a"));
  EXPECT_TRUE(explained.input.by_hub[0].empty());
  ASSERT_EQ(explained.input.by_hub[1].size(), 1U);
  EXPECT_EQ(explained.input.places[0].line, 2U);
}

struct RefusedRow {
  const char* name;
  std::string lines;
  const char* code;
  size_t accepted;
};
void PrintTo(const RefusedRow& row, std::ostream* out) {
  *out << row.name;
}

const RefusedRow kRefused[] = {
    {"NoJson", "nonsense\n" + to_user("a"), "invalid_json", 1},
    {"NoData", R"({"actionName":"sendToAll"})" + ("\n" + to_user("a")), "invalid_action", 1},
    {"AnUnknownHub", to_user("a", R"(,"hub":"nowhere")") + to_user("b"), "unknown_hub", 1},
    {"ABadHelloEndsTheInput", "{\"hello\":{\"hub\":\"nowhere\"}}\n" + to_user("a"), "unknown_hub",
     0},
};

class RefusedInput : public testing::TestWithParam<RefusedRow> {};

TEST_P(RefusedInput, IsKeptWithItsLine) {
  const Explained explained(GetParam().lines);
  ASSERT_EQ(explained.input.refused.size(), 1U);
  EXPECT_EQ(explained.input.refused[0].line, 1U);
  EXPECT_EQ(explained.input.refused[0].code, GetParam().code);
  EXPECT_EQ(explained.input.by_hub[0].size(), GetParam().accepted);
}

INSTANTIATE_TEST_SUITE_P(All, RefusedInput, testing::ValuesIn(kRefused),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(ExplainInput, SaysEachWarningOnce) {
  const Explained explained(to_user("a", R"(,"ordering_key":"k")") +
                            to_user("b", R"(,"ordering_key":"k")"));
  ASSERT_EQ(explained.input.warnings.size(), 1U);
  EXPECT_EQ(explained.input.warnings[0].line, 1U);
}

TEST(ExplainInput, AFileThatIsNotThereIsAnError) {
  const Result<std::string> text = read_input_file("/nowhere/lines");
  ASSERT_FALSE(text.ok());
  expect_part(text.error().message, "/nowhere/lines");
}

// ---- the simulation

TEST(Simulation, AnswersEachRequestAfterARoundTrip) {
  const Explained explained(to_group("1") + to_group("2") + to_group("3"), kOneAtATime);
  ASSERT_EQ(explained.chat().requests.size(), 3U);
  EXPECT_EQ(explained.chat().requests[0].at, Duration::zero());
  EXPECT_EQ(explained.chat().requests[1].at, milliseconds(25));
  EXPECT_EQ(explained.chat().requests[2].at, milliseconds(50));
  EXPECT_EQ(explained.chat().with.took, milliseconds(75));
  EXPECT_EQ(explained.chat().with.delivered, 3U);
}

TEST(Simulation, SendsAtOnceWhatPermitsAllow) {
  const Explained explained(to_user("a") + to_user("b"));
  ASSERT_EQ(explained.chat().requests.size(), 2U);
  EXPECT_EQ(explained.chat().requests[1].at, Duration::zero());
  EXPECT_EQ(explained.chat().with.took, kRoundTrip);
}

TEST(Simulation, PutsTogetherWhatARuleAllowsAndComparesWithCoalescingOff) {
  const Explained explained(to_user("a") + to_user("b") + to_user("c"), kFanOut);
  ASSERT_EQ(explained.chat().requests.size(), 1U);
  const ExplainedRequest& request = explained.chat().requests[0];
  EXPECT_EQ(request.form, OperationForm::kFanOut);
  EXPECT_EQ(request.seqs, (Seqs{1, 2, 3}));
  EXPECT_EQ(request.reason.key, "fan_out");
  EXPECT_EQ(explained.chat().without.requests, 3U);
  EXPECT_EQ(explained.chat().without.took, milliseconds(75));
}

TEST(Simulation, SaysWhatASupersededActionWasSupersededBy) {
  const Explained explained(to_group("1", R"(,"conflationKey":"k")") +
                                to_group("2", R"(,"conflationKey":"k")") +
                                to_group("3", R"(,"conflationKey":"k")"),
                            kOneAtATime);
  ASSERT_EQ(explained.chat().with.ends.size(), 2U);
  EXPECT_EQ(explained.chat().with.ends[0].seq, 1U);
  EXPECT_EQ(explained.chat().with.ends[0].by_seq, 2U);
  EXPECT_EQ(replacing_rule(explained.input, explained.chat().with.ends[0]), "conflate");
  EXPECT_EQ(last_successors(explained.chat().with.ends),
            (std::vector<std::pair<uint64_t, uint64_t>>{{1, 3}, {2, 3}}));
  ASSERT_EQ(explained.chat().requests.size(), 1U);
  EXPECT_EQ(explained.chat().requests[0].superseded, 2U);
}

TEST(Simulation, ExpiresWhatWaitsTooLong) {
  const Explained explained(to_group("1") + to_group("2", R"(,"ttlSeconds":0.01)"), kOneAtATime);
  ASSERT_EQ(explained.chat().with.ends.size(), 1U);
  EXPECT_EQ(explained.chat().with.ends[0].kind, OutcomeKind::kExpired);
  EXPECT_EQ(explained.chat().with.ends[0].seq, 2U);
  EXPECT_EQ(explained.chat().with.ends[0].after, milliseconds(10));
}

TEST(Simulation, HubsOfOneEndpointShareItsLimits) {
  const Explained explained(to_user("a") + to_user("b", R"(,"hub":"news")"), "",
                            "service.requests_per_second = 10\nservice.burst = \"1ms\"\n");
  ASSERT_EQ(explained.hubs.size(), 2U);
  ASSERT_EQ(explained.hubs[1].requests.size(), 1U);
  EXPECT_EQ(explained.chat().requests[0].at, Duration::zero());
  EXPECT_GE(explained.hubs[1].requests[0].at, milliseconds(90));
}

TEST(Simulation, TakesAFleetsLimitForThisDaemonsAlone) {
  const Explained explained(to_user("a") + to_user("b", R"(,"hub":"news")"), "",
                            "service.requests_per_second = 10\nservice.burst = \"1ms\"\n"
                            "service.shared_by = \"orders\"\n"
                            "[streams.orders]\nbrokers = \"127.0.0.1:1\"\ntopic = \"t\"\n");
  ASSERT_EQ(explained.hubs.size(), 2U);
  ASSERT_EQ(explained.hubs[1].requests.size(), 1U);
  EXPECT_GE(explained.hubs[1].requests[0].at, milliseconds(90));
  EXPECT_LE(explained.hubs[1].requests[0].at, milliseconds(200));
}

// ---- the reports

TEST(TextReport, ShowsRequestsWithTheirLinesAndReasons) {
  const std::string text = Explained(to_user("a") + to_user("b"), kFanOut).text();
  expect_part(text, "hub chat: ");
  expect_part(text, "/:send?filter=userId in ('a','b')");
  expect_part(text, "lines 1–2: fan_out: 2 sends of one message");
  expect_part(text, "2 actions: 2 carried by 1 request in 25 ms; without coalescing: 2 requests");
}

TEST(TextReport, SumsUpWhatIsAlikeUnlessAllIsWanted) {
  std::string lines;
  for (int user = 1; user <= 10; ++user) lines += to_user(std::to_string(user));
  const Explained explained(lines, "coalesce.fan_out = \"off\"\n");
  expect_part(explained.text(), "… and so 9 more requests at 0 ms: lines 2–10");
  EXPECT_EQ(explained.text(/*full=*/true).find("and so"), std::string::npos);
  expect_part(explained.text(/*full=*/true), "line 10: single");
}

TEST(TextReport, ShowsWhatWasRefused) {
  expect_part(Explained("nonsense\n").text(), "line 1: refused (invalid_json)");
}

TEST(JsonReport, HasAnObjectForEverythingALineBecame) {
  const std::string json =
      Explained(to_user("a") + "nonsense\n" + to_group("1", R"(,"conflationKey":"k")") +
                    to_group("2", R"(,"conflationKey":"k")"),
                kOneAtATime)
          .json();
  expect_part(json, R"({"type":"refused","line":2,"code":"invalid_json","message":")");
  expect_part(json, R"({"type":"hub","hub":"chat","url":"https://main.example/api/hubs/chat)");
  expect_part(json, R"({"type":"superseded","hub":"chat","ms":0,"seq":3,"line":3,"bySeq":4,)"
                    R"("byLine":4,"rule":"conflate"})");
  expect_part(json, R"("actionName":"sendToUser","actions":1,"seqs":[1],"lines":[1]})");
  expect_part(json, R"("actions":3,"carried":2,"requests":2,"ms":50,"superseded":1,"expired":0,)");
  expect_part(json, R"({"type":"summary","hub":"news","actions":0,)");
}

TEST(Explain, NeedsNoSecret) {
  const TestFolder folder;
  const std::string file = folder.write("lines", to_user("a"));
  testing::internal::CaptureStdout();
  const Config config = config_of(
      "gateway.listen = \"127.0.0.1:1\"\ngateway.allow_keys = [\"NoKey\"]\n[hubs.chat]\n");
  const ExitCode code = explain({.file = file}, config, settings_of({}));
  const std::string text = testing::internal::GetCapturedStdout();
  EXPECT_EQ(code, ExitCode::kDataError);  // there is no default hub
  expect_part(text, "line 1: refused (unknown_hub)");
}

TEST(Explain, NeedsNoConfiguration) {
  const TestFolder folder;
  const std::string file = folder.write("lines", to_user("a"));
  testing::internal::CaptureStdout();
  const ExitCode code = explain({.file = file}, config_of(""), settings_of({}));
  const std::string text = testing::internal::GetCapturedStdout();
  EXPECT_EQ(code, ExitCode::kOk);
  expect_part(text, "https://example.webpubsub.azure.com/api/hubs/example");
}

TEST(Explain, NamesKeysThatNarrowInVain) {
  const Explained explained(
      "{\"actionName\":\"sendToAll\",\"userId\":\"ann\",\"data\":\"private\"}\n" + to_user("ann"));
  EXPECT_EQ(explained.chat().with.accepted, 1U);
  const std::string text = explained.text();
  EXPECT_NE(text.find("line 1: refused (invalid_action): 'userId' is no field of sendToAll"),
            std::string::npos)
      << text;
}

TEST(Explain, TakesNoPieceOfAnArrayOfSeveralLines) {
  const Explained explained("[\n" + to_user("ann") + "]\n");
  EXPECT_EQ(explained.chat().with.accepted, 0U);
  EXPECT_EQ(explained.input.refused.size(), 3U);
}

}  // namespace
}  // namespace awps
