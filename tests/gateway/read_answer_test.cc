#include "gateway/read_answer.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

std::string header_of(const GatewayAnswer& answer, const std::string& name) {
  for (const auto& [header, value] : answer.headers) {
    if (header == name) return value;
  }
  return "";
}

ReadThread::Done done_with(HttpResponse response) {
  return {.number = 1, .response = std::move(response)};
}

TEST(ReadAnswer, PassesOnStatusTypeBodyAndCodeAlone) {
  HttpResponse response{.status = 404,
                        .content_type = "application/json",
                        .error_code = "Warning.User.NotExisted",
                        .body = "{}",
                        .retry_after = std::chrono::seconds(3),
                        .www_authenticate = "Bearer",
                        .location = "https://elsewhere"};
  const GatewayAnswer answer = answer_of_read(Route::kUserExists, done_with(response));
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.content_type, "application/json");
  EXPECT_EQ(answer.body, "{}");
  ASSERT_EQ(answer.headers.size(), 1U);
  EXPECT_EQ(header_of(answer, "x-ms-error-code"), "Warning.User.NotExisted");
}

struct FailureCase {
  const char* name;
  ReadThread::Done done;
  int status;
};

class ReadFailure : public testing::TestWithParam<FailureCase> {};

TEST_P(ReadFailure, IsOneOfAGateway) {
  const GatewayAnswer answer = answer_of_read(Route::kUserExists, GetParam().done);
  EXPECT_EQ(answer.status, GetParam().status);
  EXPECT_NE(answer.body, "");
}

INSTANTIATE_TEST_SUITE_P(
    All, ReadFailure,
    testing::Values(
        FailureCase{"Unreachable", done_with({.error = TransportError::kConnect}), 502},
        FailureCase{"Slow", done_with({.error = TransportError::kTimeout}), 504},
        FailureCase{"WithoutToken", {.token_error = "the identity is not there"}, 502},
        FailureCase{"OwnTokenRefused", {.response = {.status = 401}, .was_own_refused = true}, 502},
        FailureCase{"TooLarge",
                    done_with({.status = 200, .body = std::string(kMaxReadBody + 1, 'x')}), 502}),
    [](const auto& row) { return row.param.name; });

TEST(ReadAnswer, TakesABodyAtTheBound) {
  HttpResponse response{.status = 200, .body = std::string(kMaxReadBody, 'x')};
  EXPECT_EQ(answer_of_read(Route::kUserExists, done_with(response)).status, 200);
}

struct LinkCase {
  const char* name;
  std::string body;
  std::string expected;
};

class NextLink : public testing::TestWithParam<LinkCase> {};

TEST_P(NextLink, IsMadeRelative) {
  EXPECT_EQ(with_relative_next_link(GetParam().body), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    All, NextLink,
    testing::Values(
        LinkCase{
            "OfTheService",
            R"({"value":[],"nextLink":"https://a.webpubsub.azure.com/api/hubs/h?t=1\u0026m=2"})",
            R"({"value":[],"nextLink":"/api/hubs/h?t=1\u0026m=2"})"},
        LinkCase{"WithBlanks", R"({ "nextLink" : "http://a:8080/api" })",
                 R"({ "nextLink" : "/api" })"},
        LinkCase{"Null", R"({"nextLink":null,"x":"https://a/b"})",
                 R"({"nextLink":null,"x":"https://a/b"})"},
        LinkCase{"Relative", R"({"nextLink":"/api","x":"https://a/b"})",
                 R"({"nextLink":"/api","x":"https://a/b"})"},
        LinkCase{"HostAlone", R"({"nextLink":"https://a","x":"/b"})",
                 R"({"nextLink":"https://a","x":"/b"})"},
        LinkCase{"InAnId", R"({"value":[{"userId":"\"nextLink\":\"https://a/b\""}]})",
                 R"({"value":[{"userId":"\"nextLink\":\"https://a/b\""}]})"},
        LinkCase{"AsAValue", R"({"value":[{"userId":"nextLink"},{"userId":"https://a/b"}]})",
                 R"({"value":[{"userId":"nextLink"},{"userId":"https://a/b"}]})"},
        LinkCase{"AfterSuchAValue", R"({"v":"nextLink","nextLink":"https://a/b"})",
                 R"({"v":"nextLink","nextLink":"/b"})"},
        LinkCase{"Empty", "", ""},
        LinkCase{"CutOff", R"({"nextLink":"https://a)", R"({"nextLink":"https://a)"}),
    [](const auto& row) { return row.param.name; });

TEST(ReadAnswer, MakesTheLinkOfAListRelative) {
  HttpResponse response{.status = 200, .body = R"({"nextLink":"https://a/b"})"};
  EXPECT_EQ(answer_of_read(Route::kListConnectionsInGroup, done_with(response)).body,
            R"({"nextLink":"/b"})");
  EXPECT_EQ(answer_of_read(Route::kGenerateClientToken, done_with(response)).body, response.body);
}

TEST(PausedAnswer, SaysWhatIsLeft) {
  using std::chrono::milliseconds;
  EXPECT_EQ(header_of(paused_answer("", milliseconds(2500)), "Retry-After"), "3");
  EXPECT_EQ(header_of(paused_answer("", milliseconds(0)), "Retry-After"), "1");
  EXPECT_EQ(header_of(paused_answer("", Duration::max()), "Retry-After"), "300");
}

}  // namespace
}  // namespace awps
