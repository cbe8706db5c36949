#include "coalesce/fan_out.h"

#include "base/hash.h"

namespace awps {

bool may_fan_out(const Action& action, const CoalesceOptions& options) {
  using FanOut = CoalesceOptions::FanOut;
  const bool to_user = action.kind == ActionKind::kSendToUser && options.fan_out != FanOut::kOff;
  const bool to_connection = action.kind == ActionKind::kSendToConnection &&
                             options.fan_out == FanOut::kUsersAndConnections;
  return (to_user || to_connection) && !action.options->filter && action.excluded().empty() &&
         may_be_named(action.member);
}

Receivers receivers_of(const Action& action) {
  return addresses_user(action.kind) ? Receivers::kUsers : Receivers::kConnections;
}

uint64_t message_hash(const Action& action) {
  const uint64_t ttl = action.options->message_ttl_seconds.value_or(UINT16_MAX);
  const uint64_t seed = ttl << 16U | static_cast<uint64_t>(action.data_type) << 8U |
                        static_cast<uint64_t>(action.kind);
  const uint64_t hash = hash_of(action.data, seed);
  return hash == 0 ? 1 : hash;
}

bool same_message(const Action& a, const Action& b) {
  return a.kind == b.kind && a.data_type == b.data_type &&
         a.options->message_ttl_seconds == b.options->message_ttl_seconds && a.data == b.data;
}

Action fan_out_action(const Action& member, ActionOptions& options) {
  options.message_ttl_seconds = member.options->message_ttl_seconds;
  return {.kind = ActionKind::kSendToAll,
          .data_type = member.data_type,
          .data = member.data,
          .options = &options};
}

}  // namespace awps
