#include "action/action.h"

#include <algorithm>

namespace awps {

namespace {

std::optional<std::string_view> copy_optional(std::optional<std::string_view> text, Arena& arena) {
  if (!text) return std::nullopt;
  return arena.copy(*text);
}

std::span<const std::string_view> copy_texts(std::span<const std::string_view> from, Arena& arena) {
  if (from.empty()) return {};
  auto* texts = static_cast<std::string_view*>(
      arena.allocate(from.size() * sizeof(std::string_view), alignof(std::string_view)));
  for (size_t i = 0; i < from.size(); ++i) new (&texts[i]) std::string_view(arena.copy(from[i]));
  return {texts, from.size()};
}

size_t charge_of(std::span<const std::string_view> texts) {
  size_t bytes = 0;
  for (const std::string_view text : texts) bytes += sizeof text + text.size();
  return bytes;
}

bool same_options(const ActionOptions& a, const ActionOptions& b) {
  return a.hub == b.hub && a.ordering_key == b.ordering_key &&
         a.conflation_key == b.conflation_key && a.filter == b.filter && a.reason == b.reason &&
         a.target_name == b.target_name && a.message_ttl_seconds == b.message_ttl_seconds &&
         std::ranges::equal(a.excluded, b.excluded) && std::ranges::equal(a.groups, b.groups);
}

}  // namespace

std::string_view name_of(DataType type) {
  switch (type) {
    case DataType::kBinary:
      return "binary";
    case DataType::kJson:
      return "json";
    case DataType::kText:
      return "text";
  }
  return "";
}

std::string_view name_of(Permission permission) {
  return permission == Permission::kSendToGroup ? "sendToGroup" : "joinLeaveGroup";
}

std::string_view member_key(ActionKind kind) {
  if (addresses_user(kind)) return "userId";
  if (addresses_connection(kind)) return "connectionId";
  return "";
}

bool same_action(const Action& a, const Action& b) {
  return a.kind == b.kind && a.data_type == b.data_type && a.permission == b.permission &&
         a.unordered == b.unordered && a.member == b.member && a.group == b.group &&
         a.data == b.data && a.id == b.id && a.time_to_live == b.time_to_live &&
         same_options(*a.options, *b.options);
}

Action copy_into(const Action& action, Arena& arena) {
  Action copy = action;
  copy.member = arena.copy(action.member);
  copy.group = arena.copy(action.group);
  copy.data = arena.copy(action.data);
  copy.id = arena.copy(action.id);
  copy.options = copy_into(*action.options, arena);
  return copy;
}

const ActionOptions* copy_into(const ActionOptions& options, Arena& arena) {
  if (&options == &kNoOptions) return &kNoOptions;
  ActionOptions copy = options;
  copy.hub = arena.copy(options.hub);
  copy.ordering_key = arena.copy(options.ordering_key);
  copy.conflation_key = arena.copy(options.conflation_key);
  copy.filter = copy_optional(options.filter, arena);
  copy.reason = copy_optional(options.reason, arena);
  copy.target_name = copy_optional(options.target_name, arena);
  copy.excluded = copy_texts(options.excluded, arena);
  copy.groups = copy_texts(options.groups, arena);
  return arena.make(copy);
}

size_t charge_of(const ActionOptions& options) {
  const size_t bytes = sizeof(ActionOptions) + options.ordering_key.size() +
                       options.conflation_key.size() + options.filter.value_or("").size() +
                       options.reason.value_or("").size() + options.target_name.value_or("").size();
  return bytes + charge_of(options.excluded) + charge_of(options.groups);
}

}  // namespace awps
