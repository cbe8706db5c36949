#pragma once

// Reply: a line that the daemon writes to a producer (PROTOCOL.md §6). Any thread.

#include <cstdint>
#include <string>
#include <string_view>

namespace awps {

enum class ReplyStatus : uint8_t {
  kReady,
  kRejected,
  kWarning,
  kAccepted,
  kDelivered,
  kSuperseded,
  kExpired,
  kDeadLettered,
  kAbandoned,
  kUnknown,  // of a newer daemon: to be ignored
};
std::string_view name_of(ReplyStatus status);

struct Reply {
  ReplyStatus status = ReplyStatus::kUnknown;
  uint64_t from = 0;  // the actions that it speaks of; of kAccepted: all up to `to`
  uint64_t to = 0;
  uint64_t line = 0;  // of kRejected: as the daemon counts, the hello included; 0: not said
  std::string code;   // of a failure
  std::string message;
  std::string hub;              // of kReady
  uint64_t max_line_bytes = 0;  // of kReady
};

/// What most lines are, delivered and accepted, costs a few comparisons.
Reply parse_reply(std::string_view line);

}  // namespace awps
