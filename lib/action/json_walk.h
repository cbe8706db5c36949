#pragma once

// JsonWalk: one pass over the tokens of a JSON text, which checks the grammar (RFC 8259) and hands
// out the values on its way. What is not handed out is checked as well.
//
// 1. Numbers may have any size: they are handed out as they stand (numbers.h).
// 2. A string without a backslash is borrowed from the text, others are unescaped (json_strings.h).
// 3. At most kMaxLevels arrays and objects stand one within another, empty ones counted.
// 4. No step goes beyond the text's last token, whatever follows the text.
// 5. A walk through a value that was handed out cannot fail.
//
// A value; one thread. Costs a few nanoseconds per token.

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "action/json_strings.h"

namespace awps {

inline constexpr size_t kMaxLevels = 64;

/// What a walk goes through. It outlives the values that are handed out.
struct JsonText {
  const char* origin = nullptr;  // of the offsets of tokens
  const uint32_t* first_token = nullptr;
  uint32_t begin = 0;        // offset of the text
  uint32_t end = 0;          // behind it; all further tokens are of other texts
  bool has_escapes = false;  // it has a backslash
  JsonStrings* strings = nullptr;
};

enum class JsonType : uint8_t { kNull, kBoolean, kNumber, kString, kArray, kObject };

/// One value of a text. It borrows the text, its tokens, and its unescaped strings.
struct JsonValue {
  JsonType type = JsonType::kNull;
  std::string_view text;     // as it stands
  std::string_view content;  // of a string: what it says
  const uint32_t* first_token = nullptr;
  const JsonText* source = nullptr;

  bool is(JsonType other) const { return type == other; }
  std::optional<std::string_view> string() const {
    return is(JsonType::kString) ? std::optional(content) : std::nullopt;
  }
  std::optional<bool> boolean() const {
    return is(JsonType::kBoolean) ? std::optional(text.front() == 't') : std::nullopt;
  }
};

class JsonWalk {
 public:
  explicit JsonWalk(const JsonText& text) : JsonWalk(text, text.first_token) {}
  /// From the beginning of `value`.
  explicit JsonWalk(const JsonValue& value) : JsonWalk(*value.source, value.first_token) {}

  /// The first byte of the next token; '\0' behind the last.
  char symbol() const { return *next_ < text_->end ? text_->origin[*next_] : '\0'; }
  uint32_t position() const { return *next_; }
  void skip() { ++next_; }
  /// Skips the bracket or comma `expected` if it is next.
  bool take(char expected) {
    if (symbol() != expected) return false;
    ++next_;
    return true;
  }

  /// These are false where the text is no JSON: see end().
  bool take_key(std::string_view& key);  // with its colon
  bool take_value(JsonValue& value);
  /// Around the members of an object, which the caller takes one by one:
  /// `if (walk.enter_object()) do { key, value } while (walk.take(',')); walk.leave_object()`.
  bool enter_object();  // false: it is empty, and left again
  bool leave_object() { return take('}') || fail(simdjson::TAPE_ERROR); }

  /// After the text's own value was taken, or could not be: what is wrong with the text.
  simdjson::error_code end();

 private:
  JsonWalk(const JsonText& text, const uint32_t* first) : text_(&text), next_(first) {}

  const char* at() const { return text_->origin + *next_; }
  const char* text_end() const { return text_->origin + text_->end; }
  std::string_view take_quoted();
  /// What a string says; without data: it has a wrong escape.
  std::string_view content_of(std::string_view quoted);
  std::string_view unescaped(std::string_view quoted);
  bool take_other(JsonValue& value);
  bool check_container();
  bool check_key();
  bool check_string();
  const char* take_scalar();
  const char* take_number();
  const char* take_word(std::string_view word, simdjson::error_code error);
  bool is_framed() const;
  bool fail(simdjson::error_code error) {
    error_ = error;
    return false;
  }

  const JsonText* text_;
  const uint32_t* next_;
  uint32_t levels_ = 0;  // open ones
  bool too_deep_ = false;
  simdjson::error_code error_ = simdjson::SUCCESS;
};

/// The elements of an array that was handed out, one after another.
class JsonElements {
 public:
  explicit JsonElements(const JsonValue& array) : walk_(array) {
    walk_.skip();
    is_over_ = walk_.symbol() == ']';
  }
  /// nullptr: there are no more.
  const JsonValue* next() {
    if (is_over_ || !walk_.take_value(element_)) return nullptr;
    is_over_ = !walk_.take(',');
    return &element_;
  }

 private:
  JsonWalk walk_;
  JsonValue element_;
  bool is_over_ = false;
};

/// The members of an object that was handed out.
class JsonMembers {
 public:
  explicit JsonMembers(const JsonValue& object) : walk_(object), is_over_(!walk_.enter_object()) {}
  /// False: there are no more.
  bool next(std::string_view& key, JsonValue& value) {
    if (is_over_ || !walk_.take_key(key) || !walk_.take_value(value)) return false;
    is_over_ = !walk_.take(',');
    return true;
  }

 private:
  JsonWalk walk_;
  bool is_over_;
};

// What follows is in the header since it is what each line costs.

// The string at which the walk stands, with its quotes. Up to the next token there are only blanks.
inline std::string_view JsonWalk::take_quoted() {
  const char* const begin = at();
  ++next_;
  const char* end = at();
  while (end[-1] != '"') --end;
  return {begin, static_cast<size_t>(end - begin)};
}

// Views are made and passed in registers: one that is stored by halves and loaded whole at once
// stalls the processor for as long as the rest of a member takes.
inline std::string_view JsonWalk::content_of(std::string_view quoted) {
  return text_->has_escapes ? unescaped(quoted)
                            : std::string_view(quoted.data() + 1, quoted.size() - 2);
}

inline bool JsonWalk::take_key(std::string_view& key) {
  if (symbol() != '"') return fail(simdjson::TAPE_ERROR);
  const std::string_view content = content_of(take_quoted());
  key = content;
  return content.data() != nullptr && (take(':') || fail(simdjson::TAPE_ERROR));
}

inline bool JsonWalk::take_value(JsonValue& value) {
  value.source = text_;
  value.first_token = next_;
  if (symbol() != '"') return take_other(value);
  const std::string_view quoted = take_quoted();
  const std::string_view content = content_of(quoted);
  value.type = JsonType::kString;
  value.text = quoted;
  value.content = content;
  return content.data() != nullptr;
}

inline bool JsonWalk::enter_object() {
  ++next_;
  if (take('}')) return false;
  ++levels_;
  return true;
}

}  // namespace awps
