#include "worker/late_refusal.h"

#include <vector>

namespace awps {

void refuse_late(Batch& batch, const std::string& hub, Reporter& reporter) {
  const Account& account = batch.account();
  const std::vector<uint64_t>& lines = batch.uncommitted().lines;
  size_t number = 0;
  for (const Accepted* accepted = batch.first(); accepted != nullptr; accepted = accepted->next) {
    reporter.push(*account.reports,
                  LateRefusal{.account = &account,
                              .producer = account.producer,
                              .seq = accepted->seq,
                              .line = number < lines.size() ? lines[number] : 0,
                              .id = std::string(accepted->action.id),
                              .message = "hub '" + hub +
                                         "' could not write it to its disk; send it again later"});
    ++number;
  }
}

}  // namespace awps
