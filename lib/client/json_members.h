#pragma once

// The members of a JSON object in its text, without a parser: enough to read the daemon's replies,
// and to see the keys of a line that is sent.
//
// Every valid object is read rightly. Of others only what leads astray is refused: what stands
// within a value is not looked at, but for its texts and brackets. Pure; any thread; no recursion.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace awps::client {

/// `key` is as it stands between its quotes, `value` is the value's own text.
using OnMember = std::function<void(std::string_view key, std::string_view value)>;

/// Whether all of `text`, but for blanks around it, has the shape of one object.
bool read_members(std::string_view text, const OnMember& on_member);

/// The text that `value`, a JSON string with its quotes, stands for; nullopt if it is none.
std::optional<std::string> json_string(std::string_view value);

}  // namespace awps::client
