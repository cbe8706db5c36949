#pragma once

// Ledger: the law of the hub, in numbers. Every accepted action is in exactly one of the states, or
// has exactly one outcome: accepted = queued + active + deferred + the sum of the outcomes.

#include <array>
#include <cstdint>

#include "hub/entry.h"
#include "hub/operation.h"
#include "queue/outcome.h"

namespace awps {

struct Ledger {
  uint64_t accepted = 0;
  std::array<uint64_t, 3> in_state{};                // by EntryState
  std::array<uint64_t, kOutcomeKinds> outcomes{};    // by OutcomeKind
  uint64_t target_gone = 0;                          // of the delivered
  uint64_t conflated = 0;                            // of the superseded, by the rule conflate
  std::array<uint64_t, kOperationForms> attempts{};  // by OperationForm
  std::array<uint64_t, kOperationForms> carried{};   // actions that these carried
  uint64_t splits = 0;                               // coalesced operations taken apart
  uint64_t retries = 0;                              // attempts that were not the first
  uint64_t redriven = 0;                             // of the accepted, dead letters before
  uint64_t ambiguous_retries = 0;                    // sends repeated though they may have arrived
  std::array<uint64_t, 3> charges{};                 // failed attempts, by Evidence
  uint64_t health_probes = 0;                        // questions for the service's health

  uint64_t in(EntryState state) const { return in_state[static_cast<size_t>(state)]; }
  uint64_t with(OutcomeKind kind) const { return outcomes[static_cast<size_t>(kind)]; }
  uint64_t requests(OperationForm form) const { return attempts[static_cast<size_t>(form)]; }
  uint64_t carried_by(OperationForm form) const { return carried[static_cast<size_t>(form)]; }
  uint64_t unsettled() const { return in_state[0] + in_state[1] + in_state[2]; }

  void move(EntryState from, EntryState to) {
    --in_state[static_cast<size_t>(from)];
    ++in_state[static_cast<size_t>(to)];
  }

  /// Does the law hold?
  bool balances() const {
    uint64_t sum = unsettled();
    for (const uint64_t n : outcomes) sum += n;
    return sum == accepted;
  }
};

}  // namespace awps
