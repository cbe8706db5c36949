#pragma once

// Failure: why a command could not do its work, in words for people and as an exit status for
// programs. `code` is ADMIN.md's or PROTOCOL.md's word where the daemon said one, else our own.

#include <string>

#include "base/exit_code.h"
#include "base/result.h"

namespace awps {

struct Failure {
  ExitCode exit_code = ExitCode::kSoftware;
  std::string code;     // "unreachable", "unknown_hub", …
  std::string message;  // what was attempted, on what, and the remedy

  friend bool operator==(const Failure&, const Failure&) = default;
};

/// The status of a command that worked, and found something wrong: the answer is "no".
inline constexpr ExitCode kNegative = ExitCode::kUndelivered;

}  // namespace awps
