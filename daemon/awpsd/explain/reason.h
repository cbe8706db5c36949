#pragma once

// Why a request is what it is: the rule under which its actions were put together, or what kept its
// only action from going with others. Derived from the predicates of coalesce/ and from how things
// stood when it was chosen.
//
// A function of its argument. One thread.

#include <string>
#include <string_view>

#include "daemon/awpsd/explain/simulation.h"

namespace awps {

struct Reason {
  std::string_view key;  // for programs: requests of one key are alike
  std::string text;      // for people, without the rule's name
};

Reason reason_of(const SimulatedRequest& request, const ExplainInput& input);

/// "120 were ready and 64 permits free".
std::string crowd_of(const SimulatedRequest& request);

}  // namespace awps
