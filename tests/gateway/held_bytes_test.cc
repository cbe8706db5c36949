#include "gateway/held_bytes.h"

#include <gtest/gtest.h>

#include <optional>

namespace awps {
namespace {

TEST(HeldBytes, AHubHasItsPart) {
  HeldBytes bytes(100);
  const HeldBytes::Charge most(bytes, "chat", 100);
  EXPECT_FALSE(bytes.is_over("chat"));
  std::optional<HeldBytes::Charge> more(std::in_place, bytes, "chat", 1);
  EXPECT_TRUE(bytes.is_over("chat"));
  EXPECT_FALSE(bytes.is_over("news")) << "it holds nothing";
  more.reset();
  EXPECT_FALSE(bytes.is_over("chat"));
}

TEST(HeldBytes, AllTogetherHaveTwice) {
  HeldBytes bytes(100);
  const HeldBytes::Charge one(bytes, "one", 100);
  const HeldBytes::Charge two(bytes, "two", 100);
  EXPECT_FALSE(bytes.is_over("two"));
  const HeldBytes::Charge three(bytes, "three", 2);
  EXPECT_TRUE(bytes.is_over("three"));
}

TEST(HeldBytes, AChargeThatMovesIsReleasedOnce) {
  HeldBytes bytes(100);
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
