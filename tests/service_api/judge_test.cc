// The table of design §6, row by row.

#include "service_api/judge.h"

#include <gtest/gtest.h>

#include <ostream>

namespace awps {

std::ostream& operator<<(std::ostream& out, const Verdict& verdict) {
  static constexpr const char* kKinds[] = {"done",       "retry",     "give up",
                                           "credential", "forbidden", "endpoint at fault"};
  out << kKinds[static_cast<size_t>(verdict.kind)];
  out << (verdict.blame == Blame::kAction ? ", of the action" : ", of the endpoint");
  if (verdict.target_gone) out << ", target gone";
  if (verdict.ambiguous) out << ", ambiguous";
  if (verdict.throttled) out << ", throttled";
  if (verdict.way_failed) out << ", of the way";
  if (verdict.splittable) out << ", splittable";
  if (verdict.form_suspect) out << ", form suspect";
  static constexpr const char* kBounds[] = {"", ", filter", ", url", ", body"};
  out << kBounds[static_cast<size_t>(verdict.exceeded)];
  if (verdict.retry_after) out << ", after " << to_seconds(*verdict.retry_after) << " s";
  return out;
}

namespace {

using enum VerdictKind;
using std::chrono::seconds;

struct Answer {
  int status = 0;
  TransportError error = TransportError::kNone;
  std::string code{};
  std::string body{};
  std::string content_type{};
  std::optional<Duration> retry_after{};
};

HttpResponse response_of(const Answer& answer) {
  HttpResponse response;
  response.status = answer.status;
  response.error = answer.error;
  response.error_code = answer.code;
  response.body = answer.body;
  response.content_type = answer.content_type;
  response.retry_after = answer.retry_after;
  return response;
}

// "A" charges the action, "E" the endpoint; a word for each thing that is true besides.
Verdict verdict(VerdictKind kind, std::string_view words,
                std::optional<Duration> retry_after = std::nullopt) {
  const auto says = [words](std::string_view word) { return words.find(word) != words.npos; };
  Verdict result;
  result.kind = kind;
  result.blame = says("E") ? Blame::kEndpoint : Blame::kAction;
  result.target_gone = says("gone");
  result.ambiguous = says("ambiguous");
  result.throttled = says("throttled");
  result.way_failed = says("way");
  result.splittable = says("split");
  result.form_suspect = says("form");
  if (says("filter")) result.exceeded = ExceededBound::kFilter;
  if (says("url")) result.exceeded = ExceededBound::kUrl;
  if (says("body")) result.exceeded = ExceededBound::kBody;
  result.retry_after = retry_after;
  return result;
}

// The service's own shapes of an error, and what is none.
constexpr const char* kFlat = R"({"code":"Error.BadRequest","message":"m","target":"group"})";
constexpr const char* kNested = R"({"error":{"code":"A","message":"m"}})";
constexpr const char* kProblem = R"({"type":null,"title":"T","status":400,"detail":"d"})";
constexpr const char* kOldField = R"({"errors":{"filter":["The field filter …"]},"title":"T"})";
constexpr const char* kHtml = "<html><body>Invalid Hostname</body></html>";

constexpr JudgedOperation kSend{.is_send = true, .coalesced = false, .method = HttpMethod::kPost};
constexpr JudgedOperation kFanOut{.is_send = true, .coalesced = true, .method = HttpMethod::kPost};
constexpr JudgedOperation kAdd{.is_send = false, .coalesced = false, .method = HttpMethod::kPut};
constexpr JudgedOperation kRemove{
    .is_send = false, .coalesced = false, .method = HttpMethod::kDelete};
constexpr JudgedOperation kBulk{.is_send = false, .coalesced = true, .method = HttpMethod::kPost};

struct Row {
  const char* name;
  Answer answer;
  JudgedOperation operation;
  Verdict expected;
};

class JudgeTest : public testing::TestWithParam<Row> {};

TEST_P(JudgeTest, FollowsTheTable) {
  EXPECT_EQ(judge(response_of(GetParam().answer), GetParam().operation), GetParam().expected);
}

const auto by_name = [](const auto& row) { return row.param.name; };

INSTANTIATE_TEST_SUITE_P(
    Success, JudgeTest,
    testing::Values(Row{"Accepted", {.status = 202}, kSend, verdict(kDone, "A")},
                    Row{"Ok", {.status = 200}, kAdd, verdict(kDone, "A")},
                    Row{"NoContent", {.status = 204}, kRemove, verdict(kDone, "A")},
                    Row{"AcceptedFanOut", {.status = 202}, kFanOut, verdict(kDone, "A")},
                    Row{"AcceptedThenReset",
                        {.status = 202, .error = TransportError::kBroken},
                        kSend,
                        verdict(kDone, "A")},
                    Row{"AcceptedThenStalled",
                        {.status = 202, .error = TransportError::kTimeout},
                        kSend,
                        verdict(kDone, "A")},
                    Row{"JsonType",
                        {.status = 200, .content_type = "application/json"},
                        kAdd,
                        verdict(kDone, "A")},
                    Row{"TargetGone",
                        {.status = 404, .code = "Warning.User.NotExisted"},
                        kAdd,
                        verdict(kDone, "A gone")},
                    Row{"TargetGoneWithOtherPrefix",
                        {.status = 404, .code = "Info.Connection.NotExisted"},
                        kAdd,
                        verdict(kDone, "A gone")},
                    Row{"TargetGoneByBody",
                        {.status = 404,
                         .body = R"({"code":"Error.Connection.NotExisted","message":"m"})"},
                        kAdd,
                        verdict(kDone, "A gone")},
                    Row{"TargetGoneOfARemove",
                        {.status = 404, .code = "Warning.User.NotExisted"},
                        kRemove,
                        verdict(kDone, "A gone")},
                    Row{"TargetGoneOfASend",
                        {.status = 404, .code = "Error.Connection.NotExisted"},
                        kSend,
                        verdict(kDone, "A gone")}),
    by_name);

INSTANTIATE_TEST_SUITE_P(
    GiveUp, JudgeTest,
    testing::Values(
        Row{"BadRequest",
            {.status = 400, .code = "Error.BadRequest"},
            kSend,
            verdict(kGiveUp, "A")},
        Row{"BadRequestByItsBody", {.status = 400, .body = kFlat}, kSend, verdict(kGiveUp, "A")},
        Row{"BadRequestNested", {.status = 400, .body = kNested}, kSend, verdict(kGiveUp, "A")},
        Row{"BadRequestAsAProblem",
            {.status = 400, .body = kProblem},
            kSend,
            verdict(kGiveUp, "A")},
        Row{"BadFieldOfTheOldShape",
            {.status = 400, .body = kOldField},
            kSend,
            verdict(kGiveUp, "A")},
        Row{"BadFilterOfTheOldShapeOfFanOut",
            {.status = 400, .body = kOldField},
            kFanOut,
            verdict(kGiveUp, "A split filter")},
        Row{"BadRequestOfFanOut",
            {.status = 400, .body = kFlat},
            kFanOut,
            verdict(kGiveUp, "A split")},
        Row{"BadFilterOfFanOut",
            {.status = 400, .body = R"({"code":"Error.BadRequest","target":"filter"})"},
            kFanOut,
            verdict(kGiveUp, "A split filter")},
        Row{"BadFilterByItsMessage",
            {.status = 400, .body = R"({"message":"Invalid syntax: parameter filter"})"},
            kFanOut,
            verdict(kGiveUp, "A split filter")},
        Row{"BadRequestOfBulk",
            {.status = 400, .code = "Error.BadRequest"},
            kBulk,
            verdict(kGiveUp, "A split")},
        Row{"Conflict", {.status = 409, .body = kFlat}, kAdd, verdict(kGiveUp, "A")},
        Row{"ConflictOfBulk", {.status = 409, .body = kFlat}, kBulk, verdict(kGiveUp, "A split")},
        Row{"TooLarge", {.status = 413, .body = kFlat}, kSend, verdict(kGiveUp, "A")},
        Row{"TooLargeFanOut", {.status = 413}, kFanOut, verdict(kGiveUp, "A split body")},
        Row{"TooLargeFanOutAsHtml",
            {.status = 413, .body = kHtml},
            kFanOut,
            verdict(kGiveUp, "A split body")},
        Row{"UrlTooLong", {.status = 414, .body = kFlat}, kSend, verdict(kGiveUp, "A")},
        Row{"UrlTooLongOfFanOut", {.status = 414}, kFanOut, verdict(kGiveUp, "A split url")},
        Row{"ContentType", {.status = 415, .body = kFlat}, kSend, verdict(kGiveUp, "A")},
        Row{"ContentTypeOfFanOut",
            {.status = 415, .body = kFlat},
            kFanOut,
            verdict(kGiveUp, "A split")},
        Row{"HeaderTooLarge", {.status = 431, .body = kFlat}, kSend, verdict(kGiveUp, "A")},
        Row{"HeaderTooLargeOfFanOut",
            {.status = 431, .content_type = "text/html"},
            kFanOut,
            verdict(kGiveUp, "A split url")},
        Row{"NobodyThereOfSeveral",
            {.status = 404, .code = "Warning.User.NotExisted"},
            kBulk,
            verdict(kGiveUp, "A split")},
        Row{"TooLargeThenReset",
            {.status = 413, .error = TransportError::kBroken, .body = kFlat},
            kSend,
            verdict(kGiveUp, "A")}),
    by_name);

// What is not plainly the service's own word gives nothing up.
INSTANTIATE_TEST_SUITE_P(
    RefusedBySomebody, JudgeTest,
    testing::Values(
        Row{"BadRequestAsHtml",
            {.status = 400, .body = kHtml},
            kSend,
            verdict(kEndpointAtFault, "E")},
        Row{"BadRequestAsHtmlOfFanOut",
            {.status = 400, .body = kHtml},
            kFanOut,
            verdict(kEndpointAtFault, "E form")},
        Row{"BadRequestByContentType",
            {.status = 400, .code = "Error.BadRequest", .content_type = "text/html; charset=x"},
            kSend,
            verdict(kEndpointAtFault, "E")},
        Row{"BadRequestWithoutAWord", {.status = 400}, kSend, verdict(kEndpointAtFault, "E")},
        Row{"BadRequestInPlainText",
            {.status = 400, .body = "no"},
            kSend,
            verdict(kEndpointAtFault, "E")},
        Row{"BadRequestInOtherJson",
            {.status = 400, .body = R"({"error":"invalid_client","error_description":"AADSTS1"})"},
            kSend,
            verdict(kEndpointAtFault, "E")},
        Row{"ConflictAsHtml", {.status = 409, .body = kHtml}, kAdd, verdict(kEndpointAtFault, "E")},
        Row{"TooLargeAsHtml",
            {.status = 413, .body = kHtml},
            kSend,
            verdict(kEndpointAtFault, "E")},
        Row{"UrlTooLongWithoutAWord", {.status = 414}, kSend, verdict(kEndpointAtFault, "E")},
        Row{"ContentTypeWithoutAWord", {.status = 415}, kSend, verdict(kEndpointAtFault, "E")},
        Row{"ContentTypeWithoutAWordOfFanOut",
            {.status = 415},
            kFanOut,
            verdict(kEndpointAtFault, "E form")},
        Row{"HeaderTooLargeWithoutAWord", {.status = 431}, kSend, verdict(kEndpointAtFault, "E")},
        Row{"PaymentRequired",
            {.status = 402, .body = kFlat},
            kSend,
            verdict(kEndpointAtFault, "E")},
        Row{"NotAcceptable", {.status = 406, .body = kFlat}, kSend, verdict(kEndpointAtFault, "E")},
        Row{"Gone", {.status = 410, .body = kFlat}, kAdd, verdict(kEndpointAtFault, "E")},
        Row{"GoneOfBulk", {.status = 410}, kBulk, verdict(kEndpointAtFault, "E form")},
        Row{"ExpectationFailed", {.status = 417}, kSend, verdict(kEndpointAtFault, "E")},
        Row{"Misdirected", {.status = 421}, kSend, verdict(kEndpointAtFault, "E")},
        Row{"Unprocessable", {.status = 422, .body = kFlat}, kSend, verdict(kEndpointAtFault, "E")},
        Row{"UpgradeRequired", {.status = 426}, kSend, verdict(kEndpointAtFault, "E")},
        Row{"ForLegalReasons",
            {.status = 451, .body = kHtml},
            kSend,
            verdict(kEndpointAtFault, "E")},
        Row{"Unknown", {.status = 499}, kSend, verdict(kEndpointAtFault, "E")}),
    by_name);

INSTANTIATE_TEST_SUITE_P(
    Credential, JudgeTest,
    testing::Values(
        Row{"Unauthorized", {.status = 401}, kSend, verdict(kCredential, "E")},
        Row{"UnauthorizedFanOut", {.status = 401}, kFanOut, verdict(kCredential, "E")},
        Row{"ForbiddenByTheNetwork", {.status = 403}, kSend, verdict(kCredential, "E")},
        Row{"ForbiddenByTheFrontEnd",
            {.status = 403, .body = "<html>"},
            kSend,
            verdict(kCredential, "E")},
        Row{"ForbiddenByRole",
            {.status = 403, .code = "Error.Forbidden"},
            kAdd,
            verdict(kForbidden, "E")},
        Row{"ForbiddenByRoleInTheBody",
            {.status = 403, .body = R"({"code":"Error.Forbidden"})"},
            kAdd,
            verdict(kForbidden, "E")},
        Row{"ForbiddenFanOut", {.status = 403}, kFanOut, verdict(kCredential, "E split")},
        Row{"ForbiddenFanOutByRole",
            {.status = 403, .code = "Error.Forbidden"},
            kFanOut,
            verdict(kForbidden, "E split")}),
    by_name);

INSTANTIATE_TEST_SUITE_P(
    EndpointAtFault, JudgeTest,
    testing::Values(
        Row{"NoSuchRoute", {.status = 404}, kSend, verdict(kEndpointAtFault, "E")},
        Row{"NoSuchRouteForPut", {.status = 404}, kAdd, verdict(kEndpointAtFault, "E")},
        Row{"NoSuchRouteOfBulk", {.status = 404}, kBulk, verdict(kEndpointAtFault, "E form")},
        Row{"NotFoundInTheServicesShape",
            {.status = 404, .body = kFlat},
            kSend,
            verdict(kEndpointAtFault, "E")},
        Row{"NotExistedAsHtml",
            {.status = 404, .code = "Warning.User.NotExisted", .body = kHtml},
            kAdd,
            verdict(kEndpointAtFault, "E")},
        Row{"HubNotExisted",
            {.status = 404, .code = "Error.Hub.NotExisted"},
            kSend,
            verdict(kEndpointAtFault, "E")},
        Row{"NotExistedInside",
            {.status = 404, .code = "User.NotExisted.Not"},
            kAdd,
            verdict(kEndpointAtFault, "E")},
        Row{"Moved", {.status = 301}, kAdd, verdict(kEndpointAtFault, "E")},
        Row{"MovedSend", {.status = 307}, kSend, verdict(kEndpointAtFault, "E ambiguous")},
        Row{"MethodNotAllowed", {.status = 405}, kSend, verdict(kEndpointAtFault, "E")},
        Row{"MethodNotAllowedOfBulk", {.status = 405}, kBulk, verdict(kEndpointAtFault, "E form")},
        Row{"ProxyWantsACredential", {.status = 407}, kFanOut, verdict(kEndpointAtFault, "E way")},
        Row{"MovedFanOut", {.status = 302}, kFanOut, verdict(kEndpointAtFault, "E ambiguous")},
        Row{"CaptivePortal",
            {.status = 200, .content_type = "Text/HTML; charset=utf-8"},
            kAdd,
            verdict(kEndpointAtFault, "E")},
        Row{"CaptivePortalForASend",
            {.status = 200, .content_type = "text/html"},
            kSend,
            verdict(kEndpointAtFault, "E ambiguous")},
        Row{"NoHttpStatus", {.status = 999}, kAdd, verdict(kEndpointAtFault, "E")},
        Row{"ApiVersionByTarget",
            {.status = 400,
             .body = R"({"code":"Error.BadRequest","message":"m","target":"api-version"})"},
            kSend,
            verdict(kEndpointAtFault, "E")},
        Row{"HubByTarget",
            {.status = 400, .body = R"({"message":"m","target":"Hub"})"},
            kFanOut,
            verdict(kEndpointAtFault, "E")},
        Row{"HubByTheOldShape",
            {.status = 400,
             .body = R"({"errors":{"hub":["The field hub must match '^a'."]},"title":"T"})"},
            kFanOut,
            verdict(kEndpointAtFault, "E")},
        Row{"ApiVersionByTheOldShapeAmongOthers",
            {.status = 400, .body = R"({"errors":{"filter":["m"],"api-version":["n"]}})"},
            kSend,
            verdict(kEndpointAtFault, "E")},
        Row{"ApiVersionByCode",
            {.status = 400, .body = R"({"error":{"code":"UnsupportedApiVersion","message":"m"}})"},
            kFanOut,
            verdict(kEndpointAtFault, "E")},
        Row{"ApiVersionByMessage",
            {.status = 400, .body = R"({"message":"Unknown API version '1'."})"},
            kSend,
            verdict(kEndpointAtFault, "E")},
        Row{"ApiVersionInPlainText",
            {.status = 400, .body = "Invalid api-version."},
            kSend,
            verdict(kEndpointAtFault, "E")},
        Row{"HubByMessage",
            {.status = 400, .body = R"({"message":"Invalid hub name."})"},
            kSend,
            verdict(kEndpointAtFault, "E")}),
    by_name);

// A message of one action must not hold the whole endpoint, whatever it says.
INSTANTIATE_TEST_SUITE_P(
    NotTheEndpoint, JudgeTest,
    testing::Values(
        Row{"HubInAQuotedFilter",
            {.status = 400,
             .body = R"j({"message":"Invalid syntax for 'hub eq 1' (Parameter 'filter')"})j"},
            kSend,
            verdict(kGiveUp, "A")},
        Row{"HubInTheMessageButFilterAtFault",
            {.status = 400, .body = R"({"message":"no hub here","target":"filter"})"},
            kSend,
            verdict(kGiveUp, "A")},
        Row{"HubAsAPlace",
            {.status = 400, .body = R"({"message":"no such connection in this hub"})"},
            kSend,
            verdict(kGiveUp, "A")},
        Row{"HubWithinAWord",
            {.status = 400, .body = R"({"message":"github is down"})"},
            kSend,
            verdict(kGiveUp, "A")}),
    by_name);

INSTANTIATE_TEST_SUITE_P(
    Retry, JudgeTest,
    testing::Values(
        Row{"NoConnection", {.error = TransportError::kConnect}, kSend, verdict(kRetry, "E way")},
        Row{"NoConnectionForFanOut",
            {.error = TransportError::kConnect},
            kFanOut,
            verdict(kRetry, "E way")},
        Row{"NothingWritten", {.error = TransportError::kNotSent}, kSend, verdict(kRetry, "E way")},
        Row{"Broken", {.error = TransportError::kBroken}, kSend, verdict(kRetry, "A ambiguous")},
        Row{"BrokenAdd", {.error = TransportError::kBroken}, kAdd, verdict(kRetry, "A")},
        Row{"Timeout", {.error = TransportError::kTimeout}, kSend, verdict(kRetry, "A ambiguous")},
        Row{"TimeoutOfRemove", {.error = TransportError::kTimeout}, kRemove, verdict(kRetry, "A")},
        Row{"Internal",
            {.error = TransportError::kInternal},
            kSend,
            verdict(kRetry, "A ambiguous")},
        Row{"InterimOnly",
            {.status = 100, .error = TransportError::kBroken},
            kSend,
            verdict(kRetry, "A ambiguous")},
        Row{"BrokenFanOut",
            {.error = TransportError::kBroken},
            kFanOut,
            verdict(kRetry, "A ambiguous form")},
        Row{"TimeoutOfBulk", {.error = TransportError::kTimeout}, kBulk, verdict(kRetry, "A form")},
        Row{"InternalOfFanOut",
            {.error = TransportError::kInternal},
            kFanOut,
            verdict(kRetry, "A ambiguous")},
        Row{"RequestTimeout", {.status = 408}, kSend, verdict(kRetry, "A ambiguous")},
        Row{"RequestTimeoutOfAdd", {.status = 408}, kAdd, verdict(kRetry, "A")},
        Row{"TooEarly", {.status = 425}, kSend, verdict(kRetry, "A")},
        Row{"Throttled", {.status = 429}, kSend, verdict(kRetry, "E throttled")},
        Row{"ThrottledWithPause",
            {.status = 429, .retry_after = seconds(3)},
            kAdd,
            verdict(kRetry, "E throttled", seconds(3))},
        Row{"ThrottledFanOut", {.status = 429}, kFanOut, verdict(kRetry, "E throttled")},
        Row{"ThrottledWithoutAPause",
            {.status = 429, .retry_after = seconds(0)},
            kSend,
            verdict(kRetry, "E throttled")},
        Row{"ThrottledAsHtml",
            {.status = 429, .body = kHtml},
            kSend,
            verdict(kRetry, "E throttled")},
        Row{"ServerError", {.status = 500}, kSend, verdict(kRetry, "A ambiguous")},
        Row{"ServerErrorOfFanOut", {.status = 500}, kFanOut, verdict(kRetry, "A ambiguous form")},
        Row{"UnavailableForBulk", {.status = 503}, kBulk, verdict(kRetry, "A form")},
        Row{"ServerErrorIgnoresPause",
            {.status = 500, .retry_after = seconds(3)},
            kSend,
            verdict(kRetry, "A ambiguous")},
        Row{"BadGateway", {.status = 502}, kSend, verdict(kRetry, "A ambiguous")},
        Row{"BadGatewayForAdd", {.status = 502}, kAdd, verdict(kRetry, "A")},
        Row{"Unavailable", {.status = 503}, kSend, verdict(kRetry, "A")},
        Row{"UnavailableWithPause",
            {.status = 503, .retry_after = seconds(1)},
            kSend,
            verdict(kRetry, "E", seconds(1))},
        Row{"UnavailableWithPauseForFanOut",
            {.status = 503, .retry_after = seconds(1)},
            kFanOut,
            verdict(kRetry, "E", seconds(1))},
        Row{"UnavailableWithoutAPause",
            {.status = 503, .retry_after = seconds(0)},
            kSend,
            verdict(kRetry, "A")},
        Row{"GatewayTimeout", {.status = 504}, kSend, verdict(kRetry, "A ambiguous")}),
    by_name);

TEST(Judge, NeverSplitsWhatIsNotCoalescedNorCallsIdempotentOnesAmbiguous) {
  for (int status = 0; status < 1000; ++status) {
    for (const JudgedOperation& operation : {kSend, kFanOut, kAdd, kRemove, kBulk}) {
      const Verdict verdict = judge(response_of({.status = status}), operation);
      EXPECT_TRUE(operation.coalesced || !verdict.splittable) << status;
      EXPECT_TRUE(operation.coalesced || !verdict.form_suspect) << status;
      EXPECT_FALSE(verdict.splittable && verdict.form_suspect) << status;
      EXPECT_TRUE(operation.is_send || !verdict.ambiguous) << status;
      EXPECT_EQ(verdict.throttled, status == 429);
      EXPECT_EQ(verdict.kind == kDone, status >= 200 && status < 300) << status;
    }
  }
}

struct HealthRow {
  const char* name;
  Answer answer;
  Health expected;
};

class JudgeHealthTest : public testing::TestWithParam<HealthRow> {};

TEST_P(JudgeHealthTest, SaysWhetherSomebodyIsThere) {
  EXPECT_EQ(judge_health(response_of(GetParam().answer)), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Answers, JudgeHealthTest,
    testing::Values(
        HealthRow{"Ok", {.status = 200}, Health::kGood},
        HealthRow{"NoContent", {.status = 204}, Health::kGood},
        HealthRow{"OkThenReset", {.status = 200, .error = TransportError::kBroken}, Health::kGood},
        HealthRow{
            "CaptivePortal", {.status = 200, .content_type = "text/html"}, Health::kBadAnswer},
        HealthRow{"Moved", {.status = 302}, Health::kBadAnswer},
        HealthRow{"Unauthorized", {.status = 401}, Health::kBadAnswer},
        HealthRow{"Unavailable", {.status = 503}, Health::kBadAnswer},
        HealthRow{"Timeout", {.error = TransportError::kTimeout}, Health::kNoAnswer},
        HealthRow{"NoConnection", {.error = TransportError::kConnect}, Health::kNoAnswer}),
    by_name);

}  // namespace
}  // namespace awps
