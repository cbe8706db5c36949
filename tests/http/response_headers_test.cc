#include "http/response_headers.h"

#include <gtest/gtest.h>

#include <vector>

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view kDate = "Tue, 24 Nov 2026 08:00:00 GMT";

struct PauseCase {
  const char* name;
  std::vector<std::string_view> lines;
  std::optional<Duration> pause;
};

class PauseTest : public testing::TestWithParam<PauseCase> {};

TEST_P(PauseTest, IsReadFromTheHeader) {
  ResponseHeaders headers;
  for (const std::string_view line : GetParam().lines) headers.take_line(line);
  HttpResponse response;
  // 2026-11-24 08:01:40 UTC, so 100 s after kDate.
  headers.finish(response, WallTime(seconds(1795507300)));
  EXPECT_EQ(response.retry_after, GetParam().pause);
}

INSTANTIATE_TEST_SUITE_P(
    Lines, PauseTest,
    testing::Values(
        PauseCase{"None", {"HTTP/1.1 429 Too Many Requests\r\n"}, std::nullopt},
        PauseCase{"Seconds", {"Retry-After: 7\r\n"}, seconds(7)},
        PauseCase{"AnyCase", {"rEtRy-aFtEr:7\r\n"}, seconds(7)},
        PauseCase{"Zero", {"Retry-After: 0\r\n"}, seconds(0)},
        PauseCase{"Fraction", {"Retry-After: 0.25\r\n"}, milliseconds(250)},
        PauseCase{"Milliseconds", {"retry-after-ms: 200\r\n"}, milliseconds(200)},
        PauseCase{"VendorMilliseconds", {"x-ms-retry-after-ms: 150\r\n"}, milliseconds(150)},
        PauseCase{"MillisecondsWin",
                  {"Retry-After: 9\r\n", "x-ms-retry-after-ms: 150\r\n", "retry-after-ms: 20\r\n"},
                  milliseconds(20)},
        PauseCase{"BrokenMillisecondsDoNot",
                  {"retry-after-ms: soon\r\n", "Retry-After: 9\r\n"},
                  seconds(9)},
        PauseCase{
            "DateAgainstTheAnswersDate",
            {"Date: Tue, 24 Nov 2026 08:00:00 GMT", "Retry-After: Tue, 24 Nov 2026 08:00:30 GMT"},
            seconds(30)},
        PauseCase{
            "DateAgainstOurClock", {"Retry-After: Tue, 24 Nov 2026 08:01:45 GMT"}, seconds(5)},
        PauseCase{"PastDate", {"Retry-After: Tue, 24 Nov 2020 08:00:00 GMT"}, seconds(0)},
        PauseCase{"DayAtMost", {"Retry-After: 99999999999\r\n"}, std::chrono::hours(24)},
        PauseCase{"Negative", {"Retry-After: -5\r\n"}, std::nullopt},
        PauseCase{"Exponent", {"Retry-After: 1e3\r\n"}, std::nullopt},
        PauseCase{"Infinite", {"Retry-After: inf\r\n"}, std::nullopt},
        PauseCase{"NoDate", {"Retry-After: 7 apples\r\n"}, std::nullopt},
        PauseCase{"Empty", {"Retry-After:\r\n"}, std::nullopt},
        PauseCase{"OfAnInterimAnswer",
                  {"HTTP/1.1 103 Early Hints\r\n", "Retry-After: 9\r\n", "\r\n",
                   "HTTP/1.1 202 Accepted\r\n", "\r\n"},
                  std::nullopt}),
    [](const auto& row) { return row.param.name; });

TEST(ResponseHeaders, GathersContentTypeAndErrorCode) {
  ResponseHeaders headers;
  headers.take_line("HTTP/1.1 404 Not Found\r\n");
  headers.take_line("Content-Type:  application/json; charset=utf-8 \r\n");
  headers.take_line("X-MS-Error-Code: Warning.User.NotExisted\r\n");
  HttpResponse response;
  headers.finish(response, WallTime{});
  EXPECT_EQ(response.content_type, "application/json; charset=utf-8");
  EXPECT_EQ(response.error_code, "Warning.User.NotExisted");
}

