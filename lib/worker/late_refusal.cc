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
                              .id = std::string(accepted->id()),
                              .message = "hub '" + hub +
                                         "' could not write it to its disk; send it again later"});
    ++number;
  }
}

void report_lost(const Batch& batch, Reporter& reporter) {
  Account& account = batch.account();
  if (account.reports == nullptr || !account.wants_outcomes) return;
  std::vector<Outcome> outcomes;
  for (const Accepted* accepted = batch.first(); accepted != nullptr; accepted = accepted->next) {
    Outcome& outcome = outcomes.emplace_back();
    outcome.account = &account;
    outcome.seq = accepted->seq;
    outcome.kind = OutcomeKind::kAbandoned;
    outcome.id = accepted->id();
    outcome.error_code = code_of(Kept::kNowhere);
    outcome.error_message = message_of(Kept::kNowhere);
  }
  reporter.push(*account.reports, outcomes);
}

}  // namespace awps
