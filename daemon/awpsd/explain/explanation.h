#pragma once

// Explanation: what becomes of an input, ready to be shown: which requests, why, and what of it
// needs none. Values; it borrows the input's actions.
//
// One thread.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/awpsd/explain/reason.h"
#include "daemon/awpsd/explain/simulation.h"

namespace awps {

struct ExplainedRequest {
  Duration at{0};
  std::string_view method;
  std::string url;
  std::string written_body;  // where it is neither an action's data nor a merge of them
  size_t body_bytes = 0;
  OperationForm form = OperationForm::kSingle;
  ActionKind kind = ActionKind::kSendToAll;  // of its actions
  std::vector<uint64_t> seqs;                // of its actions, ascending
  size_t superseded = 0;                     // actions in whose place these stand
  bool was_held = false;
  Reason reason;
};

struct ExplainedHub {
  std::string hub;
  std::string url;  // what all of its requests begin with
  std::string rules;
  std::vector<ExplainedRequest> requests;
  SimulatedHub with;     // what came of it
  SimulatedHub without;  // and with coalescing off
};

std::vector<ExplainedHub> explain_input(const ExplainInput& input, const Plan& plan,
                                        Duration round_trip);

/// "supersede" or "conflate", for an action that was superseded.
std::string_view replacing_rule(const ExplainInput& input, const SimulatedEnd& end);

/// For each superseded action the one that stands in its place in the end: pairs of seqs, ascending
/// by the first.
std::vector<std::pair<uint64_t, uint64_t>> last_successors(const std::vector<SimulatedEnd>& ends);

}  // namespace awps
