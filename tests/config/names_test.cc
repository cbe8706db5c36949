// Names: spellings of hubs, keys as TOML writes them, and guesses at what was meant.

#include "config/names.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

const auto name_of_case = [](const auto& row) { return std::string(row.param.name); };

TEST(Names, KeysAreQuotedWhereTomlWantsIt) {
  EXPECT_EQ(quoted_key("max_age"), "max_age");
  EXPECT_EQ(quoted_key("a.b"), "\"a.b\"");
  EXPECT_EQ(quoted_key(""), "\"\"");
  EXPECT_EQ(join_key("hubs", "a.b"), "hubs.\"a.b\"");
  EXPECT_EQ(join_key("", "hubs"), "hubs");
}

struct GuessCase {
  const char* name;
  std::string text;
  std::optional<std::string> guess;
};
void PrintTo(const GuessCase& row, std::ostream* out) {
  *out << row.name;
}

const GuessCase kGuesses[] = {
    {"Missing", "timout", "timeout"},  {"Added", "timeoout", "timeout"},
    {"Changed", "timeaut", "timeout"}, {"Swapped", "tiemout", "timeout"},
    {"Case", "TimeOut", "timeout"},    {"NearestOfTwo", "max_agr", "max_age"},
    {"Far", "colour", std::nullopt},   {"ShortAndFar", "xyz", std::nullopt},
    {"Empty", "", std::nullopt},       {"HugeIsNoSlip", std::string(100000, 'a'), std::nullopt},
};

class Guesses : public testing::TestWithParam<GuessCase> {};

TEST_P(Guesses, AreTheNearestName) {
  EXPECT_EQ(nearest_name(GetParam().text, {"timeout", "max_age", "max_url", "burst"}),
            GetParam().guess);
}

INSTANTIATE_TEST_SUITE_P(Names, Guesses, testing::ValuesIn(kGuesses), name_of_case);

}  // namespace
}  // namespace awps
