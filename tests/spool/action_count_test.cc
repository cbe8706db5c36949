#include "spool/action_count.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace awps {
namespace {

struct CountCase {
  const char* name;
  std::string_view text;
  uint64_t actions;
};
void PrintTo(const CountCase& row, std::ostream* out) {
  *out << row.name;
}

const CountCase kCounts[] = {
    {"Nothing", "", 0},
    {"Lines", "{\"actionName\":\"a\"}\n{\"actionName\":\"b\"}\n", 2},
    {"BlankLines", "\n \t\r\n{\"actionName\":\"a\"}\r\n\n", 1},
    {"ALastLineWithoutItsEnd", "{\"actionName\":\"a\"}\n{\"actionName\":\"b\"}", 2},
    {"ATornLastLine", "{\"actionName\":\"a\"}\n{\"ba", 2},
    {"NoBatch", "{\"batches\":[{},{}]}\n{\"batch\":5}\n", 2},
    {"ABatchOfOne", R"({"batch":[{"actionName":"a"}],"ordered":true})", 1},
    {"ABatchOfThree", "{\"batch\":[{\"n\":1},{\"n\":2},{\"n\":3}],\"ordered\":true}\n{\"n\":4}\n",
     4},
    {"TwoBatches", "{\"batch\":[{},{}],\"ordered\":true}\n{\"batch\":[{},{}],\"ordered\":true}\n",
     4},
    {"NestedData",
     R"({"batch":[{"data":{"batch":[{},{},[{}]]},"excluded":["x","y"]},{"data":[{},{}]}]})", 2},
    {"BracketsInTexts", R"({"batch":[{"data":"]},{ [{"},{"data":"\"},{\\"},{"data":"\\\""}]})", 3},
    {"ArraysBehindTheBatch", R"({"batch":[{}],"more":[{},{}]})", 1},
    {"ATornBatch", R"({"batch":[{"data":"a"},{"da)", 2},
};

class Counts : public testing::TestWithParam<CountCase> {};

TEST_P(Counts, AreTheSameHoweverTheFileIsCut) {
  const std::string_view text = GetParam().text;
  ActionCount whole;
  whole.take(text);
  EXPECT_EQ(whole.actions(), GetParam().actions);
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    ActionCount pieces;
    pieces.take(text.substr(0, cut));
    pieces.take(text.substr(cut));
    EXPECT_EQ(pieces.actions(), GetParam().actions) << "cut at " << cut;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Counts, testing::ValuesIn(kCounts),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace awps
