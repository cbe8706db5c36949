#include "socket/ack_tracker.h"

namespace awps {

void AckTracker::tell_accepted(uint64_t seq, std::string& out) {
  if (ack_ != Ack::kAccepted || seq <= last_told_) return;
  append_accepted(out, seq);
  last_told_ = seq;
}

void AckTracker::note_outcome(const Outcome& outcome, std::string& out) {
  ++settled_;
  if (ack_ != Ack::kDelivered) return;
  const bool may_share =
      outcome.kind == OutcomeKind::kDelivered && outcome.id.empty() && !outcome.target_gone;
  const bool continues = may_share && run_.from != 0 && outcome.seq == run_.to + 1 &&
                         outcome.http_status == run_.http_status &&
                         outcome.attempts == run_.attempts;
  if (continues) {
    run_.to = outcome.seq;
    return;
  }
  tell_outcomes(out);
  if (may_share) {
    run_ = {outcome.seq, outcome.seq, outcome.http_status, outcome.attempts};
    return;
  }
  append_outcome(out, outcome);
}

void AckTracker::tell_outcomes(std::string& out) {
  if (run_.from == 0) return;
  if (run_.from == run_.to) {
    Outcome single;
    single.seq = run_.from;
    single.http_status = run_.http_status;
    single.attempts = run_.attempts;
    append_outcome(out, single);
  } else {
    append_delivered(out, run_);
  }
  run_ = {};
}

}  // namespace awps
