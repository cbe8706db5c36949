#pragma once

// CoalesceHistory: what became of each action of a program, checked as it happens against the
// contract (DESIGN.md §3, §4), and at the end against carrying out the actions one by one.
//
// 1. An action starts only when nothing that stands before it, and that it must wait for, has no
//    Outcome; but in one operation with it.
// 2. compare() puts the actions in the order in which the service carried them out, the superseded
//    ones where their successors stand, and carries them out one by one on a second model: the same
//    world, and to each client the same messages.
//
// The first mistake is kept. One thread.

#include <cstdint>
#include <string>
#include <vector>

#include "queue/outcome.h"
#include "tests/simulation/program.h"

namespace awps {

class CoalesceHistory {
 public:
  explicit CoalesceHistory(const Program& program);

  void accepted(size_t number, Instant now);
  void started(const std::vector<size_t>& members, Instant now);
  /// `is_lost`: the answer will not say so.
  void took_effect(const std::vector<size_t>& members, bool is_lost);
  /// The service takes this one under no circumstances: it may become a dead letter.
  void refused_alone(size_t number);
  void answered(const std::vector<size_t>& members, bool failed);
  /// Parked: it, or who takes its place, must not start before.
  void parked_until(size_t number, Instant due) { tracks_[number].not_before = due; }
  /// It asks whether the endpoint is back, before its time.
  void asks(const std::vector<size_t>& members);
  /// The endpoint, or a kind of action, has recovered: what is parked may go at once.
  void released();
  void ended(const Outcome& outcome, Instant now);
  /// Which actions a removeUserFromAllGroups need not wait for any longer.
  void spread_exemption();

  /// Nothing of this producer waits.
  void check_withdrawn(uint64_t producer);
  /// Nothing holds anybody back: only who lingers may wait.
  void check_nobody_waits(Instant now);
  /// How many of those not under way, `members` among them, could start now.
  uint64_t could_start(const std::vector<size_t>& members) const;
  void compare(std::vector<model::Client> clients, const model::ServiceWorld& service);

  uint64_t unsettled() const { return unsettled_; }
  uint64_t superseded() const { return superseded_; }
  uint64_t attempts(size_t number) const { return tracks_[number].attempts; }
  const std::string& mistake() const { return mistake_; }
  void report(std::string text);
  /// What the service did, in its order: "3, 4+5, 4+5".
  std::string effects_text() const;

 private:
  static constexpr size_t kNobody = SIZE_MAX;

  struct Track {
    Instant accepted_at{};
    Instant place_since{};  // when the first of those in its place was accepted
    Instant not_before{};   // its next attempt
    size_t place = 0;       // number of that one
    size_t by = kNobody;    // its successor
    uint64_t attempts = 0;
    uint32_t effects = 0;
    uint32_t lost_effects = 0;
    uint32_t failures = 0;
    bool taken = false;
    bool active = false;
    bool settled = false;
    bool exempt = false;
    bool refused_alone = false;
    OutcomeKind outcome = OutcomeKind::kDelivered;
  };
  struct Done {
    size_t number = 0;
    bool is_effect = true;  // false: superseded, stands before its successor
  };

  bool waits_for(size_t later, size_t earlier) const;
  bool is_exempt(size_t later, size_t earlier) const;
  void check_start(size_t number, const std::vector<size_t>& members, size_t position);
  void check_superseded(size_t number, const Outcome& outcome);
  void check_returned(size_t number);
  void check_end(size_t number, const Outcome& outcome, Instant now);
  Instant expiry(size_t number) const;
  std::vector<Done> expanded() const;
  void check_order(const std::vector<Done>& order);
  size_t carried_by(size_t number) const;
  bool is_swept(size_t number) const;
  bool is_void_beside(size_t change, size_t end) const;
  bool was_lost_together(size_t later, size_t earlier) const;
  bool was_exempt(size_t later, size_t earlier) const;
  std::string name(size_t number) const;

  const Program& program_;
  std::vector<Track> tracks_;
  std::vector<size_t> in_order_;                         // accepted so far
  std::vector<std::vector<size_t>> effects_;             // by operation, in the order carried out
  std::vector<std::pair<size_t, size_t>> exempt_pairs_;  // later, earlier
  bool any_exempt_ = false;
  uint64_t unsettled_ = 0;
  uint64_t superseded_ = 0;
  std::string mistake_;
};

}  // namespace awps
