#include "base/pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace awps {
namespace {

struct PatternCase {
  std::string name;
  std::string pattern;
  std::string text;
  bool fits = false;
};

class Pattern : public testing::TestWithParam<PatternCase> {};

TEST_P(Pattern, Matches) {
  EXPECT_EQ(matches_pattern(GetParam().pattern, GetParam().text), GetParam().fits);
}

INSTANTIATE_TEST_SUITE_P(
    All, Pattern,
    testing::Values(PatternCase{"Equal", "abc", "abc", true},
                    PatternCase{"NotEqual", "abc", "abd", false},
                    PatternCase{"Longer", "abc", "abcd", false},
                    PatternCase{"Shorter", "abc", "ab", false},
                    PatternCase{"Everything", "*", "anything", true},
                    PatternCase{"EverythingIsAlsoNothing", "*", "", true},
                    PatternCase{"Prefix", "device-*", "device-7", true},
                    PatternCase{"PrefixAlone", "device-*", "device-", true},
                    PatternCase{"OtherPrefix", "device-*", "devices", false},
                    PatternCase{"Suffix", "*-log", "a-log-log", true},
                    PatternCase{"Middle", "a*b*c", "aXbXbXc", true},
                    PatternCase{"MiddleMissing", "a*b*c", "aXcXb", false},
                    PatternCase{"TwoStars", "a**b", "ab", true},
                    PatternCase{"NothingElseIsSpecial", "a?[b]", "a?[b]", true},
                    PatternCase{"AQuestionMarkIsNoWildcard", "a?", "ab", false},
                    PatternCase{"EmptyFitsEmpty", "", "", true}),
    [](const testing::TestParamInfo<PatternCase>& c) { return c.param.name; });

}  // namespace
}  // namespace awps
