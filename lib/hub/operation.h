#pragma once

// Operation: what one request carries out. It is active while its request is under way, deferred
// while it waits for its next attempt, and ends with the outcomes of all of its members.

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "hub/entry.h"

namespace awps {

struct Member {
  Entry* entry = nullptr;
  uint32_t sent = 0;     // attempts that were made with it
  uint32_t charged = 0;  // attempts that were charged to it
  Duration charged_age{0};
};

struct Operation {
  boost::container::small_vector<Member, 1> members;
  Instant started{};              // of the last attempt
  Instant due{};                  // of the next one, while deferred
  uint32_t failures = 0;          // attempts that failed, for the back-off
  uint32_t generation = 0;        // a timer of an older one is stale
  bool charge_if_alive = false;   // the last failure counts if the endpoint proves to be alive
  bool may_have_arrived = false;  // the last failure was ambiguous: sending again may show it twice
  bool is_probe = false;          // its answer decides whether the endpoint is asked again
  bool in_due_list = false;
  int last_status = 0;       // of the last attempt; 0: no answer
  std::string last_failure;  // its words, for people
  Operation* next_due = nullptr;

  const Action& action() const { return members.front().entry->action(); }
};

}  // namespace awps
