#include "emulator/json_reader.h"

#include <gtest/gtest.h>

namespace awps::emulator {
namespace {

struct Row {
  std::string_view name;
  std::string text;
  bool is_valid;
};

class JsonSyntax : public testing::TestWithParam<Row> {};

TEST_P(JsonSyntax, IsRfc8259) {
  EXPECT_EQ(is_json(GetParam().text), GetParam().is_valid);
}

std::string nested(size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

INSTANTIATE_TEST_SUITE_P(
    Json, JsonSyntax,
    testing::Values(Row{"object", R"( {"a" : [1, -2.5e+3, true, null], "b":{}} )", true},
                    Row{"string", R"("hi")", true}, Row{"number", "0", true},
                    Row{"hugeNumber", "1e999", true},
                    Row{"longInteger", std::string(60, '9'), true},
                    Row{"escape", R"("\u00e9\n")", true}, Row{"empty", "", false},
                    Row{"blank", " ", false}, Row{"word", "tru", false},
                    Row{"twoValues", "1 2", false}, Row{"trailingComma", "[1,]", false},
                    Row{"singleQuotes", "{'a':1}", false}, Row{"leadingZero", "01", false},
                    Row{"plus", "+1", false}, Row{"dot", "1.", false},
                    Row{"control", "\"\n\"", false}, Row{"badEscape", R"("\x")", false},
                    Row{"open", "[1", false}, Row{"notUtf8", "\"\xFF\"", false},
                    Row{"deepest", nested(64), true}, Row{"tooDeep", nested(65), false}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(JsonMembers, KeepTheBytesOfValues) {
  const auto members = json_members(R"({ "a" : {"x": 1.0} ,"b\u0063":"t\n" })");
  ASSERT_TRUE(members.has_value());
  ASSERT_EQ(members->size(), 2U);
  EXPECT_EQ(members->at(0).raw, R"({"x": 1.0})");
  EXPECT_EQ(members->at(1).name, "bc");
  EXPECT_EQ(json_string_value(members->at(1).raw), "t\n");
  EXPECT_EQ(json_string_value("1"), std::nullopt);
  EXPECT_FALSE(json_members("[1]").has_value());
}

}  // namespace
}  // namespace awps::emulator
