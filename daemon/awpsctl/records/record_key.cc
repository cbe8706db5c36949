#include "daemon/awpsctl/records/record_key.h"

#include <awps/client/stream.h>

namespace awps {

namespace {

using client::StreamTarget;

struct Target {
  StreamTarget kind = StreamTarget::kAll;
  std::string_view name{};
  std::string_view doubt{};
};

constexpr std::string_view kManyGroups =
    "it concerns groups whose actions are in many partitions, and is not in order with those";

Target target_of(const Action& action) {
  if (!action.options->ordering_key.empty()) {
    return {.kind = StreamTarget::kOrderingKey, .name = action.options->ordering_key};
  }
  const std::string_view doubt = leaves_all_groups(action.kind) ? kManyGroups : std::string_view();
  if (has_group(action.kind)) return {.kind = StreamTarget::kGroup, .name = action.group};
  if (addresses_user(action.kind)) {
    return {.kind = StreamTarget::kUser, .name = action.member, .doubt = doubt};
  }
  if (addresses_connection(action.kind)) {
    return {.kind = StreamTarget::kConnection, .name = action.member, .doubt = doubt};
  }
  if (!is_bulk_change(action.kind)) return {};
  // Of one group it is in order with that group's own actions.
  const auto& groups = action.options->groups;
  if (groups.size() == 1) return {.kind = StreamTarget::kGroup, .name = groups.front()};
  return {.doubt = kManyGroups};
}

}  // namespace

Result<RecordKey> record_key_of(const Action& action, std::string_view hub) {
  const std::string_view named = action.options->hub;
  if (named.empty() && hub.empty()) {
    return Error{
        "it names no hub, and there is none for such actions: name one in it, or with "
        "--hub, or set the stream's hub"};
  }
  const Target target = target_of(action);
  auto key = client::stream_key(named.empty() ? hub : named, target.kind, target.name);
  if (!key) return Error{key.error().message};
  return RecordKey{.key = std::move(key.value()), .doubt = target.doubt};
}

}  // namespace awps
