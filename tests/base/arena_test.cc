#include "base/arena.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"

namespace awps {
namespace {

bool is_aligned(const void* pointer, size_t alignment) {
  return reinterpret_cast<std::uintptr_t>(pointer) % alignment == 0;
}

TEST(Arena, TakesNothingBeforeItIsAsked) {
  EXPECT_EQ(Arena(1024).capacity(), 0U);
}

TEST(Arena, NeedsOneChunkForWhatWasExpected) {
  Arena arena(1024);
  for (int i = 0; i < 8; ++i) arena.allocate(128, 1);
  EXPECT_EQ(arena.capacity(), 1024U);
  arena.allocate(1, 1);
  EXPECT_GT(arena.capacity(), 1024U);
}

TEST(Arena, AlignsWhateverCameBefore) {
  Arena arena(64);
  for (size_t alignment = 1; alignment <= 64; alignment *= 2) {
    arena.allocate(1, 1);
    EXPECT_TRUE(is_aligned(arena.allocate(3, alignment), alignment)) << alignment;
  }
}

TEST(Arena, TakesWhatIsLargerThanAnyChunk) {
  Arena arena(64);
  auto* bytes = static_cast<char*>(arena.allocate(1'000'000, 8));
  std::memset(bytes, 1, 1'000'000);
  EXPECT_GE(arena.capacity(), 1'000'000U);
}

TEST(Arena, GrowsInProportion) {
  Arena arena(64);
  for (int i = 0; i < 100'000; ++i) arena.allocate(16, 8);
  EXPECT_GE(arena.capacity(), 1'600'000U);
  EXPECT_LE(arena.capacity(), 3'200'000U);
}

TEST(Arena, ALargePieceLeavesTheEndOfNoOtherUnused) {
  Arena arena(1000);
  arena.allocate(100, 8);
  for (int i = 0; i < 10; ++i) arena.allocate(Arena::kLarge + 1, 8);
  EXPECT_EQ(arena.capacity(), 1000 + 10 * (Arena::kLarge + 1));
  EXPECT_EQ(arena.unused(), 900U);
  EXPECT_TRUE(arena.fits(900));
  EXPECT_FALSE(arena.fits(901));
}

TEST(Arena, SaysWhatFitsBeforeItsFirstChunk) {
  const Arena arena(100);
  EXPECT_TRUE(arena.fits(100));
  EXPECT_FALSE(arena.fits(101));
}

TEST(Arena, CopiesKeepTheirBytesWhateverFollows) {
  Random random(11);
  Arena arena(100);
  std::vector<std::string> texts;
  std::vector<std::string_view> copies;
  for (int i = 0; i < 3000; ++i) {
    texts.emplace_back(random.below(300), static_cast<char>('a' + i % 26));
    copies.push_back(arena.copy(texts.back()));
    arena.make(uint64_t{0x5555555555555555});
  }
  for (size_t i = 0; i < texts.size(); ++i) ASSERT_EQ(copies[i], texts[i]);
}

TEST(Arena, CopyOfNothingIsNothing) {
  Arena arena(64);
  EXPECT_TRUE(arena.copy("").empty());
  EXPECT_EQ(arena.capacity(), 0U);
}

TEST(Arena, MakesValues) {
  struct Pair {
    int a;
    double b;
  };
  Arena arena(64);
  const Pair* pair = arena.make(Pair{1, 2.5});
  EXPECT_EQ(pair->a, 1);
  EXPECT_EQ(pair->b, 2.5);
  EXPECT_TRUE(is_aligned(pair, alignof(Pair)));
}

}  // namespace
}  // namespace awps
