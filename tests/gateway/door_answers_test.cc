// The table of the answers end to end: what becomes of an action in its hub, and what its caller
// reads.

#include <gtest/gtest.h>

#include "tests/gateway/door_rig.h"

namespace awps {
namespace {

constexpr char kRemoval[] = "/api/hubs/chat/users/ann/groups/g?api-version=2024-12-01";

std::shared_ptr<const ServiceAnswer> services(uint16_t status) {
  return std::make_shared<const ServiceAnswer>(
      ServiceAnswer{.status = status,
                    .content_type = "application/json; charset=utf-8",
                    .error_code = "Its.Code",
                    .body = R"({"code":"Its.Code"})"});
}

TEST(DoorAnswers, ASendBecomesAnActionOfItsHub) {
  DoorRig rig;
  HttpClient client = rig.client();
  client.write(send_text("hello", {"User-Agent: azsdk-js/1.2.0 (\xC3\xA9)"}));
  const auto taken = rig.hub().take();
  EXPECT_EQ(taken.action->kind, ActionKind::kSendToAll);
  EXPECT_EQ(taken.data(), "hello");
  EXPECT_EQ(taken.producer, "gateway/azsdk-js/1.2.0 ()");
  rig.hub().settle(taken);
  const HttpAnswer answer = client.read();
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.header("x-awpsd-outcome"), "");
  EXPECT_EQ(answer.body, "");
}

struct EndCase {
  const char* name;
  const char* method;
  std::string target;
  Outcome outcome;
  int status;
  std::string outcome_header;
  std::string error_code;
};

class ActionEnd : public testing::TestWithParam<EndCase> {};

TEST_P(ActionEnd, IsAnswered) {
  DoorRig rig;
  HttpClient client = rig.client();
  client.write(request_of(GetParam().method, GetParam().target));
  rig.hub().settle(rig.hub().take(), GetParam().outcome);
  const HttpAnswer answer = client.read();
  EXPECT_EQ(answer.status, GetParam().status);
  EXPECT_EQ(answer.header("x-awpsd-outcome"), GetParam().outcome_header);
  EXPECT_EQ(answer.header("x-ms-error-code"), GetParam().error_code);
  EXPECT_EQ(answer.header("retry-after"), "");
}

const std::string kAddition = kRemoval;

INSTANTIATE_TEST_SUITE_P(
    All, ActionEnd,
    testing::Values(
        EndCase{"DeliveredAddition", "PUT", kAddition, {}, 200, "", ""},
        EndCase{"DeliveredRemoval", "DELETE", kRemoval, {}, 204, "", ""},
        EndCase{"TargetGone",
                "PUT",
                kAddition,
                {.target_gone = true, .http_status = 404, .answer = services(404)},
                404,
                "",
                "Its.Code"},
        EndCase{"Superseded",
                "PUT",
                kAddition,
                {.kind = OutcomeKind::kSuperseded},
                200,
                "superseded",
                ""},
        EndCase{"Expired", "DELETE", kRemoval, {.kind = OutcomeKind::kExpired}, 204, "expired", ""},
        EndCase{"RefusedByTheService",
                "PUT",
                kAddition,
                {.kind = OutcomeKind::kDeadLettered,
                 .http_status = 400,
                 .error_code = "refused",
                 .answer = services(400)},
                400,
                "",
                "Its.Code"},
        EndCase{"GivenUp",
                "PUT",
                kAddition,
                {.kind = OutcomeKind::kDeadLettered,
                 .http_status = 503,
                 .error_code = "retries_exhausted"},
                409,
                "",
                "Error.awpsd.NotDelivered"},
        EndCase{"KeptAtTheStop",
                "PUT",
                kAddition,
                {.kind = OutcomeKind::kAbandoned, .error_code = "shutting_down"},
                200,
                "accepted",
                ""},
        EndCase{"LostAtTheStop",
                "PUT",
                kAddition,
                {.kind = OutcomeKind::kAbandoned, .error_code = "lost"},
                503,
                "",
                "Error.awpsd.ShuttingDown"}),
    [](const auto& row) { return row.param.name; });

TEST(DoorAnswers, AnUnsettledActionIsAnsweredAsAcceptedInTime) {
  DoorRig rig;
  HttpClient client = rig.client();
  client.write(send_text("slow"));
  const auto taken = rig.hub().take();
  rig.pass(std::chrono::milliseconds(4999));
  EXPECT_FALSE(client.has_unread());
  rig.pass(std::chrono::milliseconds(2));
  const HttpAnswer answer = client.read();
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.header("x-awpsd-outcome"), "accepted");
  rig.hub().settle(taken);  // nobody is told twice
  EXPECT_EQ(client.ask(request_of("DELETE", "/nowhere")).status, 404);
}

