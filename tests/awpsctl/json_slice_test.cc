// The very bytes of values within a JSON text.

#include "daemon/awpsctl/wire/json_slice.h"

#include <gtest/gtest.h>

#include <string>

namespace awps {
namespace {

struct MemberCase {
  const char* name;
  const char* object;
  const char* expected;  // of the member "a"
};
void PrintTo(const MemberCase& row, std::ostream* out) {
  *out << row.name;
}

const MemberCase kMembers[] = {
    {"Number", R"({"a":1})", "1"},
    {"NumberBeyondAnyType", R"({"a":123456789012345678901234567890.50e999})",
     "123456789012345678901234567890.50e999"},
    {"BlanksAround", "{ \"b\" : 2 , \"a\" : true }", "true"},
    {"Escapes", R"({"a":"\"}\\"})", R"("\"}\\")"},
    {"Object", R"({"b":{"a":0},"a":{"x":[1,"}"]}})", R"({"x":[1,"}"]})"},
    {"NotWithinAnother", R"({"b":{"a":0}})", ""},
    {"NotWithinAString", R"({"b":"\"a\":1"})", ""},
    {"LongerKey", R"({"ab":1})", ""},
    {"Empty", "{}", ""},
    {"NoObject", "[1]", ""},
    {"CutOff", R"({"a":{"b":)", R"({"b":)"},
    {"Nothing", "", ""},
};

class Members : public testing::TestWithParam<MemberCase> {};

TEST_P(Members, AreFoundByTheirBytes) {
  EXPECT_EQ(member_slice(GetParam().object, "a"), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(All, Members, testing::ValuesIn(kMembers),
                         [](const auto& row) { return std::string(row.param.name); });

struct ElementsCase {
  const char* name;
  const char* array;
  std::vector<std::string_view> expected;
};
void PrintTo(const ElementsCase& row, std::ostream* out) {
  *out << row.name;
}

const ElementsCase kElements[] = {
    {"None", "[]", {}},
    {"NoneButBlanks", "[ ]", {}},
    {"One", "[1]", {"1"}},
    {"Nested", R"([{"a":[1,2]}, [3,4] ,"],["])", {R"({"a":[1,2]})", "[3,4]", R"("],[")"}},
    {"NoArray", "{}", {}},
    {"CutOff", "[1,", {"1"}},
};

class Elements : public testing::TestWithParam<ElementsCase> {};

TEST_P(Elements, AreFoundByTheirBytes) {
  EXPECT_EQ(element_slices(GetParam().array), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(All, Elements, testing::ValuesIn(kElements),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace awps
