// What awps/client/stream.h promises.

#include <awps/client/stream.h>

#include "base/hub_name.h"
#include "client/murmur2.h"

namespace awps::client {

namespace {

// Empty: a number that the enumeration does not have, which C may give.
std::string_view infix_of(StreamTarget target) {
  switch (target) {
    case StreamTarget::kGroup:
      return "/g/";
    case StreamTarget::kUser:
      return "/u/";
    case StreamTarget::kConnection:
      return "/c/";
    case StreamTarget::kAll:
      return "/*";
    case StreamTarget::kOrderingKey:
      return "/k/";
  }
  return {};
}

Error invalid(std::string message) {
  return {ErrorCode::kInvalid, std::move(message)};
}

}  // namespace

Result<std::string> stream_key(std::string_view hub, StreamTarget target,
                               std::string_view name) noexcept {
  const std::string_view infix = infix_of(target);
  if (infix.empty()) return invalid("make a record's key: the target is none of its enumeration");
  auto key = canonical_hub_name(hub);
  if (!key) return invalid("make a record's key: " + key.error().message);
  const bool has_name = target != StreamTarget::kAll;
  if (has_name && name.empty()) {
    return invalid(
        "make a record's key: the name is empty; give the group, user, connection or "
        "orderingKey");
  }
  if (!has_name && !name.empty()) {
    return invalid("make a record's key: all connections of a hub have no name; give none");
  }
  key->append(infix).append(name);
  return std::move(*key);
}

Result<int32_t> stream_partition(std::string_view key, int32_t partitions) noexcept {
  if (partitions < 1) {
    return invalid("find a key's partition: the topic has " + std::to_string(partitions) +
                   " partitions; give 1 or more");
  }
  return static_cast<int32_t>(murmur2(key) & 0x7fffffffU) % partitions;
}

}  // namespace awps::client
