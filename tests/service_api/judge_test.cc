// The table of DESIGN.md §6, row by row: success, credentials, and what is tried again.

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
    testing::Values(
        Row{"Accepted", {.status = 202}, kSend, verdict(kDone)},
        Row{"Ok", {.status = 200}, kAdd, verdict(kDone)},
        Row{"NoContent", {.status = 204}, kAdd, verdict(kDone)},
        Row{"AcceptedFanOut", {.status = 202}, kFanOut, verdict(kDone)},
        Row{"AcceptedThenReset",
            {.status = 202, .error = TransportError::kBroken},
            kSend,
            verdict(kDone)},
        Row{"AcceptedThenStalled",
            {.status = 202, .error = TransportError::kTimeout},
            kSend,
            verdict(kDone)},
        Row{"JsonType", {.status = 200, .content_type = "application/json"}, kAdd, verdict(kDone)},
        Row{"TargetGone",
            {.status = 404, .code = "Warning.User.NotExisted"},
            kAdd,
            verdict(kDone, "gone")},
        Row{"TargetGoneWithOtherPrefix",
            {.status = 404, .code = "Info.Connection.NotExisted"},
            kAdd,
            verdict(kDone, "gone")},
        Row{"TargetGoneByBody",
            {.status = 404, .body = R"({"code":"Error.Connection.NotExisted","message":"m"})"},
            kAdd,
            verdict(kDone, "gone")},
        Row{"TargetGoneOfARemove",
            {.status = 404, .code = "Warning.User.NotExisted"},
            kAdd,
            verdict(kDone, "gone")},
        Row{"TargetGoneOfASend",
            {.status = 404, .code = "Error.Connection.NotExisted"},
            kSend,
            verdict(kDone, "gone")}),
    by_name);

INSTANTIATE_TEST_SUITE_P(
    Credential, JudgeTest,
    testing::Values(Row{"Unauthorized", {.status = 401}, kSend, verdict(kCredential)},
                    Row{"UnauthorizedFanOut", {.status = 401}, kFanOut, verdict(kCredential)},
                    Row{"ForbiddenByTheNetwork", {.status = 403}, kSend, verdict(kCredential)},
                    Row{"ForbiddenByTheFrontEnd",
                        {.status = 403, .body = "<html>"},
                        kSend,
                        verdict(kCredential)},
                    Row{"ForbiddenByRole",
                        {.status = 403, .code = "Error.Forbidden"},
                        kAdd,
                        verdict(kForbidden)},
                    Row{"ForbiddenByRoleInTheBody",
                        {.status = 403, .body = R"({"code":"Error.Forbidden"})"},
                        kAdd,
                        verdict(kForbidden)},
                    Row{"ForbiddenFanOut", {.status = 403}, kFanOut, verdict(kCredential, "split")},
                    Row{"ForbiddenFanOutByRole",
                        {.status = 403, .code = "Error.Forbidden"},
                        kFanOut,
                        verdict(kForbidden, "split")}),
    by_name);

INSTANTIATE_TEST_SUITE_P(
    Retry, JudgeTest,
    testing::Values(
        Row{"NoConnection", {.error = TransportError::kConnect}, kSend, verdict(kRetry, "way")},
        Row{"NoConnectionForFanOut",
            {.error = TransportError::kConnect},
            kFanOut,
            verdict(kRetry, "way")},
        Row{"NothingWritten", {.error = TransportError::kNotSent}, kSend, verdict(kRetry, "way")},
        Row{"Broken", {.error = TransportError::kBroken}, kSend, verdict(kRetry, "ambiguous")},
        Row{"BrokenAdd", {.error = TransportError::kBroken}, kAdd, verdict(kRetry)},
        Row{"Timeout", {.error = TransportError::kTimeout}, kSend, verdict(kRetry, "ambiguous")},
        Row{"TimeoutOfRemove", {.error = TransportError::kTimeout}, kAdd, verdict(kRetry)},
        Row{"Internal", {.error = TransportError::kInternal}, kSend, verdict(kRetry, "ambiguous")},
        Row{"InterimOnly",
            {.status = 100, .error = TransportError::kBroken},
            kSend,
            verdict(kRetry, "ambiguous")},
        Row{"BrokenFanOut",
            {.error = TransportError::kBroken},
            kFanOut,
            verdict(kRetry, "ambiguous form")},
        Row{"TimeoutOfBulk", {.error = TransportError::kTimeout}, kBulk, verdict(kRetry, "form")},
        Row{"InternalOfFanOut",
            {.error = TransportError::kInternal},
            kFanOut,
            verdict(kRetry, "ambiguous")},
        Row{"RequestTimeout", {.status = 408}, kSend, verdict(kRetry, "ambiguous")},
        Row{"RequestTimeoutOfAdd", {.status = 408}, kAdd, verdict(kRetry)},
        Row{"TooEarly", {.status = 425}, kSend, verdict(kRetry)},
        Row{"Throttled", {.status = 429}, kSend, verdict(kRetry, "throttled")},
        Row{"ThrottledWithPause",
            {.status = 429, .retry_after = seconds(3)},
            kAdd,
            verdict(kRetry, "throttled", seconds(3))},
        Row{"ThrottledFanOut", {.status = 429}, kFanOut, verdict(kRetry, "throttled")},
        Row{"ThrottledWithoutAPause",
            {.status = 429, .retry_after = seconds(0)},
            kSend,
            verdict(kRetry, "throttled")},
        Row{"ThrottledAsHtml", {.status = 429, .body = kHtml}, kSend, verdict(kRetry, "throttled")},
        Row{"ServerError", {.status = 500}, kSend, verdict(kRetry, "ambiguous")},
        Row{"ServerErrorOfFanOut", {.status = 500}, kFanOut, verdict(kRetry, "ambiguous form")},
        Row{"UnavailableForBulk", {.status = 503}, kBulk, verdict(kRetry, "form")},
        Row{"ServerErrorIgnoresPause",
            {.status = 500, .retry_after = seconds(3)},
            kSend,
            verdict(kRetry, "ambiguous")},
        Row{"BadGateway", {.status = 502}, kSend, verdict(kRetry, "ambiguous")},
        Row{"BadGatewayForAdd", {.status = 502}, kAdd, verdict(kRetry)},
        Row{"Unavailable", {.status = 503}, kSend, verdict(kRetry)},
        Row{"UnavailableWithPause",
            {.status = 503, .retry_after = seconds(1)},
            kSend,
            verdict(kRetry, "", seconds(1))},
        Row{"UnavailableWithPauseForFanOut",
            {.status = 503, .retry_after = seconds(1)},
            kFanOut,
            verdict(kRetry, "", seconds(1))},
        Row{"UnavailableWithoutAPause",
            {.status = 503, .retry_after = seconds(0)},
            kSend,
            verdict(kRetry)},
        Row{"GatewayTimeout", {.status = 504}, kSend, verdict(kRetry, "ambiguous")}),
    by_name);

TEST(Judge, NeverSplitsWhatIsNotCoalescedNorCallsIdempotentOnesAmbiguous) {
  for (int status = 0; status < 1000; ++status) {
    for (const JudgedOperation& operation : {kSend, kFanOut, kAdd, kBulk}) {
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
