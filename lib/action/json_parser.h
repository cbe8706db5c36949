#pragma once

// JsonParser: one JSON text, checked and read by simdjson's DOM, with two things added.
//
// 1. Positions. The DOM unescapes strings and converts numbers, but ids, numbers and raw JSON must
//    go on as they came. Its first stage leaves the offset of every token behind (a public member
//    marked private, `structural_indexes`; Debian 12 ships exactly 3.0.1): Tokens walks along them.
// 2. Numbers of any size. The DOM refuses integers beyond 64 bits and numbers beyond a double. Then
//    the text is parsed again with its long numbers overwritten by "-1", every token in its place.
//    So a number is read from the original text (numbers.h), or from the DOM if it is small.
//
// At most kMaxLevels arrays and objects stand one within another. One thread. No allocation unless
// a text is longer than any before, or needs the second parse.

#include <simdjson.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace awps {

inline constexpr size_t kMaxLevels = 64;

/// A cursor over the tokens of a valid JSON text: brackets, colons, commas, and the beginnings of
/// strings, numbers and literals. It borrows the parser's result and the text.
class Tokens {
 public:
  Tokens() = default;
  Tokens(const uint32_t* positions, const char* text) : next_(positions), text_(text) {}

  uint32_t position() const { return *next_; }
  char symbol() const { return text_[*next_]; }
  void skip() { ++next_; }
  /// Moves behind one whole value of an array or object, and answers with its text.
  std::string_view take_value() {
    const uint32_t begin = position();
    const char first = symbol();
    ++next_;
    if (first == '{' || first == '[') skip_rest_of_container();
    // Up to the next token there are only blanks.
    uint32_t end = position();
    while (static_cast<unsigned char>(text_[end - 1]) <= ' ') --end;
    return {text_ + begin, end - begin};
  }

 private:
  void skip_rest_of_container();

  const uint32_t* next_ = nullptr;
  const char* text_ = nullptr;
};

class JsonParser {
 public:
  /// `text` is followed by at least SIMDJSON_PADDING readable bytes.
  simdjson::error_code parse(std::string_view text);

  /// Of the last successful parse, until the next.
  simdjson::dom::element root() const { return document_.root(); }
  Tokens tokens() const { return {parser_.implementation->structural_indexes.get(), text_.data()}; }

  /// Gives back memory that only an exceptionally long text needed.
  void release_excess();
  /// It keeps more than for short texts.
  bool has_grown() const { return capacity_ > kFirstCapacity; }
  /// Gives back what no text needed since the last call.
  void release_unused();

 private:
  simdjson::error_code parse_once(std::string_view text);
  simdjson::error_code reserve(size_t bytes);
  bool is_too_deep() const;
  void release();

  static constexpr size_t kFirstCapacity = size_t{64} << 10U;

  simdjson::dom::parser parser_;
  simdjson::dom::document document_;
  std::string without_long_numbers_;
  std::string_view text_;
  size_t capacity_ = 0;
  size_t longest_ = 0;  // text since release_unused()
};

}  // namespace awps
