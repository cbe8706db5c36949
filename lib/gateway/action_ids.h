#pragma once

// The id of a gateway's action, by which a durable hub knows it again after a restart of the daemon
// (Source::ask_for_deduplication(); base/id_hash.h), so that an SDK's retry joins it even then.
//
// The hub compares ids alone, and cannot know whether an answer arrived. So:
// - a request that is new although an equal one came before (Arrival::has_forerunner) carries no
//   id: the hub would take it for the same action, and a message would be lost;
// - a hub's kDuplicate for a request that came later than kRestartWindow after the gateway's start
//   cannot mean a retry from before the start: the action is admitted once more, without an id.
// What remains: of two operations with equal content and one SDK id, the second is taken for a
// retry if the daemon restarted in between, and less than kRestartWindow ago.
//
// Pure, any thread.

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "gateway/retry_joins.h"

namespace awps {

/// An SDK's last retry comes within a minute; the daemon's own stop and start are on top of that.
inline constexpr std::chrono::minutes kRestartWindow{2};

/// JSON text: a string of the SDK's id, as far as it is printable ASCII and at most 64 bytes, a
/// blank, and 32 hexadecimal digits of the key. The first part is for people.
std::string action_id_of(const JoinKey& key, std::string_view client_request_id);

/// The name in whose scope gateway's actions are deduplicated (base/id_hash.h): it must not contain
/// what changes from one try to the next. The caller is in the key itself.
inline constexpr std::string_view kGatewayIdScope = "gateway";

/// May a kDuplicate be the answer to a retry from before the gateway's start?
constexpr bool may_follow_restart(Instant arrived, Instant started) {
  return arrived - started <= kRestartWindow;
}

}  // namespace awps
