#include "client/utf8.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>

#include "tests/client/test_seed.h"

namespace awps::client {
namespace {

struct Row {
  const char* name;
  std::string_view text;
  bool is_right;
};

TEST(Utf8, KnowsTheEdgesOfItsTable) {
  using std::string_view_literals::operator""sv;
  const Row kRows[] = {
      {"empty", "", true},
      {"ascii of every length to 17", "0123456789abcdefg", true},
      {"nul", "a\0b"sv, true},
      {"two bytes, lowest", "\xc2\x80", true},
      {"two bytes, overlong", "\xc1\xbf", false},
      {"three bytes, lowest", "\xe0\xa0\x80", true},
      {"three bytes, overlong", "\xe0\x9f\xbf", false},
      {"last before the surrogates", "\xed\x9f\xbf", true},
      {"a surrogate", "\xed\xa0\x80", false},
      {"first after the surrogates", "\xee\x80\x80", true},
      {"four bytes, lowest", "\xf0\x90\x80\x80", true},
      {"four bytes, overlong", "\xf0\x8f\xbf\xbf", false},
      {"the last character", "\xf4\x8f\xbf\xbf", true},
      {"beyond the last", "\xf4\x90\x80\x80", false},
      {"a lead that never is", "\xf5\x80\x80\x80", false},
      {"a tail alone", "\x80", false},
      {"cut off after one of four", "abcdefgh\xf0", false},
      {"cut off after three of four", "abcdefgh\xf0\x9f\x98", false},
      {"a letter in the place of a tail", "\xe2\x82x", false},
      {"latin-1", "caf\xe9", false},
      {"a fault behind long ascii", "0123456789abcdef0123456789abcdef\xff", false},
  };
  for (const Row& row : kRows) EXPECT_EQ(is_utf8(row.text), row.is_right) << row.name;
}

TEST(Utf8, AgreesWithSimdjson) {
  Random random = seeded_random();
  constexpr std::string_view kPieces[] = {
      "a",        "01234567", "é",    "€",    "\xf0\x9f\x98\x80",
      "\xed\xa0", "\x80",     "\xc2", "\xf4", "\xe0\xa0"};
  for (int i = 0; i < 50'000; ++i) {
    std::string text;
    for (uint64_t n = random.below(8); n > 0; --n) text += kPieces[random.below(10)];
    if (random.chance(0.2)) text += static_cast<char>(random.next());
    ASSERT_EQ(is_utf8(text), simdjson::validate_utf8(text.data(), text.size()))
        << testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace awps::client
