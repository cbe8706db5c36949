#include "emulator/json_reader.h"

#include <nlohmann/json.hpp>

#include "emulator/text.h"

namespace awps::emulator {

namespace {

constexpr int kMaxLevels = 64;

/// A recursive scanner. Each function consumes one production, or returns false.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool document(std::vector<JsonMember>* members) {
    blanks();
    const bool ok = members != nullptr ? object(members) : value();
    blanks();
    return ok && at_ == text_.size();
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void blanks() {
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) {
      ++at_;
    }
  }
  bool word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return false;
    at_ += expected.size();
    return true;
  }

  bool value() {
    switch (peek()) {
      case '{':
        return object(nullptr);
      case '[':
        return array();
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  bool object(std::vector<JsonMember>* members) {
    if (!take('{') || ++level_ > kMaxLevels) return false;
    blanks();
    if (!take('}')) {
      do {
        if (!member(members)) return false;
      } while (take(','));
      if (!take('}')) return false;
    }
    --level_;
    return true;
  }

  bool member(std::vector<JsonMember>* members) {
    blanks();
    const size_t name_at = at_;
    if (!string()) return false;
    const auto name = text_.substr(name_at, at_ - name_at);
    blanks();
    if (!take(':')) return false;
    blanks();
    const size_t value_at = at_;
    if (!value()) return false;
    if (members != nullptr) {
      auto decoded = json_string_value(name);
      if (!decoded) return false;
      members->push_back({std::move(*decoded), text_.substr(value_at, at_ - value_at)});
    }
    blanks();
    return true;
  }

  bool array() {
    if (!take('[') || ++level_ > kMaxLevels) return false;
    blanks();
    if (!take(']')) {
      do {
        blanks();
        if (!value()) return false;
        blanks();
      } while (take(','));
      if (!take(']')) return false;
    }
    --level_;
    return true;
  }

  bool string() {
    if (!take('"')) return false;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c == '\\' && !escape()) return false;
    }
    return false;
  }

  bool escape() {
    const char c = peek();
    ++at_;
    if (c != 'u')
      return c != '\0' && std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
    for (int i = 0; i < 4; ++i) {
      const char digit = to_lower(peek());
      if (!is_digit(digit) && (digit < 'a' || digit > 'f')) return false;
      ++at_;
    }
    return true;
  }

  bool digits() {
    const size_t begin = at_;
    while (is_digit(peek())) ++at_;
    return at_ > begin;
  }

  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (to_lower(peek()) == 'e') {
      ++at_;
      if (!take('+')) take('-');
      return digits();
    }
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
  int level_ = 0;
};

}  // namespace

bool is_json(std::string_view text) {
  return is_utf8(text) && Scanner(text).document(nullptr);
}

std::optional<std::vector<JsonMember>> json_members(std::string_view text) {
  std::vector<JsonMember> members;
  if (!is_utf8(text) || !Scanner(text).document(&members)) return std::nullopt;
  return members;
}

std::optional<std::string> json_string_value(std::string_view raw) {
  if (raw.size() < 2 || raw.front() != '"') return std::nullopt;
  if (raw.find('\\') == std::string_view::npos) return std::string(raw.substr(1, raw.size() - 2));
  const auto value = nlohmann::json::parse(raw, nullptr, false);
  if (!value.is_string()) return std::nullopt;
  return value.get<std::string>();
}

}  // namespace awps::emulator
