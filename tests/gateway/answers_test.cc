#include "gateway/answers.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

namespace awps {
namespace {

std::string header(const GatewayAnswer& answer, std::string_view name) {
  for (const auto& [known, value] : answer.headers) {
    if (known == name) return value;
  }
  return "";
}

std::vector<Route> writes() {
  std::vector<Route> routes;
  for (size_t i = 0; i < kRoutes; ++i) {
    if (is_write(static_cast<Route>(i))) routes.push_back(static_cast<Route>(i));
  }
  return routes;
}

std::shared_ptr<const ServiceAnswer> service(uint16_t status) {
  return std::make_shared<const ServiceAnswer>(ServiceAnswer{.status = status,
                                                             .content_type = "application/json",
                                                             .error_code = "Error.X",
                                                             .body = "{\"code\":\"Error.X\"}"});
}

Outcome dead_letter(std::string code, uint16_t status) {
  Outcome outcome;
  outcome.kind = OutcomeKind::kDeadLettered;
  outcome.http_status = status;
  outcome.error_code = std::move(code);
  outcome.error_message = "why";
  return outcome;
}

TEST(Answers, ASuccessHasExactlyTheServicesCode) {
  // As the JavaScript SDK 1.2.0 demands it, whatever its OpenAPI file says.
  const std::map<std::string_view, int> wanted = {{"sendToAll", 202},
                                                  {"sendToGroup", 202},
                                                  {"sendToUser", 202},
                                                  {"sendToConnection", 202},
                                                  {"addUserToGroup", 200},
                                                  {"removeUserFromGroup", 204},
                                                  {"removeUserFromAllGroups", 204},
                                                  {"addConnectionToGroup", 200},
                                                  {"removeConnectionFromGroup", 204},
                                                  {"removeConnectionFromAllGroups", 204},
                                                  {"addConnectionsToGroups", 200},
                                                  {"removeConnectionsFromGroups", 200},
                                                  {"closeAllConnections", 204},
                                                  {"closeConnection", 204},
                                                  {"closeGroupConnections", 204},
                                                  {"closeUserConnections", 204},
                                                  {"grantPermission", 200},
                                                  {"revokePermission", 204}};
  EXPECT_EQ(writes().size(), wanted.size());
  for (const Route route : writes()) {
    const GatewayAnswer answer = answer_of(route, Outcome{});
    EXPECT_EQ(answer.status, wanted.at(name_of(route))) << name_of(route);
    EXPECT_TRUE(answer.body.empty());
    EXPECT_TRUE(answer.headers.empty());
    EXPECT_TRUE(answer.is_accepted);
  }
}

TEST(Answers, OtherSuccessesSayTheirOutcome) {
  for (const OutcomeKind kind :
       {OutcomeKind::kSuperseded, OutcomeKind::kExpired, OutcomeKind::kDuplicate}) {
    Outcome outcome;
    outcome.kind = kind;
    const GatewayAnswer answer = answer_of(Route::kSendToAll, outcome);
    EXPECT_EQ(answer.status, 202);
    EXPECT_EQ(header(answer, "x-awpsd-outcome"), name_of(kind));
  }
  EXPECT_EQ(header(accepted_answer(Route::kCloseConnection), "x-awpsd-outcome"), "accepted");
  EXPECT_EQ(accepted_answer(Route::kCloseConnection).status, 204);
}

TEST(Answers, ATargetThatIsGoneIsTheServices404) {
  Outcome outcome;
  outcome.target_gone = true;
  outcome.http_status = 404;
  outcome.answer = service(404);
  GatewayAnswer answer = answer_of(Route::kAddUserToGroup, outcome);
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body, outcome.answer->body);
  EXPECT_EQ(answer.content_type, "application/json");
  EXPECT_EQ(header(answer, "x-ms-error-code"), "Error.X");
  outcome.answer = nullptr;
  answer = answer_of(Route::kAddUserToGroup, outcome);
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(header(answer, "x-ms-error-code"), "Error.awpsd.TargetGone");
}

TEST(Answers, ARefusalIsTheServices) {
  Outcome outcome = dead_letter("refused", 400);
  outcome.answer = service(400);
  GatewayAnswer answer = answer_of(Route::kSendToAll, outcome);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body, outcome.answer->body);
  outcome.answer = nullptr;
  answer = answer_of(Route::kSendToAll, outcome);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(header(answer, "x-ms-error-code"), "Error.awpsd.Refused");
}

TEST(Answers, EveryOtherDeadLetterIsAConflict) {
  for (const Outcome& outcome :
       {dead_letter("retries_exhausted", 400), dead_letter("ambiguous", 0),
        dead_letter("refused", 0), dead_letter("refused", 429), dead_letter("refused", 408),
        dead_letter("refused", 500), dead_letter("unreadable", 0)}) {
    const GatewayAnswer answer = answer_of(Route::kSendToAll, outcome);
    EXPECT_EQ(answer.status, 409) << outcome.error_code << outcome.http_status;
    EXPECT_EQ(header(answer, "x-ms-error-code"), "Error.awpsd.NotDelivered");
  }
}

