#include "intake/pending_receipts.h"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <set>
#include <string>

#include "base/random.h"

namespace awps {
namespace {

TEST(PendingReceipts, WithoutAnyEverythingIsReceived) {
  const PendingReceipts pending;
  EXPECT_FALSE(pending.any());
  EXPECT_EQ(pending.received_up_to(7), 7U);
}

TEST(PendingReceipts, AReceiptOfOneHubDoesNotSpeakForAnother) {
  PendingReceipts pending;
  const Account chat;
  const Account news;
  pending.await(chat, 1, 5);  // with 2 and 4 in the other hub
  pending.await(news, 2, 4);
  EXPECT_EQ(pending.received_up_to(6), 0U);
  pending.take({&news, 4});
  EXPECT_EQ(pending.received_up_to(6), 0U);
  pending.take({&chat, 5});
  EXPECT_EQ(pending.received_up_to(6), 6U);
  EXPECT_FALSE(pending.any());
}

TEST(PendingReceipts, AReceiptMayCoverSeveralBatchesOrAPartOfOne) {
  PendingReceipts pending;
  const Account chat;
  for (const uint64_t first : {1U, 11U, 21U}) pending.await(chat, first, first + 9);
  pending.take({&chat, 23});
  EXPECT_EQ(pending.received_up_to(30), 23U);
  pending.take({&chat, 22});
  EXPECT_EQ(pending.received_up_to(30), 23U) << "an older one changes nothing";
  pending.take({&chat, 30});
  EXPECT_EQ(pending.received_up_to(30), 30U);
  pending.take({&chat, 31});
  EXPECT_FALSE(pending.any()) << "an Outcome may come after its receipt";
}

// The model is the set of seqs that wait, for each account.
TEST(PendingReceipts, EqualsItsModel) {
  static constexpr size_t kHubs = 3;
  const uint64_t seed = seed_from_system();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  PendingReceipts pending;
  std::array<Account, kHubs> accounts;
  std::array<std::set<uint64_t>, kHubs> model;
  uint64_t seq = 0;
  for (int i = 0; i < 3'000; ++i) {
    if (random.chance(0.6)) {
      // A read: each hub gets those of its actions as one batch.
      std::array<std::deque<uint64_t>, kHubs> read;
      for (uint64_t n = random.below(6); n > 0; --n) read[random.below(kHubs)].push_back(++seq);
      for (size_t hub = 0; hub < kHubs; ++hub) {
        if (read[hub].empty()) continue;
        pending.await(accounts[hub], read[hub].front(), read[hub].back());
        model[hub].insert(read[hub].begin(), read[hub].end());
      }
    } else {
      const size_t hub = random.below(kHubs);
      const uint64_t up_to = random.below(seq + 1);
      pending.take({&accounts[hub], up_to});
      model[hub].erase(model[hub].begin(), model[hub].upper_bound(up_to));
    }
    uint64_t lowest = seq + 1;
    for (const auto& waiting : model) {
      if (!waiting.empty()) lowest = std::min(lowest, *waiting.begin());
    }
    // It may say less where it does not know which seqs of a batch are another hub's.
    ASSERT_LE(pending.received_up_to(seq), lowest - 1);
    ASSERT_EQ(pending.any(), lowest <= seq);
  }
  for (const Account& account : accounts) pending.take({&account, seq});
  EXPECT_EQ(pending.received_up_to(seq), seq);
}

}  // namespace
}  // namespace awps
