#pragma once

// Input of --explain: a file of the producers' protocol (PROTOCOL.md), as one connection would
// bring it. Lines are decoded, numbered and led to their hubs as the intake does; what it would
// refuse is kept with its line.
//
// 1. Each action takes one seq, refused ones included; places and actions are indexed by seq - 1.
// 2. A hello that is refused ends the input: the daemon would close the connection.
//
// One thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "action/action.h"
#include "base/arena.h"
#include "base/result.h"
#include "daemon/awpsd/options.h"

namespace awps {

/// Where an action stands: `element` counts from 1 in the line's array or batch.
struct InputPlace {
  uint64_t line = 0;
  uint32_t element = 1;
  uint32_t elements = 1;
};

struct InputAction {
  Action action;
  uint64_t seq = 0;
  uint32_t ordered_batch = 0;  // 0: in none
};

struct InputNote {
  uint64_t line = 0;
  std::string code;  // as PROTOCOL.md spells it; empty: a warning
  std::string text;
};

struct ExplainInput {
  Arena arena{size_t{64} << 10U};
  std::vector<std::vector<InputAction>> by_hub;  // in the plan's order
  std::vector<InputPlace> places;
  std::vector<const Action*> actions;  // nullptr: refused
  std::vector<InputNote> refused;
  std::vector<InputNote> warnings;  // each text once
};

/// The bytes of the file, or of standard input for "-".
Result<std::string> read_input_file(const std::string& file);

/// `input` is empty before.
void read_input(std::string text, const Plan& plan, size_t max_line_bytes, ExplainInput& input);

}  // namespace awps
