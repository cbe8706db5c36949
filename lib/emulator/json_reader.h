#pragma once

// Reading JSON (RFC 8259) by its syntax only: validity, and the members of an object as the very
// bytes that were sent. Numbers of any size are valid: nothing is converted. At most 64 levels, as
// .NET. Text must be UTF-8. Pure, any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace awps::emulator {

bool is_json(std::string_view text);

struct JsonMember {
  std::string name;
  std::string_view raw;  // the value's bytes, without blanks around
};

/// The members of a JSON object, in order; nullopt if `text` is no JSON object.
std::optional<std::vector<JsonMember>> json_members(std::string_view text);

/// The text that a raw JSON string stands for; nullopt for any other value, and for unpaired
/// surrogates.
std::optional<std::string> json_string_value(std::string_view raw);

}  // namespace awps::emulator
