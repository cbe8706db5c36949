#pragma once

// PendingReceipts: what one producer handed to hubs that have not said yet that it is accepted. A
// hub in memory says so at once and costs nothing here.
//
// 1. A receipt covers its account's actions up to its seq; those of other hubs wait for theirs.
// 2. Receipts of one account come in order; between accounts there is no order.
//
// One thread. A receipt costs O(log n) for each batch that it covers.

#include <cstdint>
#include <deque>
#include <unordered_map>

#include "intake/settled_prefix.h"
#include "queue/account.h"
#include "queue/receipt.h"

namespace awps {

class PendingReceipts {
 public:
  /// A batch of the account, with seqs from `first` to `last`, has entered and has no receipt yet.
  void await(const Account& account, uint64_t first, uint64_t last);
  void take(const Receipt& receipt);

  /// The greatest seq, of those up to `last`, below which nothing waits for a receipt.
  uint64_t received_up_to(uint64_t last) const;
  bool any() const { return waiting_.open() > 0; }
  bool awaits(const Account& account) const { return ranges_.contains(&account); }

 private:
  struct Range {
    uint64_t first = 0;
    uint64_t last = 0;
  };
  std::unordered_map<const Account*, std::deque<Range>> ranges_;  // none is empty
  SettledPrefix waiting_;                                         // the ranges' firsts
};

}  // namespace awps
