#pragma once

// What `awpsctl check` finds, from what the daemon answered. Any thread.

#include <optional>
#include <string>
#include <vector>

#include "daemon/awpsctl/view/notes.h"
#include "daemon/awpsctl/wire/admin_client.h"
#include "daemon/awpsctl/wire/status_reading.h"

namespace awps {

struct CheckInput {
  const StatusReading& status;
  const Result<AdminAnswer, Failure>& alive;     // of /livez
  const Result<AdminAnswer, Failure>& ready;     // of /readyz
  const std::optional<Failure>& socket_failure;  // nullopt: it takes producers
  const Result<std::string, Failure>& config;    // of /config/diff
};

/// A note for each thing looked at; kGood: it is well.
std::vector<Note> findings_of(const CheckInput& input);

/// Each with its result, its subject, and its remedy below it.
std::vector<std::string> finding_lines(const std::vector<Note>& findings, size_t columns,
                                       const Paint& paint);
/// "ok", "warning", "bad", "unknown".
std::string result_of(const Note& finding);

}  // namespace awps
