#pragma once

// Encoder: an action as one line of JSON, as PROTOCOL.md has it.

#include <string>

#include "action/action.h"

namespace awps {

void append_action(std::string& out, const Action& action);

}  // namespace awps
