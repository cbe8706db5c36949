#pragma once

// How attempts at an endpoint fail, as Trouble (trouble.h) is told of them, and what it says of
// them. Values.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/clock.h"

namespace awps {

/// Why an endpoint is held.
enum class HoldReason : uint8_t { kNone, kUnreachable, kFailing, kCredential, kEndpointAtFault };
inline constexpr size_t kHoldReasons = 5;

/// Health is asked without a credential, and of no hub.
constexpr bool shows_in_health(HoldReason reason) {
  return reason == HoldReason::kUnreachable || reason == HoldReason::kFailing;
}

/// For people: "credential refused" and so on.
std::string_view name_of(HoldReason reason);
/// What ends it, and what an operator can do.
std::string_view remedy_of(HoldReason reason);
/// The same of a silence (silence.h), which is no hold.
inline constexpr std::string_view kSilenceRemedy =
    "check the network, the proxy and firewalls on the way, and the service's state in the Azure "
    "portal; requests end after service.timeout and are tried again";

/// What an attempt is to its endpoint. A target is whoever an action is for (a group, a user, a
/// pair of both …), by a 64-bit hash; of a coalesced request it is the form of request.
struct Attempt {
  uint64_t target = 0;
  Instant started{};
  bool of_suspect = false;  // the target was one when it started
  bool of_known = false;    // it was answered well before
  bool is_probe = false;
};

enum class FailureKind : uint8_t {
  kWay,        // there was no way to the service: name, connection, TLS, proxy
  kAnswer,     // 5xx, timeout, reset; a refusal of credential or address
  kThrottled,  // too many requests
};

struct Failure {
  FailureKind kind = FailureKind::kAnswer;
  HoldReason reason = HoldReason::kFailing;  // what a hold because of it is called
  Duration pause{0};                         // Retry-After; 0: none
  std::string_view name{};                   // of the target, for people: "group news"
  std::string_view words{};                  // of the answer
};

/// Whom a failure speaks of.
struct Ruling {
  bool is_of_rate = false;  // neither of the target nor of the endpoint
  bool is_suspect = false;
  bool may_charge = false;   // evidence may make it the action's own, see Trouble::evidence()
  bool is_excused = false;   // it belongs to a hold
  Duration pause{0};         // after which the target may be tried again, before its back-off
  bool lowers_rate = false;  // too many requests, and not only to this target
  bool clears_rate = false;  // what was blamed on the rate was the targets' own
};

/// A failed attempt that waits for evidence.
struct FailedAttempt {
  uint64_t target = 0;
  Instant started{};
  Instant failed{};
  bool of_suspect = false;               // since it failed
  bool is_excused = false;               // as it was ruled then
  bool is_refusal = false;               // of credential or address
  Instant hub_success = Instant::min();  // when its hub was last answered 2xx
};

/// Whether a failure counts against its action.
enum class Evidence : uint8_t {
  kNone,
  kAnswered,  // others were answered: an attempt, and its time
  kHealthy,   // few were tried, none answered, and the service says it is healthy: its time alone
};

}  // namespace awps
