#include "tests/simulation/coalesce_history.h"

#include <algorithm>

#include "tests/simulation/coalesce_rules.h"

namespace awps {

CoalesceHistory::CoalesceHistory(const Program& program)
    : program_(program), tracks_(program.steps().size()) {
  in_order_.reserve(tracks_.size());
}

void CoalesceHistory::report(std::string text) {
  if (mistake_.empty()) mistake_ = std::move(text);
}

std::string CoalesceHistory::name(size_t number) const {
  return std::string(name_of(program_.steps()[number].action.kind)) + " " + std::to_string(number);
}

std::string CoalesceHistory::effects_text() const {
  std::string text;
  for (const std::vector<size_t>& members : effects_) {
    if (!text.empty()) text += ", ";
    for (size_t i = 0; i < members.size(); ++i) {
      text += (i == 0 ? "" : "+") + std::to_string(members[i]);
    }
  }
  return text;
}

Instant CoalesceHistory::expiry(size_t number) const {
  const Duration time_to_live = program_.steps()[number].action.time_to_live;
  return time_to_live > Duration::zero() ? tracks_[number].accepted_at + time_to_live : kNever;
}

// ---- order

bool CoalesceHistory::waits_for(size_t later, size_t earlier) const {
  const uint8_t relation = program_.relation(std::max(later, earlier), std::min(later, earlier));
  if (relation == Program::kNone) return false;
  if ((relation & Program::kValues) != 0) return tracks_[earlier].place < tracks_[later].place;
  return earlier < later;
}

bool CoalesceHistory::is_exempt(size_t later, size_t earlier) const {
  return earlier < later && tracks_[earlier].exempt &&
         (program_.relation(later, earlier) & Program::kLogoutOnly) != 0;
}

void CoalesceHistory::check_start(size_t number, const std::vector<size_t>& members,
                                  size_t position) {
  const Track& track = tracks_[number];
  if (track.active || track.settled) {
    report(name(number) + " started twice at once, or after its end");
    return;
  }
  for (const size_t other : in_order_) {
    if (other == number || tracks_[other].settled || !waits_for(number, other)) continue;
    const auto place = std::ranges::find(members, other);
    if (place != members.end() && place < members.begin() + static_cast<ptrdiff_t>(position)) {
      continue;
    }
    if (is_exempt(number, other)) {
      exempt_pairs_.emplace_back(number, other);
      continue;
    }
    report(name(number) + " did not wait for " + name(other));
    return;
  }
}

void CoalesceHistory::started(const std::vector<size_t>& members, Instant now) {
  for (size_t i = 0; i < members.size(); ++i) {
    check_start(members[i], members, i);
    if (expiry(members[i]) <= now) report(name(members[i]) + " started after its time to live");
  }
  for (const size_t number : members) {
    if (now < tracks_[number].not_before) report(name(number) + " started before its retry time");
    tracks_[number].active = true;
    ++tracks_[number].attempts;
  }
}

void CoalesceHistory::asks(const std::vector<size_t>& members) {
  for (const size_t number : members) tracks_[number].not_before = {};
}

void CoalesceHistory::released() {
  for (Track& track : tracks_) track.not_before = {};
}

void CoalesceHistory::check_withdrawn(uint64_t producer) {
  for (const size_t number : in_order_) {
    const Track& track = tracks_[number];
    const bool waits = !track.settled && !track.active;
    if (waits && program_.steps()[number].producer == producer) {
      report(name(number) + " waits although it was withdrawn");
    }
  }
}

void CoalesceHistory::check_nobody_waits(Instant now) {
  size_t oldest = kNobody;
  for (const size_t number : in_order_) {
    const Track& track = tracks_[number];
    if (track.settled) continue;
    if (oldest == kNobody || track.place < tracks_[oldest].place) oldest = number;
  }
  if (oldest == kNobody) return;
  const bool may_linger = is_send(program_.steps()[oldest].action.kind);
  if (may_linger && tracks_[oldest].place_since + program_.hub().coalesce.linger > now) return;
  report(name(oldest) + " waits although nothing holds it back");
}

uint64_t CoalesceHistory::could_start(const std::vector<size_t>& members) const {
  uint64_t count = 0;
  for (const size_t number : in_order_) {
    const Track& track = tracks_[number];
    if (track.settled) continue;
    if (track.active && std::ranges::find(members, number) == members.end()) continue;
    const bool waits = std::ranges::any_of(in_order_, [&](size_t other) {
      return other != number && !tracks_[other].settled && waits_for(number, other) &&
             !is_exempt(number, other);
    });
    if (!waits) ++count;
  }
  return count;
}

// A send that failed twice may be parked with a charge; it, and what waits behind it. Who
// stands in another's place may be waited for by an earlier one: until nothing changes.
void CoalesceHistory::spread_exemption() {
  for (bool changed = any_exempt_; changed;) {
    changed = false;
    for (const size_t number : in_order_) {
      Track& track = tracks_[number];
      if (track.settled || track.exempt) continue;
      const bool charged = is_send(program_.steps()[number].action.kind) && track.failures >= 2;
      track.exempt = charged || std::ranges::any_of(in_order_, [&](size_t other) {
                       return other != number && tracks_[other].exempt && !tracks_[other].settled &&
                              waits_for(number, other);
                     });
      changed |= track.exempt;
    }
  }
}

// ---- events

void CoalesceHistory::accepted(size_t number, Instant now) {
  Track& track = tracks_[number];
  track.accepted_at = track.place_since = now;
  track.place = number;
  track.taken = true;
  in_order_.push_back(number);
  ++unsettled_;
  spread_exemption();
}

void CoalesceHistory::took_effect(const std::vector<size_t>& members, bool is_lost) {
  effects_.push_back(members);
  for (const size_t number : members) {
    ++tracks_[number].effects;
    if (is_lost) ++tracks_[number].lost_effects;
  }
}

void CoalesceHistory::refused_alone(size_t number) {
  tracks_[number].refused_alone = true;
}

void CoalesceHistory::answered(const std::vector<size_t>& members, bool failed) {
  for (const size_t number : members) {
    Track& track = tracks_[number];
    track.active = false;
    if (!failed) continue;
    ++track.failures;
    any_exempt_ |= track.failures >= 2;
  }
}

void CoalesceHistory::check_superseded(size_t number, const Outcome& outcome) {
  const size_t by = outcome.by_seq;
  const std::string both = name(number) + " was superseded by " + std::to_string(by);
  if (by <= number || by >= tracks_.size() || !tracks_[by].taken) {
    report(both + ", which is not a later one");
    return;
  }
  const std::vector<Step>& steps = program_.steps();
  if (!may_supersede(steps[by].ordered(), steps[number].ordered(), program_.hub().coalesce)) {
    report(both + ", which is about something else");
  }
  if (tracks_[number].active) report(both + " while it was under way");
  if (expiry(by) < expiry(number)) report(both + ", which expires before it");
  Track& successor = tracks_[by];
  tracks_[number].by = by;
  ++superseded_;
  if (steps[by].action.kind != steps[number].action.kind &&
      steps[by].action.kind == ActionKind::kRemoveUserFromAllGroups) {
    return;  // it takes no place
  }
  successor.place = tracks_[number].place;
  successor.place_since = tracks_[number].place_since;
  successor.not_before = tracks_[number].not_before;
  successor.exempt |= tracks_[number].exempt;
}

// While the withdrawal is under way, its outcomes come before check_withdrawn().
void CoalesceHistory::check_returned(size_t number) {
  if (program_.steps()[number].producer != program_.withdrawn().producer) {
    report(name(number) + " was returned, and nobody has withdrawn it");
  }
  if (tracks_[number].active) report(name(number) + " was returned while it was under way");
}

void CoalesceHistory::check_end(size_t number, const Outcome& outcome, Instant now) {
  const Track& track = tracks_[number];
  const bool delivered = outcome.kind == OutcomeKind::kDelivered;
  if (track.effects != track.lost_effects + (delivered ? 1 : 0)) {
    report(name(number) + " ended as " + std::string(name_of(outcome.kind)) + " after " +
           std::to_string(track.effects) + " effects, " + std::to_string(track.lost_effects) +
           " of them without an answer");
  }
  if (outcome.kind == OutcomeKind::kSuperseded) return;
  if (outcome.attempts != track.attempts) {
    report(name(number) + " had " + std::to_string(track.attempts) + " attempts, not " +
           std::to_string(outcome.attempts));
  }
  if (outcome.kind == OutcomeKind::kExpired && now < expiry(number)) {
    report(name(number) + " expired before its time");
  }
  if (outcome.kind == OutcomeKind::kReturned) check_returned(number);
  if (outcome.kind == OutcomeKind::kAbandoned) report(name(number) + " was abandoned");
  if (outcome.kind != OutcomeKind::kDeadLettered) return;
  const PipelineOptions& hub = program_.hub();
  const bool is_due =
      outcome.error_code == "refused"
          ? track.refused_alone
          : (outcome.error_code == "ambiguous" ? hub.give_up_ambiguous
                                               : track.attempts >= hub.retry.max_attempts);
  if (!is_due) report(name(number) + " is a dead letter without reason: " + outcome.error_code);
}

void CoalesceHistory::ended(const Outcome& outcome, Instant now) {
  const size_t number = outcome.seq;
  Track& track = tracks_[number];
  if (track.settled) report(name(number) + " has two outcomes");
  if (outcome.kind == OutcomeKind::kSuperseded) check_superseded(number, outcome);
  check_end(number, outcome, now);
  track.settled = true;
  track.outcome = outcome.kind;
  --unsettled_;
}

}  // namespace awps
