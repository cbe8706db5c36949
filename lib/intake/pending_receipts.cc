#include "intake/pending_receipts.h"

#include <algorithm>

namespace awps {

void PendingReceipts::await(const Account& account, uint64_t first, uint64_t last) {
  ranges_[&account].push_back({first, last});
  waiting_.begin(first);
}

void PendingReceipts::take(const Receipt& receipt) {
  const auto found = ranges_.find(receipt.account);
  if (found == ranges_.end()) return;  // an Outcome came first
  std::deque<Range>& ranges = found->second;
  while (!ranges.empty() && ranges.front().last <= receipt.up_to) {
    waiting_.settle(ranges.front().first);
    ranges.pop_front();
  }
  if (ranges.empty()) {
    ranges_.erase(found);
    return;
  }
  Range& next = ranges.front();
  if (receipt.up_to < next.first) return;
  waiting_.settle(next.first);
  next.first = receipt.up_to + 1;
  waiting_.begin(next.first);
}

uint64_t PendingReceipts::received_up_to(uint64_t last) const {
  const std::optional<uint64_t> lowest = waiting_.lowest_open();
  return lowest ? std::min(last, *lowest - 1) : last;
}

}  // namespace awps
