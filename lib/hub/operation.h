#pragma once

// Operation: what one request carries out. It is active while its request is under way, deferred
// while it waits for its next attempt, and ends with the outcomes of all of its members.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "hub/operation_members.h"
#include "limit/failure.h"

namespace awps {

/// What request the members become; each but the first is a rule of coalesce/. An operation of one
/// member is the single request, under a merge rule as a message of one part.
enum class OperationForm : uint8_t { kSingle, kFanOut, kBulkMembership, kMerge };
inline constexpr size_t kOperationForms = 4;

/// "fan_out" and so on, as the configuration spells the rules.
std::string_view name_of(OperationForm form);

/// What is known of an operation's last failure until its next attempt.
struct LastFailure {
  Instant at{};
  Duration pause{0};             // that was asked for
  bool may_charge = false;       // evidence may make it the action's own
  bool of_suspect = false;       // the target is one since
  bool is_excused = false;       // it belongs to a hold of the endpoint
  bool is_refusal = false;       // of credential or address
  bool was_throttled = false;    // too many requests
  bool was_way = false;          // there was no way to the service
  bool is_form_suspect = false;  // a coalesced one may fail because it is one
};

class OperationList;

struct Operation {
  OperationMembers members;                          // in a merge: in the order of their lane
  OperationForm form = OperationForm::kSingle;       // while there are two members or more
  OperationForm last_form = OperationForm::kSingle;  // of the last attempt
  Attempt attempt;                                   // the last: its answer tells the endpoint
  LastFailure failure;
  Instant first_failed = kNever;        // in this form
  Instant due{};                        // of the next attempt, while deferred
  uint32_t failures = 0;                // attempts that failed, for the back-off
  uint32_t generation = 0;              // a timer of an older one is stale
  bool needs_budget = false;            // its next try is charged to the retry budget
  bool is_released = false;             // its next try is outside the budget: the trouble is over
  bool waits_for_lane = false;          // the later part of a merge that was split
  bool needs_fresh_connection = false;  // the attempt asks whether the endpoint is back
  Instant held_since = kNever;          // since when its kind is held
  size_t url_bytes = 0;                 // about, of a fan-out
  size_t body_bytes = 0;                // of the last attempt
  int last_status = 0;                  // of the last attempt; 0: no answer
  std::string last_failure;             // its words, for people
  OperationList* list = nullptr;        // that it waits in
  Operation* next = nullptr;            // in that list
  Operation* previous = nullptr;

  const Action& action() const { return members.front().entry->action(); }
  /// What its next attempt is.
  OperationForm present_form() const {
    if (members.size() > 1) return form;
    return members.front().entry->merge_rule == nullptr ? OperationForm::kSingle
                                                        : OperationForm::kMerge;
  }
};

}  // namespace awps
