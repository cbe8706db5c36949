#include "service_api/answer_text.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

HttpResponse answer(int status, std::string body, std::string code = "") {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  response.error_code = std::move(code);
  return response;
}

TEST(Describe, NamesStatusCodeAndMessage) {
  EXPECT_EQ(describe(answer(409, R"({"code":"Error.Connection.Conflict","message":"Too many."})")),
            "HTTP 409 Error.Connection.Conflict: Too many.");
}

TEST(Describe, PrefersTheHeadersCode) {
  EXPECT_EQ(describe(answer(409, R"({"code":"B"})", "A")), R"(HTTP 409 A: {"code":"B"})");
}

TEST(Describe, IsShortWhereNothingWasSaid) {
  EXPECT_EQ(describe(answer(500, "")), "HTTP 500");
}

TEST(Describe, ExplainsAMissingTargetName) {
  const std::string text = describe(
      answer(400, R"({"code":"Error.BadRequest","message":"The targetName field is required."})"));
  EXPECT_NE(text.find("name the group"), std::string::npos) << text;
}

TEST(Describe, SaysWhereToLook) {
  EXPECT_NE(describe(answer(401, "")).find("clock"), std::string::npos);
  EXPECT_NE(describe(answer(403, "", "Error.Forbidden")).find("Service Owner"), std::string::npos);
  EXPECT_NE(describe(answer(403, "")).find("network access"), std::string::npos);
  EXPECT_NE(describe(answer(404, "")).find("endpoint"), std::string::npos);
  EXPECT_NE(describe(answer(413, "")).find("1 MiB"), std::string::npos);
}

TEST(Describe, TellsWhatBecameOfTheConnection) {
  HttpResponse response;
  response.error = TransportError::kConnect;
  response.error_text = "Connection refused";
  EXPECT_EQ(describe(response), "no connection to the service: Connection refused");
  response.error = TransportError::kTimeout;
  response.error_text = "";
  EXPECT_EQ(describe(response), "no answer in time");
}

TEST(Describe, IsBounded) {
  const std::string text =
      describe(answer(413, std::string(1UL << 20, 'x'), std::string(9999, 'c')));
  EXPECT_LE(text.size(), 2048U);
  EXPECT_NE(text.find("…"), std::string::npos);
  EXPECT_TRUE(text.ends_with("(the service takes messages of at most 1 MiB)"));
}

struct ForeignText {
  const char* name;
  std::string_view body;
  std::string_view shown;
};

class ForeignTextTest : public testing::TestWithParam<ForeignText> {};

TEST_P(ForeignTextTest, IsMadeReadable) {
  EXPECT_EQ(describe(answer(500, std::string(GetParam().body))),
            "HTTP 500: " + std::string(GetParam().shown));
}

INSTANTIATE_TEST_SUITE_P(Bodies, ForeignTextTest,
                         testing::Values(ForeignText{"Utf8", "é日😀", "é日😀"},
                                         ForeignText{"Controls",
                                                     "a\r\n\x7f"
                                                     "b",
                                                     "a   b"},
                                         ForeignText{"Latin1", "caf\xe9!", "caf?!"},
                                         ForeignText{"Overlong", "\xc0\xaf", "??"},
                                         ForeignText{"OverlongThree", "\xe0\x80\xaf", "???"},
                                         ForeignText{"Surrogate", "\xed\xa0\x80", "???"},
                                         ForeignText{"BeyondUnicode", "\xf4\x90\x80\x80", "????"},
                                         ForeignText{"CutSequence", "a\xf0\x9f\x98", "a???"}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace awps