TEST(DoorAnswers, AcceptedModeAnswersAtOnce) {
  DoorRig rig({.change_rules = [](HubRules& rules) { rules.answer = AnswerMode::kAccepted; }});
  HttpClient client = rig.client();
  const HttpAnswer answer = client.ask(send_text("a"));
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.header("x-awpsd-outcome"), "accepted");
}

TEST(DoorAnswers, ARequestChoosesItsAnswer) {
  DoorRig rig;
  HttpClient client = rig.client();
  const HttpAnswer answer = client.ask(send_text("a", {"x-awpsd-answer: accepted"}));
  EXPECT_EQ(answer.header("x-awpsd-outcome"), "accepted");
}

TEST(DoorAnswers, APausedHubAnswersAtOnce) {
  DoorRig rig({.change_rules = [](HubRules& rules) { rules.is_paused = [] { return true; }; }});
  HttpClient client = rig.client();
  EXPECT_EQ(client.ask(send_text("a")).header("x-awpsd-outcome"), "accepted");
}

struct RefusalCase {
  const char* name;
  std::string request;
  int status;
};

class Refused : public testing::TestWithParam<RefusalCase> {};

TEST_P(Refused, BecomesNoAction) {
  DoorRig rig;
  HttpClient client = rig.client();
  const HttpAnswer answer = client.ask(GetParam().request);
  EXPECT_EQ(answer.status, GetParam().status);
  EXPECT_EQ(rig.hub().count(), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    All, Refused,
    testing::Values(
        RefusalCase{"UnknownHub", send_text("a", {}, "/api/hubs/other/:send"), 404},
        RefusalCase{"UnknownPath", send_text("a", {}, "/api/hubs/chat/:shout"), 404},
        RefusalCase{"WrongVerb", request_of("PUT", "/api/hubs/chat/groups/g"), 405},
        RefusalCase{"ClientsPath", request_of("GET", "/client/hubs/chat"), 421},
        RefusalCase{"ApiVersion", send_text("a", {}, "/api/hubs/chat/:send?api-version=1999-01-01"),
                    400},
        RefusalCase{"OwnHeader", send_text("a", {"x-awpsd-unordered: yes"}), 400},
        RefusalCase{"Metadata", send_text("a", {"X-WebPubSub-Metadata-a: b"}), 400},
        RefusalCase{
            "Json",
            request_of("POST", "/api/hubs/chat/:send", {"Content-Type: application/json"}, "{"),
            400},
        RefusalCase{"ContentType",
                    request_of("POST", "/api/hubs/chat/:send", {"Content-Type: image/png"}, "x"),
                    415},
        RefusalCase{"TooLarge", send_text(std::string((size_t{1} << 20U) + 1, 'x')), 413}),
    [](const auto& row) { return row.param.name; });

TEST(DoorAnswers, RequestsOfOneConnectionAreAnsweredInOrder) {
  DoorRig rig;
  HttpClient client = rig.client();
  client.write(send_text("a") + request_of("PUT", kAddition) + request_of("DELETE", kRemoval));
  const auto send = rig.hub().take();
  const auto add = rig.hub().take();
  const auto remove = rig.hub().take();
  EXPECT_LT(send.seq, add.seq);
  EXPECT_LT(add.seq, remove.seq);
  EXPECT_EQ(send.account, remove.account);
  rig.hub().settle(remove);
  rig.hub().settle(add);
  rig.hub().settle(send);
  EXPECT_EQ(client.read().status, 202);
  EXPECT_EQ(client.read().status, 200);
  EXPECT_EQ(client.read().status, 204);
}

TEST(DoorAnswers, CountsRequestsByOperationAndStatus) {
  DoorRig rig;
  HttpClient client = rig.client();
  client.write(send_text("a"));
  rig.hub().settle(rig.hub().take());
  client.read();
  client.ask(request_of("DELETE", "/nowhere"));
  const GatewayValues values = rig.counters.values();
  EXPECT_EQ(values.requests.at({"sendToAll", 202}), 1U);
  EXPECT_EQ(values.requests.at({"unknown", 404}), 1U);
  EXPECT_EQ(values.refused.at("route"), 1U);
}

TEST(DoorAnswers, WarnsOnceOfAnEncodedSlash) {
  DoorRig rig;
  HttpClient client = rig.client();
  for (int i = 0; i < 2; ++i) {
    client.write(send_text("a", {}, "/api/hubs/chat/users/a%2Fb/:send"));
    rig.hub().settle(rig.hub().take());
    EXPECT_EQ(client.read().status, 202);
  }
  EXPECT_EQ(rig.warnings.size(), 1U);
}

}  // namespace
}  // namespace awps
