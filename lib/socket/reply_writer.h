#pragma once

// The replies of the producers' protocol (PROTOCOL.md), one JSON object a line, keys in the
// documented order. Each function appends one line with its '\n' to `out`. Ids are JSON text
// already and go out as they came.
//
// Pure; any thread. No allocation but the growth of `out`.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "action/line_visitor.h"
#include "base/clock.h"
#include "queue/outcome.h"

namespace awps {

struct ReadyReply {
  std::string_view hub;  // canonical; empty: the connection has none (null)
  Ack ack = Ack::kNone;
  size_t max_line_bytes = 0;
  size_t max_message_bytes = 0;
  std::optional<Duration> dedupe_window{};  // nullopt: it was not asked for
};
void append_ready(std::string& out, const ReadyReply& reply);

/// Where a refused thing stood. `line` 0: in none, `seq` 0: it was no action.
struct Place {
  uint64_t seq = 0;
  uint64_t line = 0;
};
/// `dropped` refusals before this one were not written; 0: none.
void append_rejected(std::string& out, Place place, const Rejection& rejection, uint64_t dropped);

void append_warning(std::string& out, uint64_t seq, std::string_view message);
void append_accepted(std::string& out, uint64_t seq);
void append_outcome(std::string& out, const Outcome& outcome);

/// Actions without id that had the same answer after as many attempts.
struct DeliveredRun {
  uint64_t from = 0;
  uint64_t to = 0;
  uint16_t http_status = 0;
  uint32_t attempts = 0;
};
void append_delivered(std::string& out, const DeliveredRun& run);

}  // namespace awps
