#pragma once

// An Action as a line of the producers' protocol: for files of undelivered actions, for tools and
// tests. Decoding the line gives an equal action back, whatever valid action it was. Any thread.

#include <string>

#include "action/action.h"

namespace awps {

/// Appends one JSON object without the '\n'. Text stands as text, JSON as a string that holds it
/// (its bytes stay exactly as they are), binary as base64, and text that is not UTF-8 as a Buffer.
void append_action(std::string& out, const Action& action);

}  // namespace awps
