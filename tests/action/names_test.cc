#include "action/names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "action/words.h"

namespace awps {
namespace {

std::string upper(std::string_view text) {
  std::string all(text);
  std::ranges::transform(all, all.begin(), [](char c) { return static_cast<char>(toupper(c)); });
  return all;
}

TEST(Keys, AreFoundInAnyCaseAndOnlyWhole) {
  for (size_t i = 0; i < kKeys; ++i) {
    const auto key = static_cast<Key>(i);
    const std::string name(name_of(key));
    EXPECT_EQ(key_of(name), key) << name;
    EXPECT_EQ(key_of(upper(name)), key) << name;
    EXPECT_EQ(key_of(name + "x"), Key::kUnknown) << name;
    EXPECT_EQ(key_of(name.substr(1)), Key::kUnknown) << name;
    for (size_t at = 0; at < name.size(); ++at) {
      std::string other = name;
      other[at] = static_cast<char>(other[at] ^ 0x40);
      EXPECT_EQ(key_of(other), Key::kUnknown) << other;
    }
  }
  EXPECT_EQ(key_of(""), Key::kUnknown);
}

TEST(ActionNames, AreFoundInAnyCaseWithAndWithoutSuffix) {
  for (const std::string_view name : kActionNames) {
    const auto kind = action_kind_of(name);
    ASSERT_TRUE(kind.has_value()) << name;
    EXPECT_EQ(name_of(*kind), name);
    EXPECT_EQ(action_kind_of(upper(name)), kind);
    EXPECT_EQ(action_kind_of(std::string(name) + "Action"), kind);
    EXPECT_EQ(action_kind_of(std::string(name) + "ACTION"), kind);
    EXPECT_FALSE(action_kind_of(std::string(name) + "ActionAction").has_value());
    EXPECT_FALSE(action_kind_of(std::string(name) + " ").has_value());
  }
  EXPECT_FALSE(action_kind_of("").has_value());
}

TEST(NarrowingKeys, AreFoundInAnyCaseAndOnlyWhole) {
  for (size_t i = 0; i < kNarrowingKeys; ++i) {
    const auto key = static_cast<NarrowingKey>(i);
    const std::string name(name_of(key));
    EXPECT_EQ(narrowing_key_of(name), key) << name;
    EXPECT_EQ(narrowing_key_of(upper(name)), key) << name;
    EXPECT_FALSE(narrowing_key_of(name + "x").has_value()) << name;
    EXPECT_EQ(key_of(name), Key::kUnknown) << name;
  }
  EXPECT_FALSE(narrowing_key_of("").has_value());
}

struct NearRow {
  const char* written;
  const char* meant;
};

class OwnKey : public testing::TestWithParam<NearRow> {};

TEST_P(OwnKey, IsGuessedFromOneEdit) {
  EXPECT_EQ(nearly_own_key(GetParam().written), GetParam().meant);
}

INSTANTIATE_TEST_SUITE_P(
    Keys, OwnKey,
    testing::Values(NearRow{"ordering_key", "orderingKey"}, NearRow{"orderingKeys", "orderingKey"},
                    NearRow{"odreringKey", "orderingKey"}, NearRow{"OrderinKey", "orderingKey"},
                    NearRow{"ttlSecond", "ttlSeconds"}, NearRow{"ttl_seconds", "ttlSeconds"},
                    NearRow{"conflation-key", "conflationKey"}, NearRow{"unorderd", "unordered"},
                    NearRow{"hubs", "hub"}, NearRow{"hup", ""}, NearRow{"ids", ""},
                    NearRow{"ttl", ""}, NearRow{"orderKey", ""}, NearRow{"", ""},
                    NearRow{"conflationKeyXY", ""}));

TEST(IsWord, AgreesWithTheSlowComparison) {
  const std::string_view word = "messageTtlSeconds";
  for (size_t size = 0; size <= word.size(); ++size) {
    const std::string_view prefix = word.substr(0, size);
    EXPECT_TRUE(is_word(prefix, prefix));
    EXPECT_TRUE(is_word(upper(prefix), prefix));
    for (size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string other(prefix);
        other[at] = static_cast<char>(byte);
        ASSERT_EQ(is_word(other, prefix), equal_ignoring_case(other, prefix)) << other;
      }
    }
  }
}

}  // namespace
}  // namespace awps
