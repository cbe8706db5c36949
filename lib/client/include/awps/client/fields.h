#pragma once

// What an action carries besides its target: the message of a send, and the optional fields of
// PROTOCOL.md §3 and §4. Both borrow their texts for the time of one call.

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace awps::client {

enum class DataType : uint8_t { kText, kJson, kBinary };

struct Message {
  DataType type = DataType::kText;
  std::string_view data{};

  /// UTF-8.
  static Message text(std::string_view data) { return {DataType::kText, data}; }
  /// JSON text, which goes to clients byte for byte; the daemon checks it.
  static Message json(std::string_view data) { return {DataType::kJson, data}; }
  /// Any bytes.
  static Message binary(std::string_view data) { return {DataType::kBinary, data}; }
};

enum class Permission : uint8_t { kSendToGroup, kJoinLeaveGroup };

/// Not said: nullopt, or as written. An empty text is said, and the daemon judges it: an empty
/// filter, for one, is refused, since to the service it would mean everybody.
struct Fields {
  std::optional<std::string_view> hub{};
  /// For the daemon's logs and dead letters, and what Options::deduplicate goes by.
  std::optional<std::string_view> id{};
  std::optional<std::string_view> ordering_key{};
  std::optional<std::string_view> conflation_key{};
  std::optional<std::string_view> filter{};       // sends to all, groups, users
  std::optional<std::string_view> reason{};       // closes
  std::span<const std::string_view> excluded{};   // connection ids; to many
  std::optional<unsigned> message_ttl_seconds{};  // sends: the service's own, 0–300
  /// 0: none. The daemon's, counted from its acceptance: anew where the action is sent again.
  std::chrono::milliseconds ttl{0};
  bool unordered = false;
  uint64_t tag = 0;  // yours, returned with the outcome; never sent
};

}  // namespace awps::client
