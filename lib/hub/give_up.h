#pragma once

// Why an action became a dead letter, and what is kept of it. Pure.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "hub/dead_letters.h"
#include "hub/operation.h"
#include "queue/service_answer.h"

namespace awps {

enum class GiveUpReason : uint8_t {
  kRefused,           // the service will never take it
  kRetriesExhausted,  // max_attempts or max_age, of what was charged to it
  kAmbiguous,         // it may have arrived, and must not be sent twice
};

struct GiveUp {
  GiveUpReason reason = GiveUpReason::kRefused;
  Instant at{};
  std::string_view body{};                        // of the last answer, readable
  std::shared_ptr<const ServiceAnswer> answer{};  // see Outcome
  bool lanes_tell = true;  // do the action's lanes tell what came later on its target?
};

/// As PROTOCOL.md spells them.
std::string_view code_of(GiveUpReason reason);

/// `operation` has had its last attempt with `member`.
DeadLetter make_dead_letter(const Member& member, const Operation& operation, const GiveUp& why,
                            const std::string& hub);

}  // namespace awps
