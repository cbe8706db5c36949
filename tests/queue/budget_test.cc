#include "queue/budget.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"

namespace awps {
namespace {

using Room = Budget::Room;

struct Case {
  const char* name;
  uint64_t held_by_others;
  uint64_t held_by_producer;
  uint64_t pending;
  uint64_t bytes;
  Room room;
};

std::ostream& operator<<(std::ostream& out, const Case& row) {
  return out << row.name;
}

class BudgetTable : public testing::TestWithParam<Case> {};

// Of 1,000 bytes, half for one producer.
TEST_P(BudgetTable, HasRoom) {
  Budget budget({.max_bytes = 1000, .max_producer_share = 0.5}, [] {});
  Account other;
  Account own;
  budget.add(GetParam().held_by_others, other);
  budget.add(GetParam().held_by_producer, own);
  EXPECT_EQ(budget.room_for(GetParam().bytes, GetParam().pending, own), GetParam().room);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, BudgetTable,
    testing::Values(Case{"Empty", 0, 0, 0, 100, Room::kFree},
                    Case{"EmptyTakesAnything", 0, 0, 0, 5000, Room::kFree},
                    Case{"PendingIsHeld", 0, 0, 1, 5000, Room::kHubFull},
                    Case{"ExactlyFull", 700, 0, 0, 300, Room::kFree},
                    Case{"OneTooMany", 700, 0, 0, 301, Room::kHubFull},
                    Case{"OneTooManyWithPending", 700, 0, 1, 300, Room::kHubFull},
                    Case{"ExactlyItsShare", 0, 400, 0, 100, Room::kFree},
                    Case{"BeyondItsShare", 0, 400, 0, 101, Room::kProducerFull},
                    Case{"BeyondItsShareWithPending", 0, 400, 50, 51, Room::kProducerFull},
                    Case{"FirstOfAProducerMayExceedItsShare", 100, 0, 0, 600, Room::kFree},
                    Case{"HubComesFirst", 500, 490, 0, 100, Room::kHubFull}),
    [](const auto& row) { return row.param.name; });

TEST(Budget, ChargesTheNumberThatItIsToldTo) {
  Budget budget({.max_bytes = 1000, .charges = &Account::window_bytes}, [] {});
  Account account;
  budget.add(600, account);
  EXPECT_EQ(account.window_bytes.load(), 600U);
  EXPECT_EQ(account.held_bytes.load(), 0U);
  EXPECT_EQ(budget.room_for(1, 0, account), Room::kProducerFull);
  budget.release(600, account);
  EXPECT_TRUE(account.is_settled());
}

TEST(Budget, TellsAProducerOnceHalfOfItsShareOfTheDiskIsFree) {
  int told = 0;
  Budget budget({.max_bytes = 1000}, [&] { ++told; });
  budget.set_producer_spool_limit(100);
  Account account;
  account.spooled_bytes = 100;
  EXPECT_TRUE(budget.must_wait(1, account));
  budget.note_spooled(100, 51);
  EXPECT_EQ(told, 0);
  account.spooled_bytes = 50;
  budget.note_spooled(51, 50);
  EXPECT_EQ(told, 1);
  EXPECT_EQ(budget.room_for(1, 0, account), Room::kFree);
}

TEST(Budget, TellsWhoWaitsForHalf) {
  int told = 0;
  Budget budget({.max_bytes = 1000}, [&] { ++told; });
  Account account;
  budget.add(501, account);
  EXPECT_TRUE(budget.must_wait_for_half());
  budget.release(1, account);
  EXPECT_EQ(told, 1);
  EXPECT_FALSE(budget.must_wait_for_half());
  budget.release(500, account);
  EXPECT_EQ(told, 1) << "nobody waits any more";
}

TEST(Budget, WhatAdmitsNothingIsFullEvenIfItIsEmpty) {
  int told = 0;
  Budget budget({.max_bytes = 1000}, [&] { ++told; });
  Account account;
  budget.set_admitting(false);
  EXPECT_TRUE(budget.must_wait(1, account));
  EXPECT_EQ(told, 0);
  budget.set_admitting(true);
  EXPECT_EQ(told, 1);
  EXPECT_EQ(budget.room_for(1, 0, account), Room::kFree);
}

TEST(Budget, WhoWantsToMayWaitForAStorageThatFailed) {
  int told = 0;
  Budget budget({.max_bytes = 1000}, [&] { ++told; });
  Account account;
  budget.close(Room::kStorageFailed);
  EXPECT_FALSE(budget.must_wait(1, account)) << "it is refused";
  EXPECT_EQ(told, 0);
  EXPECT_TRUE(budget.must_wait(1, account, /*for_storage_too=*/true));
  budget.close(Room::kFree);
  EXPECT_EQ(told, 1);
  EXPECT_FALSE(budget.must_wait(1, account, /*for_storage_too=*/true));
}

TEST(Budget, TellsWhoWaitsOfOtherBounds) {
  int told = 0;
  Budget budget({.max_bytes = 1000, .max_producer_share = 1}, [&] { ++told; });
  Account account;
  budget.add(900, account);
  ASSERT_TRUE(budget.must_wait(200, account));
  budget.set_options({.max_bytes = 2000, .max_producer_share = 1});
  EXPECT_EQ(told, 1);
  EXPECT_FALSE(budget.must_wait(200, account));
}

TEST(Budget, TellsAWaiterOnceAtHalf) {
  int told = 0;
  Budget budget({.max_bytes = 1000, .max_producer_share = 1}, [&] { ++told; });
  Account account;
  budget.add(1000, account);
  budget.release(10, account);
  EXPECT_EQ(told, 0) << "nobody waits";
  EXPECT_TRUE(budget.must_wait(100, account));
  budget.release(489, account);
  EXPECT_EQ(told, 0) << "501 are held";
  budget.release(1, account);
  EXPECT_EQ(told, 1);
  budget.release(100, account);
  EXPECT_EQ(told, 1) << "a waiter registers anew";
  EXPECT_TRUE(budget.must_wait(700, account));
  budget.release(100, account);
  EXPECT_EQ(told, 2);
}

TEST(Budget, TellsAProducerAtHalfOfItsShare) {
  int told = 0;
  Budget budget({.max_bytes = 1000, .max_producer_share = 0.4}, [&] { ++told; });
  Account other;
  Account own;
  budget.add(550, other);
  budget.add(400, own);
  EXPECT_TRUE(budget.must_wait(50, own));
  budget.release(199, own);
  EXPECT_EQ(told, 0);
  budget.release(1, own);
  EXPECT_EQ(told, 1);
}

TEST(Budget, TellsAProducerThatIsAloneInItsHubAtHalfOfItsShare) {
  int told = 0;
  Budget budget({.max_bytes = 1000, .max_producer_share = 0.5}, [&] { ++told; });
  Account own;
  budget.add(500, own);
  EXPECT_TRUE(budget.must_wait(1, own));
  budget.release(200, own);
  EXPECT_EQ(told, 0);
  budget.release(50, own);
  EXPECT_EQ(told, 1);
}

TEST(Budget, NewLimitsHoldAtOnce) {
  Budget budget({.max_bytes = 1000, .max_producer_share = 1}, [] {});
  Account account;
  budget.add(600, account);
  EXPECT_EQ(budget.room_for(100, 0, account), Room::kFree);
  budget.set_options({.max_bytes = 650, .max_producer_share = 1});
  EXPECT_EQ(budget.room_for(100, 0, account), Room::kHubFull);
  budget.set_options({.max_bytes = 1000, .max_producer_share = 0.6});
  EXPECT_EQ(budget.room_for(100, 0, account), Room::kProducerFull);
}

// The model: a waiter that cannot go on is told before everything is released.
TEST(Budget, LeavesNoWaiterBehind) {
  const uint64_t seed = seed_from_system();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int round = 0; round < 300; ++round) {
    bool told = false;
    Budget budget({.max_bytes = 1000, .max_producer_share = 0.1 + random.unit() * 0.9},
                  [&] { told = true; });
    std::array<Account, 3> accounts;
    std::map<size_t, std::vector<uint64_t>> held;
    uint64_t sum = 0;
    for (int i = 0; i < 60; ++i) {
      const size_t who = random.below(3);
      const uint64_t bytes = 1 + random.below(400);
      if (budget.room_for(bytes, 0, accounts[who]) != Room::kFree) continue;
      budget.add(bytes, accounts[who]);
      held[who].push_back(bytes);
      sum += bytes;
    }
    EXPECT_EQ(budget.held_bytes(), sum);
    const size_t waiter = random.below(3);
    if (!budget.must_wait(400, accounts[waiter])) continue;
    for (auto& [who, pieces] : held) {
      for (const uint64_t bytes : pieces) budget.release(bytes, accounts[who]);
    }
    EXPECT_TRUE(told);
    EXPECT_EQ(budget.held_bytes(), 0U);
  }
}

}  // namespace
}  // namespace awps
