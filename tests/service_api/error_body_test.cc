#include "service_api/error_body.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

struct BodyCase {
  const char* name;
  std::string_view body;
  ErrorBody expected;
};

class BodyTest : public testing::TestWithParam<BodyCase> {};

TEST_P(BodyTest, IsReadAsFarAsItGoes) {
  const ErrorBody body = read_error_body(GetParam().body);
  EXPECT_EQ(body.code, GetParam().expected.code);
  EXPECT_EQ(body.message, GetParam().expected.message);
  EXPECT_EQ(body.target, GetParam().expected.target);
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, BodyTest,
    testing::Values(
        BodyCase{"Empty", "", {}},
        BodyCase{
            "Flat",
            R"({"code":"Error.Connection.NotExisted","message":"Connection `x` is not found.",)"
            R"("target":"Connection","details":null,"innererror":null})",
            {"Error.Connection.NotExisted", "Connection `x` is not found.", "Connection"}},
        BodyCase{"Wrapped", R"({"error":{"code":"A","message":"m"}})", {"A", "m", ""}},
        BodyCase{
            "WrappedAmongOthers",
            R"({"x":[1,{"code":"no"}],"error":{"inner":{"code":"no"},"code":"A"},"target":"t"})",
            {"A", "", "t"}},
        BodyCase{"Problem",
                 R"({"code":"Error.BadRequest","message":"Invalid syntax","target":"filter",)"
                 R"("errors":{"filter":["m"]},"type":null,"title":"One or more","status":400})",
                 {"Error.BadRequest", "Invalid syntax", "filter"}},
        BodyCase{
            "ProblemWithoutMessage", R"({"title":"T","detail":"D","status":400})", {"", "D", ""}},
        BodyCase{"OldShape",
                 R"({"errors":{"filter":["The field.","Other."]},"title":"T","status":400})",
                 {"", "The field.", "filter"}},
        BodyCase{"OldShapeWithATextAlone",
                 R"({"title":"T","errors":{"group":"too long"}})",
                 {"", "too long", "group"}},
        BodyCase{"OldShapeOfSeveral",
                 R"({"errors":{"a":["1"],"Hub":["2"],"b":["3"]},"title":"T"})",
                 {"", "2", "Hub"}},
        BodyCase{"OldShapeCut", R"({"errors":{"filter":["The fie)", {"", "The fie", "filter"}},
        BodyCase{"OldShapeOfOddValues",
                 R"({"errors":{"a":[],"b":{"c":[1]},"d":7},"code":"A","title":"T"})",
                 {"A", "T", "a"}},
        BodyCase{"ErrorsAsAList", R"({"errors":[{"hub":["m"]}],"title":"T"})", {"", "T", ""}},
        BodyCase{"Entra",
                 R"({"error":"invalid_client","error_description":"AADSTS7000215: Invalid."})",
                 {"", "AADSTS7000215: Invalid.", ""}},
        BodyCase{"TitleAlone", R"({"title":"T"})", {"", "T", ""}},
        BodyCase{"Blanks", " \n{ \"code\" : \"A\" ,\t\"message\" : \"m\" } ", {"A", "m", ""}},
        BodyCase{"ByteOrderMark", "\xef\xbb\xbf{\"code\":\"A\"}", {"A", "", ""}},
        BodyCase{"FirstOneCounts", R"({"code":"A","code":"B"})", {"A", "", ""}},
        BodyCase{"OtherTypes", R"({"code":7,"message":{"a":"}"},"target":"t"})", {"", "", "t"}},
        BodyCase{"Escapes",
                 R"({"message":"a\"b\\c\/\n\t\u00e9\ud83d\ude00"})",
                 {"", "a\"b\\c/\n\té😀", ""}},
        BodyCase{"LoneSurrogates",
                 R"({"message":"\ud83d \ude00 \ud83dx"})",
                 {"", "\xef\xbf\xbd \xef\xbf\xbd \xef\xbf\xbdx", ""}},
        BodyCase{"SurrogateAndOther",
                 R"({"message":"\ud83d\u0041"})",
                 {"",
                  "\xef\xbf\xbd"
                  "A",
                  ""}},
        BodyCase{"CutInTheMessage", R"({"code":"A","message":"half of)", {"A", "half of", ""}},
        BodyCase{"CutInTheCode", R"({"message":"m","code":"Error.Bad)", {"", "m", ""}},
        BodyCase{"CutInAnEscape", R"({"code":"A","message":"half\u00)", {"A", "half", ""}},
        BodyCase{"CutInAValue", R"({"code":"A","details":[{"x":"y)", {"A", "", ""}},
        BodyCase{"CutAfterAKey", R"({"code":"A","message")", {"A", "", ""}},
        BodyCase{"NoComma", R"({"code":"A" "message":"m"})", {"A", "", ""}},
        BodyCase{"AbsentValue", R"({"code":,"message":"m"})", {"", "m", ""}},
        BodyCase{"Array", R"([{"code":"A"}])", {}}, BodyCase{"Text", "Internal server error.", {}},
        BodyCase{"Html", "<html><body>502</body></html>", {}}),
    [](const auto& row) { return row.param.name; });

struct ShapeCase {
  const char* name;
  std::string_view body;
  bool is_services;
};

class ShapeTest : public testing::TestWithParam<ShapeCase> {};

TEST_P(ShapeTest, TellsWhoSpeaks) {
  EXPECT_EQ(read_error_body(GetParam().body).is_services_shape, GetParam().is_services);
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, ShapeTest,
    testing::Values(ShapeCase{"Flat", R"({"code":"A","message":"m"})", true},
                    ShapeCase{"MessageAlone", R"({"message":"m"})", true},
                    ShapeCase{"Nested", R"({"error":{"code":"A"}})", true},
                    ShapeCase{"Problem", R"({"title":"T","status":400})", true},
                    ShapeCase{"OldShape", R"({"errors":{"hub":["m"]}})", true},
                    ShapeCase{"Nothing", "", false}, ShapeCase{"Empty", "{}", false},
                    ShapeCase{"Html", "<html>", false}, ShapeCase{"Text", "code message", false},
                    ShapeCase{"OtherJson", R"({"status":400,"path":"/"})", false},
                    ShapeCase{"Entra", R"({"error":"a","error_description":"b"})", false}),
    [](const auto& row) { return row.param.name; });

TEST(ErrorBody, IsReadInLinearTimeAndWithoutAStack) {
  const std::string deep = "{\"x\":" + std::string(1'000'000, '[') + "\"code\":\"A\"";
  EXPECT_EQ(read_error_body(deep), ErrorBody{});
}

}  // namespace
}  // namespace awps
