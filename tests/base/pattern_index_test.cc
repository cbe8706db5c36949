#include "base/pattern_index.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/pattern.h"
#include "base/random.h"

namespace awps {
namespace {

size_t scan(const std::vector<std::string_view>& patterns, std::string_view text) {
  for (size_t i = 0; i < patterns.size(); ++i) {
    if (matches_pattern(patterns[i], text)) return i;
  }
  return PatternIndex::kNone;
}

TEST(PatternIndex, TheFirstThatFitsCounts) {
  const std::vector<std::string_view> patterns = {"log-*-raw", "log-*", "*", "log-a"};
  const PatternIndex index(patterns);
  EXPECT_EQ(index.first_match("log-a-raw"), 0U);
  EXPECT_EQ(index.first_match("log-a"), 1U);
  EXPECT_EQ(index.first_match("live"), 2U);
  EXPECT_EQ(index.first_match(""), 2U);
}

TEST(PatternIndex, WithoutPatternsNothingFits) {
  EXPECT_EQ(PatternIndex({}).first_match("a"), PatternIndex::kNone);
}

std::string random_text(Random& random, std::string_view letters, size_t most) {
  std::string text;
  for (size_t left = random.below(most + 1); left > 0; --left) {
    text += letters[random.below(letters.size())];
  }
  return text;
}

// Few letters and short texts, so that much fits, in many ways.
TEST(PatternIndex, FindsWhatAScanFinds) {
  size_t found = 0;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    Random random(seed);
    std::vector<std::string> texts;
    for (size_t count = random.below(40); count > 0; --count) {
      texts.push_back(random_text(random, seed % 2 == 0 ? "ab*" : "a\xffz**", 6));
    }
    const std::vector<std::string_view> patterns(texts.begin(), texts.end());
    const PatternIndex index(patterns);
    for (int i = 0; i < 300; ++i) {
      const std::string text = random_text(random, seed % 2 == 0 ? "ab" : "a\xffz", 8);
      const size_t expected = scan(patterns, text);
      found += expected == PatternIndex::kNone ? 0 : 1;
      ASSERT_EQ(index.first_match(text), expected) << "seed " << seed << ", text '" << text << "'";
    }
  }
  EXPECT_GT(found, 20'000U);
}

}  // namespace
}  // namespace awps