TEST(Answers, NothingAcceptedIsAnsweredSoThatAnSdkRetries) {
  for (const Route route : writes()) {
    for (int kind = 0; kind <= kOutcomeKinds; ++kind) {
      for (const char* const code : {"", "refused", "shutting_down", "kept", "ambiguous"}) {
        for (uint16_t status = 0; status < 600; ++status) {
          Outcome outcome = dead_letter(code, status);
          outcome.kind = static_cast<OutcomeKind>(kind);
          if (status % 2 == 0) outcome.answer = service(status);
          outcome.target_gone = status == 404;
          const GatewayAnswer answer = answer_of(route, outcome);
          ASSERT_TRUE(answer.status < 500 && answer.status != 408 && answer.status != 429);
          ASSERT_EQ(header(answer, "Retry-After"), "");
          ASSERT_TRUE(answer.is_accepted && !answer.ends_connection);
        }
      }
    }
  }
}

TEST(Answers, WhatIsLostAtTheStopIsToBeSentAgain) {
  Outcome outcome = dead_letter("lost", 0);
  outcome.kind = OutcomeKind::kAbandoned;
  const GatewayAnswer answer = answer_of(Route::kSendToAll, outcome);
  EXPECT_EQ(answer.status, 503);
  EXPECT_TRUE(answer.ends_connection);
  EXPECT_FALSE(answer.is_accepted);
  outcome.error_code = "kept";
  EXPECT_EQ(answer_of(Route::kSendToAll, outcome), accepted_answer(Route::kSendToAll));
}

struct RejectRow {
  RejectCode code;
  int status;
  std::string_view retry_after;
  bool ends;
};

TEST(Answers, WhatIsNotAccepted) {
  for (const RejectRow& row : {RejectRow{RejectCode::kInvalidJson, 400, "", false},
                               RejectRow{RejectCode::kInvalidAction, 400, "", false},
                               RejectRow{RejectCode::kLineTooLong, 400, "", false},
                               RejectRow{RejectCode::kMessageTooLarge, 413, "", false},
                               RejectRow{RejectCode::kUnknownHub, 404, "", false},
                               RejectRow{RejectCode::kForbidden, 403, "", false},
                               RejectRow{RejectCode::kQueueFull, 503, "1", false},
                               RejectRow{RejectCode::kStorageFailed, 503, "1", false},
                               RejectRow{RejectCode::kShuttingDown, 503, "", true}}) {
    const GatewayAnswer answer = refused_answer(row.code, "say \"why\"");
    EXPECT_EQ(answer.status, row.status);
    EXPECT_EQ(header(answer, "Retry-After"), row.retry_after);
    EXPECT_EQ(answer.ends_connection, row.ends);
    EXPECT_FALSE(answer.is_accepted);
    const auto body = nlohmann::json::parse(answer.body);
    EXPECT_EQ(body["message"], "say \"why\"");
    EXPECT_EQ(body["code"], header(answer, "x-ms-error-code"));
    EXPECT_TRUE(body.contains("target") && body.contains("details"));
  }
}

TEST(Answers, RefusalsOfTheRequest) {
  const GatewayAnswer answer = refused_answer(
      HttpRefusal{.status = 405, .code = "Error.C", .message = "m", .allow = "HEAD"});
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(header(answer, "Allow"), "HEAD");
  EXPECT_FALSE(answer.is_accepted);
}

TEST(Answers, AnUnauthorizedRequestGetsNoBody) {
  GatewayAnswer answer = unauthorized_answer({BearerReason::kAudience, "The audience is invalid"});
  EXPECT_EQ(answer.status, 401);
  EXPECT_TRUE(answer.body.empty());
  EXPECT_EQ(header(answer, "WWW-Authenticate"),
            R"(Bearer error="invalid_token", error_description="The audience is invalid")");
  answer = unauthorized_answer({BearerReason::kMissing, ""});
  EXPECT_EQ(header(answer, "WWW-Authenticate"), "Bearer");
}

TEST(Answers, TheServicesCodeEndsNoHeader) {
  Outcome outcome = dead_letter("refused", 400);
  outcome.answer = std::make_shared<const ServiceAnswer>(
      ServiceAnswer{.status = 400, .error_code = "a\r\nSet-Cookie: x"});
  EXPECT_EQ(header(answer_of(Route::kSendToAll, outcome), "x-ms-error-code"), "a??Set-Cookie: x");
}

TEST(Answers, BecomeReplies) {
  const http_server::Reply reply = reply_of(stopping_answer("m"));
  EXPECT_EQ(reply.status, 503);
  EXPECT_TRUE(reply.ends_connection);
  EXPECT_FALSE(reply.body.empty());
  EXPECT_EQ(reply.content_type, "application/json; charset=utf-8");
}

}  // namespace
}  // namespace awps
