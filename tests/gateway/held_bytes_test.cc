#include "gateway/held_bytes.h"

#include <gtest/gtest.h>

#include <optional>

namespace awps {
namespace {

TEST(HeldBytes, AHubHasItsPart) {
  HeldBytes bytes({.max_bytes = 100});
  const HeldBytes::Charge most(bytes, "chat", 100);
  EXPECT_FALSE(bytes.is_over("chat"));
  std::optional<HeldBytes::Charge> more(std::in_place, bytes, "chat", 1);
  EXPECT_TRUE(bytes.is_over("chat"));
  EXPECT_FALSE(bytes.is_over("news")) << "it holds nothing";
  more.reset();
  EXPECT_FALSE(bytes.is_over("chat"));
}

TEST(HeldBytes, AllTogetherHaveTwice) {
  HeldBytes bytes({.max_bytes = 100});
  const HeldBytes::Charge one(bytes, "one", 100);
  const HeldBytes::Charge two(bytes, "two", 100);
  EXPECT_FALSE(bytes.is_over("two"));
  const HeldBytes::Charge three(bytes, "three", 2);
  EXPECT_TRUE(bytes.is_over("three"));
}

TEST(HeldBytes, WritesAreCountedToo) {
  HeldBytes bytes({.max_writes = 1});
  const HeldBytes::Charge first(bytes, "one", 1);
  EXPECT_FALSE(bytes.is_over("one"));
  std::optional<HeldBytes::Charge> second(std::in_place, bytes, "one", 1);
  EXPECT_TRUE(bytes.is_over("one"));
  second.emplace(bytes, "two", 1);
  EXPECT_FALSE(bytes.is_over("two"));
  const HeldBytes::Charge third(bytes, "three", 1);
  const HeldBytes::Charge fourth(bytes, "four", 1);
  EXPECT_TRUE(bytes.is_over("four")) << "all together have twice as many";
}

TEST(HeldBytes, AChargeThatMovesIsReleasedOnce) {
  HeldBytes bytes({.max_bytes = 100});
  {
    HeldBytes::Charge first(bytes, "chat", 30);
    HeldBytes::Charge second(bytes, "chat", 20);
    second = std::move(first);
    EXPECT_EQ(bytes.all(), 30U);
    const HeldBytes::Charge third(std::move(second));
    EXPECT_EQ(bytes.all(), 30U);
  }
  EXPECT_EQ(bytes.all(), 0U);
}

}  // namespace
}  // namespace awps
