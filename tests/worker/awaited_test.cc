#include "worker/awaited.h"

#include <gtest/gtest.h>

#include <thread>

namespace awps {
namespace {

TEST(Awaited, IsWaitedForAsLongAsItMayCome) {
  Awaited awaited;
  int asked = 0;
  std::jthread teller;
  // It is told only once somebody has waited for a while.
  EXPECT_TRUE(awaited.wait([&] {
    if (++asked == 1) teller = std::jthread([&] { awaited.tell(); });
    return false;
  }));
  EXPECT_TRUE(static_cast<bool>(awaited));
}

TEST(Awaited, IsGivenUpWhereItCannotCome) {
  Awaited awaited;
  EXPECT_FALSE(awaited.wait([] { return true; }));
}

TEST(Awaited, WhatWasToldCountsAlsoForWhoeverWouldGiveUp) {
  Awaited awaited;
  awaited.tell();
  EXPECT_TRUE(awaited.wait([] { return true; }));
  awaited.reset();
  EXPECT_FALSE(awaited.wait([] { return true; }));
}

TEST(Awaited, WhatIsPromisedIsWaitedFor) {
  Awaited awaited;
  EXPECT_TRUE(awaited.promise());
  int asked = 0;
  std::jthread teller;
  EXPECT_TRUE(awaited.wait([&] {
    if (++asked == 2) teller = std::jthread([&] { awaited.tell(); });
    return true;
  }));
}

TEST(Awaited, NothingIsPromisedToOneThatHasLeft) {
  Awaited awaited;
  EXPECT_FALSE(awaited.has_left());
  EXPECT_FALSE(awaited.wait([] { return true; }));
  EXPECT_TRUE(awaited.has_left());
  EXPECT_FALSE(awaited.promise());
  awaited.reset();
  EXPECT_TRUE(awaited.promise());
}

}  // namespace
}  // namespace awps
