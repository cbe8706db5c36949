#pragma once

// A pipeline in virtual time with two producers, of which one is withdrawn.

#include "tests/hub/coalesce_harness.h"

namespace awps {

class WithdrawTest : public CoalesceTest {
 protected:
  void withdraw(size_t producer = 1) {
    pipeline_->withdraw([producer](const Account& account) { return account.producer == producer; },
                        now_);
    check();
    EXPECT_TRUE(accounts_[producer - 1].is_withdrawn || ledger().unsettled() == 0);
  }
  static PipelineOptions merging() {
    PipelineOptions options = one_at_a_time();
    options.coalesce.merge.push_back(
        {.groups = "*", .format = MergeFormat::kLines, .max_bytes = 1000});
    return options;
  }
  static Action to_group(std::string_view data = "x") {
    return {.kind = kSendToGroup, .group = "g", .data = data};
  }
  static Action to_user(std::string_view user) {
    return {.kind = kSendToUser, .member = user, .data = "same"};
  }
  /// One request for Ann (of the first producer) and Bob (of the second), which is under way.
  Operation& fan_out_of_both() {
    make(one_at_a_time());
    Operation& occupied = occupy();
    accept({to_user("Ann")}, 1);
    accept({to_user("Bob")}, 2);
    finish(occupied);
    Operation& both = *next();
    EXPECT_EQ(both.members.size(), 2U);
    return both;
  }
  /// One message in group g of the first, the second and the first producer, likewise.
  Operation& merge_of_both() {
    make(merging());
    Operation& occupied = occupy();
    accept({to_group()}, 1);
    accept({to_group()}, 2);
    accept({to_group()}, 1);
    finish(occupied);
    Operation& merged = *next();
    EXPECT_EQ(seqs_of(merged), "2,3,4");
    return merged;
  }
  static AttemptEnd forbidden() {
    return {.verdict = {.kind = VerdictKind::kForbidden}, .http_status = 403};
  }
  uint64_t in(EntryState state) const { return ledger().in(state); }
};

}  // namespace awps
