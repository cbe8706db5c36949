#include "base/hub_name.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/json_text.h"

namespace awps {

namespace {

constexpr size_t kMaxHubBytes = 128;

constexpr bool is_hub_byte(char c) {
  return is_alphanumeric(c) || std::string_view("_`,.[]").find(c) != std::string_view::npos;
}

}  // namespace

bool is_hub_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxHubBytes && is_letter(name.front()) &&
         std::ranges::all_of(name, is_hub_byte);
}

Result<std::string> canonical_hub_name(std::string_view name) {
  if (!is_hub_name(name)) {
    std::string message = "hub name ";
    append_json_string(message, name.substr(0, kMaxHubBytes));
    message += " is not one that the service takes: " + std::string(kHubNameRule);
    return Error{std::move(message)};
  }
  return to_lower(name);
}

}  // namespace awps
