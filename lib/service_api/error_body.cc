#include "service_api/error_body.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

#include "base/ascii.h"

namespace awps {

namespace {

constexpr uint32_t kReplacement = 0xfffd;

void append_utf8(std::string& out, uint32_t point) {
  const auto tail = [point](unsigned shift) {
    return static_cast<char>(0x80U | ((point >> shift) & 0x3fU));
  };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0U | (point >> 6U));
    out += tail(0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xe0U | (point >> 12U));
    out += tail(6);
    out += tail(0);
  } else {
    out += static_cast<char>(0xf0U | (point >> 18U));
    out += tail(12);
    out += tail(6);
    out += tail(0);
  }
}

/// A cursor over JSON that may end anywhere. Every method stops at the end of the text.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool take(char c) {
    skip_blanks();
    if (at_end() || text_[position_] != c) return false;
    ++position_;
    return true;
  }

  bool is_at(char c) {
    skip_blanks();
    return !at_end() && text_[position_] == c;
  }

  /// Reads a string into `out`; false where the text ended (or was no string) before its last
  /// quote.
  bool read_string(std::string& out) {
    if (!take('"')) return false;
    while (!at_end()) {
      const char c = text_[position_++];
      if (c == '"') return true;
      if (c != '\\') {
        out += c;
      } else if (!read_escape(out)) {
        return false;
      }
    }
    return false;
  }

  /// Passes over one value of any kind; false where the text ended within it.
  bool skip_value() {
    size_t depth = 0;
    do {
      skip_blanks();
      if (at_end()) return false;
      const char c = text_[position_];
      if (c == '"') {
        std::string ignored;
        if (!read_string(ignored)) return false;
        continue;
      }
      if (depth == 0 && (c == ',' || c == '}' || c == ']')) return true;  // an absent value
      ++position_;
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
    } while (depth > 0 || !(at_end() || is_at(',') || is_at('}') || is_at(']')));
    return true;
  }

 private:
  bool at_end() const { return position_ >= text_.size(); }

  void skip_blanks() {
    while (!at_end() &&
           std::string_view(" \t\r\n").find(text_[position_]) != std::string_view::npos) {
      ++position_;
    }
  }

  bool read_escape(std::string& out) {
    if (at_end()) return false;
    const char c = text_[position_++];
    switch (c) {
      case 'n':
        out += '\n';
        return true;
      case 't':
        out += '\t';
        return true;
      case 'r':
        out += '\r';
        return true;
      case 'b':
      case 'f':
        out += ' ';
        return true;
      case 'u':
        break;
      default:
        out += c;
        return true;
    }
    const std::optional<uint32_t> unit = read_hex();
    if (!unit) return false;
    append_utf8(out, whole_point(*unit));
    return true;
  }

  // A high surrogate takes the low one that follows; either alone is a replacement character.
  uint32_t whole_point(uint32_t unit) {
    if (unit < 0xd800 || unit > 0xdfff) return unit;
    if (unit > 0xdbff || text_.substr(position_, 2) != "\\u") return kReplacement;
    const size_t before = position_;
    position_ += 2;
    const std::optional<uint32_t> low = read_hex();
    if (low && *low >= 0xdc00 && *low <= 0xdfff) {
      return 0x10000 + ((unit - 0xd800) << 10U) + (*low - 0xdc00);
    }
    position_ = before;
    return kReplacement;
  }

  std::optional<uint32_t> read_hex() {
    const std::string_view digits = text_.substr(position_, 4);
    uint32_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value, 16);
    if (digits.size() != 4 || error != std::errc{} || stop != end) return std::nullopt;
    position_ += 4;
    return value;
  }

  std::string_view text_;
  size_t position_ = 0;
};

struct Members {
  std::string code;
  std::string message;
  std::string target;
  std::string detail;
  std::string title;
  std::string error_description;
  std::string field;  // of "errors"
  std::string field_text;

  std::string* find(std::string_view key) {
    if (key == "code") return &code;
    if (key == "message") return &message;
    if (key == "target") return &target;
    if (key == "detail") return &detail;
    if (key == "title") return &title;
    if (key == "error_description") return &error_description;
    return nullptr;
  }
};

// A cut code would be another code, so only texts for people count without their last quote.
bool read_member(Cursor& cursor, const std::string& key, Members& members) {
  std::string* place = members.find(key);
  if (place == nullptr || !cursor.is_at('"')) return cursor.skip_value();
  std::string text;
  const bool whole = cursor.read_string(text);
  const bool for_people = place != &members.code && place != &members.target;
  if (place->empty() && (whole || for_people)) *place = std::move(text);
  return whole;
}

// The texts of one field, of which the first counts: an array, or a text alone.
bool read_field_texts(Cursor& cursor, std::string& text) {
  const bool is_array = cursor.take('[');
  const bool is_text = cursor.is_at('"');
  if (is_text ? !cursor.read_string(text) : !cursor.skip_value()) return false;
  if (!is_array) return true;
  while (cursor.take(',')) {
    if (!cursor.skip_value()) return false;
  }
  return cursor.take(']');
}

// ASP.NET's old shape, after the brace.
bool read_fields(Cursor& cursor, Members& members) {
  while (!cursor.take('}')) {
    std::string field;
    std::string text;
    if (!cursor.read_string(field) || !cursor.take(':')) return false;
    const bool whole = read_field_texts(cursor, text);
    const bool counts = members.field.empty() ||
                        (is_in_every_request(field) && !is_in_every_request(members.field));
    if (counts) {
      members.field = std::move(field);
      members.field_text = std::move(text);
    }
    if (!whole || (!cursor.take(',') && !cursor.is_at('}'))) return false;
  }
  return true;
}

void read_members(Cursor& cursor, Members& members) {
  if (!cursor.take('{')) return;
  int open = 1;  // 2 within "error"
  while (open > 0) {
    if (cursor.take('}')) {
      --open;
      (void)cursor.take(',');  // absent after the last member
      continue;
    }
    std::string key;
    if (!cursor.read_string(key) || !cursor.take(':')) return;
    if (open == 1 && key == "error" && cursor.take('{')) {
      ++open;
      continue;
    }
    const bool is_fields = open == 1 && key == "errors" && cursor.take('{');
    if (!(is_fields ? read_fields(cursor, members) : read_member(cursor, key, members))) return;
    if (!cursor.take(',') && !cursor.is_at('}')) return;
  }
}

}  // namespace

ErrorBody read_error_body(std::string_view body) {
  if (body.starts_with("\xef\xbb\xbf")) body.remove_prefix(3);
  Cursor cursor(body);
  Members members;
  read_members(cursor, members);
  const std::array<const std::string*, 5> shape = {&members.code, &members.message, &members.detail,
                                                   &members.title, &members.field};
  ErrorBody result;
  result.is_services_shape =
      std::ranges::any_of(shape, [](const std::string* member) { return !member->empty(); });
  result.code = std::move(members.code);
  result.target = std::move(members.target.empty() ? members.field : members.target);
  for (std::string* words : {&members.message, &members.field_text, &members.detail,
                             &members.error_description, &members.title}) {
    if (result.message.empty()) result.message = std::move(*words);
  }
  return result;
}

bool is_in_every_request(std::string_view parameter) {
  for (const std::string_view name : {"hub", "api-version", "apiVersion"}) {
    if (equal_ignoring_case(parameter, name)) return true;
  }
  return false;
}

}  // namespace awps
