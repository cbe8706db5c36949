// The table of design §6, row by row: success, credentials, and what is tried again.

#include "tests/service_api/judge_row.h"

namespace awps {
namespace {

using enum VerdictKind;
using std::chrono::seconds;

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
