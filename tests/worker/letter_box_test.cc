// The way of dead letters to the disk, where they change on the way.

#include "worker/letter_box.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace awps {
namespace {

// 1 became 2, which became 4 while it was being written in vain: 1 stays until 4 is there.
TEST(LetterBox, WhatWasReplacedTwiceWaitsForTheLast) {
  LetterBox box(0, [] {});
  LetterBox::Changes changes{.added = {{1, "a"}}, .gone = {}};
  box.hand_over(changes);
  box.wrote(box.take(SIZE_MAX));
  changes = {.added = {{2, "b"}}, .gone = {{.number = 1, .after = 2}}};
  box.hand_over(changes);
  const LetterBox::Group failed = box.take(SIZE_MAX);
  ASSERT_EQ(failed.replaced.size(), 1U);
  EXPECT_FALSE(box.cancel(2, 4)) << "it is being written";
  changes = {.added = {{3, "x"}, {4, "c"}}, .gone = {{.number = 2, .after = 4}}};
  box.hand_over(changes);
  box.failed(failed, "no disk");
  LetterBox::Group group = box.take(/*max_bytes=*/0);
  EXPECT_EQ(group.first, 3U);
  EXPECT_TRUE(group.replaced.empty() && group.gone.empty()) << "4 is not written yet";
  box.wrote(group);
  group = box.take(0);
  EXPECT_EQ(group.first, 4U);
  ASSERT_EQ(group.replaced.size(), 1U);
  EXPECT_EQ(group.replaced[0].number, 1U);
}

// A try that began before may not have what came last.
TEST(LetterBox, WhoeverWaitsHurriesTheTryBehindTheOneUnderWay) {
  std::atomic<int> wakes{0};
  LetterBox box(0, [&] {
    ++wakes;
    wakes.notify_one();
  });
  LetterBox::Changes changes{.added = {{1, "a"}}, .gone = {}};
  box.hand_over(changes);
  EXPECT_FALSE(box.is_hurried());
  const LetterBox::Group first = box.take(SIZE_MAX);
  std::jthread stop([&] { EXPECT_FALSE(box.wait_until_written(std::chrono::minutes(1))); });
  wakes.wait(1);
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(box.is_hurried()) << i;
    box.failed(i == 0 ? first : box.take(SIZE_MAX), "no disk");
    box.end_try();
  }
  EXPECT_FALSE(box.is_hurried());
}

}  // namespace
}  // namespace awps
