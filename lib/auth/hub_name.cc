#include "auth/hub_name.h"

#include <algorithm>

#include "auth/text.h"
#include "base/json_text.h"

namespace awps {

namespace {

constexpr size_t kMaxHubBytes = 128;

constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr bool is_hub_byte(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') ||
         std::string_view("_`,.[]").find(c) != std::string_view::npos;
}

}  // namespace

bool is_hub_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxHubBytes && is_letter(name.front()) &&
         std::ranges::all_of(name, is_hub_byte);
}

Result<std::string> canonical_hub(std::string_view name) {
  if (!is_hub_name(name)) {
    std::string message = "hub name ";
    append_json_string(message, name.substr(0, kMaxHubBytes));
    message +=
        " is not one that the service takes: a letter first, then letters, digits or _ ` , . [ ], "
        "at most 128 in all";
    return Error{std::move(message)};
  }
  return to_lower(name);
}

}  // namespace awps
