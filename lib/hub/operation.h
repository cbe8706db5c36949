#pragma once

// Operation: what one request carries out. It is active while its request is under way, deferred
// while it waits for its next attempt, and ends with the outcomes of all of its members.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "hub/operation_members.h"

namespace awps {

/// Whether a failure counts against its action is known only when its next try is due.
enum class Charge : uint8_t {
  kNobody,
  kAction,           // it is known already: it does
  kIfEndpointAlive,  // if the endpoint has answered another action well since the attempt failed
  kIfHubAlive,       // if it has answered another one of this hub well
};

/// What request the members become; each but the first is a rule of coalesce/. An operation of one
/// member is the single request, under a merge rule as a message of one part.
enum class OperationForm : uint8_t { kSingle, kFanOut, kBulkMembership, kMerge };
inline constexpr size_t kOperationForms = 4;

/// "fan_out" and so on, as the configuration spells the rules.
std::string_view name_of(OperationForm form);

struct Operation {
  OperationMembers members;                          // in a merge: in the order of their lane
  OperationForm form = OperationForm::kSingle;       // while there are two members or more
  OperationForm last_form = OperationForm::kSingle;  // of the last attempt
  Instant started{};                                 // of the last attempt
  Instant failed{};                                  // when it failed
  Instant due{};                                     // of the next one, while deferred
  uint32_t failures = 0;                             // attempts that failed, for the back-off
  uint32_t generation = 0;                           // a timer of an older one is stale
  Charge charge = Charge::kNobody;                   // of the last failure
  bool is_probe = false;  // its answer decides whether the endpoint is asked again
  bool in_due_list = false;
  bool needs_budget = false;      // its next try is charged to the retry budget
  bool is_released = false;       // its next try is outside the budget: the trouble is over
  bool waits_for_lane = false;    // the later part of a merge that was split
  Instant held_since = kNever;    // since when its kind is held
  size_t url_bytes = 0;           // about, of a fan-out
  size_t body_bytes = 0;          // of the last attempt
  int last_status = 0;            // of the last attempt; 0: no answer
  std::string last_failure;       // its words, for people
  Operation* next_due = nullptr;  // in the due list
  Operation* previous_due = nullptr;

  const Action& action() const { return members.front().entry->action(); }
  /// What its next attempt is.
  OperationForm present_form() const {
    if (members.size() > 1) return form;
    return members.front().entry->merge_rule == nullptr ? OperationForm::kSingle
                                                        : OperationForm::kMerge;
  }
};

}  // namespace awps
