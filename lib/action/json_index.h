#pragma once

// JsonIndex: where the tokens of a text stand: brackets, colons, commas, and the beginnings of
// strings, numbers and words. It is the first stage of simdjson alone (Langdale and Lemire,
// "Parsing Gigabytes of JSON per Second", §3.1), which also finds what is no UTF-8, strings that
// are not closed, and control characters in them. Whether the tokens make a value is JsonWalk's
// question.
//
// `structural_indexes` is a public member that simdjson marks private; Debian 12 ships exactly
// 3.0.1. Several lines may be one text: a line feed in a string would be an error, so the tokens of
// each line are those that it has alone.
//
// One thread. No allocation unless a text is longer than any before.

#include <simdjson.h>

#include <cstdint>
#include <string_view>

namespace awps {

class JsonIndex {
 public:
  /// EMPTY if the text has no token.
  simdjson::error_code find_tokens(std::string_view text);
  /// Their offsets in the text, until the next call. Behind the last the text's length stands.
  const uint32_t* tokens() const { return parser_.implementation->structural_indexes.get(); }

  /// Gives back memory that only an exceptionally long text needed.
  void release_excess() {
    if (capacity_ > kKeptCapacity) release();
  }
  /// It keeps more than for short texts.
  bool has_grown() const { return capacity_ > kFirstCapacity; }
  /// Gives back what no text needed since the last call.
  void release_unused();

 private:
  simdjson::error_code reserve(size_t bytes);
  void release();

  static constexpr size_t kFirstCapacity = size_t{64} << 10U;  // bytes of text
  static constexpr size_t kKeptCapacity = size_t{2} << 20U;

  simdjson::dom::parser parser_;
  size_t capacity_ = 0;
  size_t longest_ = 0;  // text since release_unused()
};

}  // namespace awps
