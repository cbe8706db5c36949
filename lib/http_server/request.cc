#include "http_server/request.h"

#include <algorithm>

#include "base/ascii.h"

namespace awps::http_server {

namespace {

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  const char lower = static_cast<char>(c | 0x20);
  if (lower >= 'a' && lower <= 'f') return static_cast<unsigned>(lower - 'a') + 10;
  return std::nullopt;
}

/// As HTML forms and URLSearchParams encode it: '+' is a blank.
std::optional<std::string> decoded(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      result += ' ';
      continue;
    }
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const auto high = hex_digit(text[i + 1]);
    const auto low = hex_digit(text[i + 2]);
    if (!high || !low) return std::nullopt;
    result += static_cast<char>(*high << 4U | *low);
    i += 2;
  }
  return result;
}

/// The text up to the separator, which is taken away with it.
std::string_view take_until(std::string_view& text, char separator) {
  const size_t end = std::min(text.find(separator), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return taken;
}

}  // namespace

std::optional<std::string_view> Request::header(std::string_view name) const {
  for (const auto& [own, value] : headers) {
    if (equal_ignoring_case(own, name)) return value;
  }
  return std::nullopt;
}

Result<void> check_once(const Request& request, std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    const auto count = std::ranges::count_if(request.headers, [name](const auto& header) {
      return equal_ignoring_case(header.first, name);
    });
    if (count > 1) {
      return Error{"the header '" + std::string(name) + "' appears twice; send it once"};
    }
  }
  return {};
}

Result<Target> parse_target(std::string_view text) {
  if (!text.starts_with('/')) {
    return Error{"the target '" + std::string(text) + "' does not start with '/'"};
  }
  std::string_view query = text.substr(0, text.find('#'));
  Target target;
  target.path = take_until(query, '?');
  while (!query.empty()) {
    std::string_view pair = take_until(query, '&');
    if (pair.empty()) continue;
    const std::string_view raw_name = take_until(pair, '=');
    std::optional<std::string> name = decoded(raw_name);
    std::optional<std::string> value = decoded(pair);
    if (!name || !value) {
      return Error{"the query has a '%' in '" + std::string(raw_name) +
                   "' that two hexadecimal digits do not follow; write it as %25"};
    }
    if (!target.parameters.emplace(*name, std::move(*value)).second) {
      return Error{"the query names '" + *name + "' twice; name it once"};
    }
  }
  return target;
}

}  // namespace awps::http_server