HttpResponse answer_of(int status, const std::vector<std::string>& lines) {
  ResponseHeaders headers;
  for (const std::string& line : lines) headers.take_line(line);
  HttpResponse response;
  response.status = status;
  headers.finish(response, WallTime(seconds(1795507300)) + milliseconds(900));
  return response;
}

TEST(ResponseHeaders, KeepsWhatExplainsARefusal) {
  const HttpResponse response = answer_of(
      401, {"WWW-Authenticate: Bearer error=\"invalid_token\"\r\n",
            "www-authenticate: Basic realm=\"x\"\r\n", "Location: https://login.test/\r\n"});
  EXPECT_EQ(response.www_authenticate, "Bearer error=\"invalid_token\", Basic realm=\"x\"");
  EXPECT_EQ(response.location, "https://login.test/");
}

TEST(ResponseHeaders, BoundsWhatExplainsARefusal) {
  const std::string line(10'000, 'x');
  const HttpResponse response =
      answer_of(401, {"WWW-Authenticate: " + line, "WWW-Authenticate: " + line, "Location: " + line,
                      "x-ms-error-code: " + line});
  EXPECT_EQ(response.www_authenticate.size(), 512U);
  EXPECT_EQ(response.location.size(), 512U);
  EXPECT_EQ(response.error_code.size(), 256U);
}

struct SkewCase {
  const char* name;
  int status;
  std::string date;
  std::optional<Duration> skew;
};

class SkewTest : public testing::TestWithParam<SkewCase> {};

// Ours is 2026-11-24 08:01:40.9 UTC.
TEST_P(SkewTest, IsTheAnswersDateMinusOurTime) {
  EXPECT_EQ(answer_of(GetParam().status, {"Date: " + GetParam().date}).clock_skew, GetParam().skew);
}

INSTANTIATE_TEST_SUITE_P(
    Dates, SkewTest,
    testing::Values(SkewCase{"None", 401, "Tue, 24 Nov 2026 08:01:40 GMT", seconds(0)},
                    SkewCase{"WeAreBehind", 403, "Tue, 24 Nov 2026 08:21:40 GMT", seconds(1200)},
                    SkewCase{"WeAreAhead", 500, "Tue, 24 Nov 2026 08:00:00 GMT", seconds(-100)},
                    SkewCase{"NotOfASuccess", 202, "Tue, 24 Nov 2026 08:00:00 GMT", std::nullopt},
                    SkewCase{"NoDate", 401, "7 apples", std::nullopt},
                    SkewCase{"NothingSaid", 401, "", std::nullopt}),
    [](const auto& row) { return row.param.name; });

TEST(ResponseHeaders, TakesADateThatNoClockReaches) {
  const auto skew = answer_of(401, {"Date: Fri, 31 Dec 9999 23:59:59 GMT"}).clock_skew;
  ASSERT_TRUE(skew.has_value());
  EXPECT_GT(*skew, std::chrono::hours(24 * 365 * 100));
  EXPECT_EQ(parse_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", kDate, WallTime{}),
            std::chrono::hours(24));
}

TEST(ResponseHeaders, ForgetsTheLastAnswer) {
  ResponseHeaders headers;
  headers.take_line("Retry-After: 9\r\n");
  headers.take_line("x-ms-error-code: a\r\n");
  headers.take_line("Location: /\r\n");
  headers.take_line("WWW-Authenticate: Bearer\r\n");
  headers.take_line("Date: Tue, 24 Nov 2026 08:00:00 GMT\r\n");
  headers.clear();
  HttpResponse response;
  headers.finish(response, WallTime{});
  EXPECT_EQ(response.retry_after, std::nullopt);
  EXPECT_EQ(response.error_code, "");
  EXPECT_EQ(response.location, "");
  EXPECT_EQ(response.www_authenticate, "");
  EXPECT_EQ(response.clock_skew, std::nullopt);
}

TEST(ParseRetryAfter, TakesTheOldDateFormats) {
  for (const std::string_view text :
       {"Tuesday, 24-Nov-26 08:00:10 GMT", "Tue Nov 24 08:00:10 2026"}) {
    EXPECT_EQ(parse_retry_after(text, kDate, WallTime{}), seconds(10)) << text;
  }
}

}  // namespace
}  // namespace awps
