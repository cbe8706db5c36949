#pragma once

// Operation: what one request carries out. It is active while its request is under way, deferred
// while it waits for its next attempt, and ends with the outcomes of all of its members.

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "hub/entry.h"

namespace awps {

/// Whether a failure counts against its action is known only when its next try is due.
enum class Charge : uint8_t {
  kNobody,
  kIfEndpointAlive,  // if the endpoint has answered another action well since the attempt began
  kIfHubAlive,       // if it has answered another one of this hub well
};

struct Member {
  Entry* entry = nullptr;
  uint32_t sent = 0;     // attempts that were made with it
  uint32_t charged = 0;  // attempts that were charged to it
  Duration charged_age{0};
};

struct Operation {
  boost::container::small_vector<Member, 1> members;
  Instant started{};                // of the last attempt
  Instant due{};                    // of the next one, while deferred
  uint32_t failures = 0;            // attempts that failed, for the back-off
  uint32_t generation = 0;          // a timer of an older one is stale
  Charge charge = Charge::kNobody;  // of the last failure
  bool may_have_arrived = false;  // the last failure was ambiguous: sending again may show it twice
  bool is_probe = false;          // its answer decides whether the endpoint is asked again
  bool in_due_list = false;
  int last_status = 0;       // of the last attempt; 0: no answer
  std::string last_failure;  // its words, for people
  Operation* next_due = nullptr;

  const Action& action() const { return members.front().entry->action(); }
};

}  // namespace awps
