#pragma once

// Operation: what one request carries out. It is active while its request is under way, deferred
// while it waits for its next attempt, and ends with the outcomes of all of its members.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "hub/operation_members.h"
#include "hub/retry_state.h"
#include "limit/failure.h"

namespace awps {

/// What request the members become; each but the first is a rule of coalesce/. An operation of one
/// member is the single request, under a merge rule as a message of one part.
enum class OperationForm : uint8_t { kSingle, kFanOut, kBulkMembership, kMerge };
inline constexpr size_t kOperationForms = 4;

/// "fan_out" and so on, as the configuration spells the rules.
std::string_view name_of(OperationForm form);

/// The last request that was made of an operation, and its answer.
struct LastRequest {
  std::string words;  // of the answer, for people, if it failed
  size_t body_bytes = 0;
  int status = 0;  // of the answer; 0: there was none
  OperationForm form = OperationForm::kSingle;
  bool needs_fresh_connection = false;  // it asks whether the endpoint is back
};

class OperationList;

struct Operation {
  OperationMembers members;                     // in a merge: in the order of their lane
  OperationForm form = OperationForm::kSingle;  // while there are two members or more
  bool waits_for_lane = false;                  // the later part of a merge that was split
  uint32_t generation = 0;                      // a timer of an older one is stale
  size_t url_bytes = 0;                         // about, of a fan-out
  Attempt attempt;                              // the last: its answer tells the endpoint
  OperationList* list = nullptr;                // that it waits in
  Operation* next = nullptr;                    // in that list
  Operation* previous = nullptr;
  RetryState retry;
  LastRequest last;

  Action action() const { return members.front().entry->action(); }
  ActionKind kind() const { return members.front().entry->kind(); }
  /// What its next attempt is.
  OperationForm present_form() const {
    if (members.size() > 1) return form;
    return members.front().entry->merge_rule() == nullptr ? OperationForm::kSingle
                                                          : OperationForm::kMerge;
  }
};

}  // namespace awps
