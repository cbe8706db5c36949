#include "queue/duplicates.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace awps {
namespace {

constexpr uint32_t kCharge = 100;

class Duplicates : public testing::Test {
 protected:
  Duplicates() {
    account_.id_scope = id_scope_of(1, "billing");
    account_.wants_outcomes = true;
  }

  void add(std::string_view id, uint32_t ordered_batch = 0) {
    batch_.add({.kind = ActionKind::kSendToAll, .data = "d", .id = id}, ++seq_, kCharge,
               ordered_batch);
  }
  // Its action with these seqs are marked, and taken out.
  TakenOut take_out(const std::vector<uint64_t>& marked) {
    for (const uint64_t seq : marked) batch_.uncommitted().ids[seq - 1].is_duplicate = true;
    return take_out_duplicates(batch_, outcomes_);
  }
  std::vector<uint64_t> left() const {
    std::vector<uint64_t> seqs;
    for (const Accepted* item = batch_.first(); item != nullptr; item = item->next) {
      seqs.push_back(item->seq);
    }
    return seqs;
  }

  Account account_;
  Batch batch_{account_, Instant{}, 1024};
  uint64_t seq_ = 0;
  std::vector<Outcome> outcomes_;
};

using Seqs = std::vector<uint64_t>;

TEST_F(Duplicates, OnlyIdsOutsideOfOrderedBatchesAreNoted) {
  add("\"a\"");
  add("");
  add("\"b\"", 1);
  note_ids(batch_);
  const std::vector<ActionId>& ids = batch_.uncommitted().ids;
  ASSERT_EQ(ids.size(), 3U);
  EXPECT_TRUE(ids[0].is_set);
  EXPECT_EQ(ids[0].hash, hash_of_id(account_.id_scope, "\"a\""));
  EXPECT_FALSE(ids[1].is_set);
  EXPECT_FALSE(ids[2].is_set);
}

TEST_F(Duplicates, ABatchWithoutIdsCarriesNone) {
  add("");
  add("\"b\"", 1);
  note_ids(batch_);
  EXPECT_FALSE(batch_.has_ids());
}

struct Case {
  const char* name;
  Seqs marked;
  Seqs left;
};

class TakenOutOf : public Duplicates, public testing::WithParamInterface<Case> {};

TEST_P(TakenOutOf, LeavesTheOthersInOrder) {
  for (const char* id : {"1", "2", "3", "4"}) add(id);
  note_ids(batch_);
  const TakenOut taken = take_out(GetParam().marked);
  EXPECT_EQ(taken.actions, GetParam().marked.size());
  EXPECT_EQ(taken.charge, kCharge * GetParam().marked.size());
  EXPECT_EQ(left(), GetParam().left);
  EXPECT_EQ(batch_.count(), GetParam().left.size());
  EXPECT_EQ(batch_.charge(), kCharge * GetParam().left.size());
  EXPECT_EQ(batch_.last() == nullptr ? 0 : batch_.last()->seq,
            GetParam().left.empty() ? 0 : GetParam().left.back());
  EXPECT_FALSE(batch_.has_ids());
  ASSERT_EQ(outcomes_.size(), GetParam().marked.size());
  for (size_t i = 0; i < outcomes_.size(); ++i) {
    EXPECT_EQ(outcomes_[i].kind, OutcomeKind::kDuplicate);
    EXPECT_EQ(outcomes_[i].seq, GetParam().marked[i]);
    EXPECT_EQ(outcomes_[i].id, std::to_string(GetParam().marked[i]));
    EXPECT_EQ(outcomes_[i].account, &account_);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Duplicates, TakenOutOf,
    testing::Values(Case{"None", {}, {1, 2, 3, 4}}, Case{"First", {1}, {2, 3, 4}},
                    Case{"Middle", {2, 3}, {1, 4}}, Case{"Last", {4}, {1, 2, 3}},
                    Case{"EachSecond", {2, 4}, {1, 3}}, Case{"All", {1, 2, 3, 4}, {}}),
    [](const auto& given) { return given.param.name; });

TEST_F(Duplicates, AreNotToldToWhoDoesNotAsk) {
  account_.wants_outcomes = false;
  add("1");
  note_ids(batch_);
  EXPECT_EQ(take_out({1}).actions, 1U);
  EXPECT_TRUE(outcomes_.empty());
}

}  // namespace
}  // namespace awps
