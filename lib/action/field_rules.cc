#include "action/field_rules.h"

#include <algorithm>
#include <array>

#include "action/numbers.h"
#include "action/words.h"
#include "base/ascii.h"

namespace awps {

namespace {

constexpr std::string_view kHoldsNul =
    "holds the character U+0000, which no URL carries: leave it out";

// RFC 3986 §2.3: what stands in a URL as it is; every other byte takes three.
constexpr bool is_unreserved(char c) {
  return is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

size_t encoded_size(std::string_view text) {
  const auto plain = static_cast<size_t>(std::count_if(text.begin(), text.end(), is_unreserved));
  return plain + 3 * (text.size() - plain);
}

// In UTF-8 each character begins with one byte that is not 10xxxxxx; those of four bytes take two
// units in UTF-16.
size_t utf16_units(std::string_view text) {
  size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    units += (byte & 0xc0U) != 0x80U ? 1 : 0;
    units += byte >= 0xf0U ? 1 : 0;
  }
  return units;
}

// White space as .NET's char.IsWhiteSpace knows it; UTF-8.
constexpr std::array<std::string_view, 25> kBlankCharacters = {
    "\t",           "\n",           "\v",           "\f",           "\r",           " ",
    "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81", "\xe2\x80\x82",
    "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88",
    "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f",
    "\xe3\x80\x80"};

bool is_blank(std::string_view text) {
  while (!text.empty()) {
    const auto blank = std::ranges::find_if(kBlankCharacters, [text](std::string_view character) {
      return text.starts_with(character);
    });
    if (blank == kBlankCharacters.end()) return false;
    text.remove_prefix(blank->size());
  }
  return true;
}

bool holds_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

// `encoded` measures one text; the keys of query parameters are counted with their '&' and '='.
template <typename Size>
size_t url_size(const Action& action, Size encoded) {
  const ActionOptions& options = *action.options;
  size_t size = encoded(action.member) + encoded(action.group);
  for (const std::string_view id : options.excluded) size += sizeof "&excluded=" - 1 + encoded(id);
  // A bulk change's is in its body.
  if (options.filter && !is_bulk_change(action.kind))
    size += sizeof "&filter=" - 1 + encoded(*options.filter);
  if (options.reason) size += sizeof "&reason=" - 1 + encoded(*options.reason);
  if (options.target_name) size += sizeof "&targetName=" - 1 + encoded(*options.target_name);
  return size;
}

}  // namespace

std::optional<std::string_view> text_or_integer(const JsonValue& value) {
  if (value.is(JsonType::kString)) return value.content;
  if (is_integer(value.text)) return value.text;
  return std::nullopt;
}

std::string_view problem_of_name(std::string_view name) {
  if (name.empty()) return "is empty: give at least one character";
  if (name == "." || name == "..") {
    return "is '.' or '..', which would change the request's path: use another name";
  }
  return holds_nul(name) ? kHoldsNul : std::string_view();
}

std::string_view problem_of_group(std::string_view group) {
  const std::string_view problem = problem_of_name(group);
  if (!problem.empty()) return problem;
  if (group.size() > kMaxGroupCharacters && utf16_units(group) > kMaxGroupCharacters) {
    return "is longer than 1024 characters, which the service refuses: use a shorter name";
  }
  const auto first = static_cast<unsigned char>(group.front());
  if ((first <= ' ' || first >= 0x80) && is_blank(group)) {
    return "consists of blanks alone, which the service refuses: use a name";
  }
  return {};
}

std::string_view problem_of_key(std::string_view key) {
  if (key.empty()) return "is empty: give 1 to 256 bytes, or leave it out";
  return key.size() > kMaxKeyBytes ? "is longer than 256 bytes: use a shorter one"
                                   : std::string_view();
}

std::string_view problem_of_excluded(std::string_view id) {
  return id.empty() ? "holds an empty id: leave it out" : problem_of_parameter(id);
}

std::optional<uint16_t> message_ttl_of(std::string_view text) {
  const auto seconds = small_integer(text, kMaxMessageTtlSeconds);
  if (!seconds) return std::nullopt;
  return static_cast<uint16_t>(*seconds);
}

std::optional<Permission> permission_named(std::string_view text) {
  for (const Permission known : {Permission::kSendToGroup, Permission::kJoinLeaveGroup}) {
    if (is_word(text, name_of(known))) return known;
  }
  return std::nullopt;
}

std::string_view problem_of_filter(std::string_view filter) {
  if (is_blank(filter)) {
    return "is empty, which to the service means everybody: give an expression, or leave it out";
  }
  return problem_of_parameter(filter);
}

std::string_view problem_of_parameter(std::string_view text) {
  return holds_nul(text) ? kHoldsNul : std::string_view();
}

bool fits_url(const Action& action) {
  // Nearly always three bytes for each would fit, too: then nothing need be looked at.
  const auto at_most = [](std::string_view text) { return 3 * text.size(); };
  if (url_size(action, at_most) <= kMaxOwnUrlBytes) return true;
  return url_size(action, encoded_size) <= kMaxOwnUrlBytes;
}

}  // namespace awps
