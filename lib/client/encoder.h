#pragma once

// A call of the producer library as a line of the producers' protocol.
//
// 1. A line is one JSON object and its '\n'; it holds no other '\n', whatever the texts are.
// 2. Every text is UTF-8, or the call is refused; what the rest means is for the daemon to judge,
//    so that its rules stand in one place.
//
// Pure; any thread.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <awps/client/fields.h>
#include <awps/client/result.h>

namespace awps::client {

/// The service takes no more.
inline constexpr size_t kMaxMessageBytes = size_t{1} << 20U;

/// One call: what is not said is not written. It lives for one call, and borrows its texts.
struct Call {
  std::string_view action;  // as PROTOCOL.md spells it
  std::optional<std::string_view> user{};
  std::optional<std::string_view> connection{};
  std::optional<std::string_view> group{};
  const Message* message = nullptr;
  std::optional<Permission> permission{};
  std::optional<std::string_view> target_name{};
  std::optional<std::span<const std::string_view>> groups{};
  std::optional<std::string_view> filter{};  // where the action needs one
};

/// The line can grow by `spare` bytes without an allocation, unless its texts have many escapes.
Result<std::string> encode(const Call& call, const Fields& fields, size_t spare = 0);

/// `json` as a line, if it is certainly one action: no array, no batch, no second line.
Result<std::string> encode_line(std::string_view json, size_t spare = 0);

/// The first line of a connection. Names are UTF-8.
struct Greeting {
  std::string_view hub;  // empty: not said
  std::string_view ack;
  std::string_view name;  // empty: not said
  bool deduplicate = false;
};
std::string encode_hello(const Greeting& greeting);

}  // namespace awps::client
