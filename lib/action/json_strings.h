#pragma once

// JsonStrings: the unescaped contents of a text's strings, in memory that is used again for the
// next text. Only strings with a backslash come here; all others are read where they stand.
//
// Each string of a text may be kept once: together they are never longer than the text, so what was
// kept never moves. One thread. No allocation unless a text is longer than any before.

#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <string_view>

namespace awps {

class JsonStrings {
 public:
  /// Forgets what was kept. `bytes`: the length of the text whose strings come now.
  void begin_text(size_t bytes) {
    text_bytes_ = bytes;
    used_ = 0;
  }
  /// Unescapes `text`, a string with its quotes behind which SIMDJSON_PADDING bytes are readable.
  /// STRING_ERROR: an escape is unknown, or half a surrogate pair.
  simdjson::error_code keep(std::string_view text, std::string_view& content);
  /// The same without keeping it.
  simdjson::error_code check(std::string_view text);

  /// As JsonIndex's.
  void release_excess() {
    if (capacity_ > kKeptCapacity) release();
  }
  bool has_grown() const { return capacity_ > kFirstCapacity; }
  void release_unused();

 private:
  using Unescaper = simdjson::internal::dom_parser_implementation;

  simdjson::error_code reserve();
  /// Writes behind what is kept, and answers with the end; nullptr: see keep().
  uint8_t* unescape(std::string_view text);
  void release();

  static constexpr size_t kFirstCapacity = size_t{64} << 10U;
  static constexpr size_t kKeptCapacity = size_t{2} << 20U;

  std::unique_ptr<Unescaper> unescaper_;
  std::unique_ptr<uint8_t[]> bytes_;
  size_t capacity_ = 0;
  size_t used_ = 0;
  size_t text_bytes_ = 0;
  size_t longest_ = 0;  // text with a kept or checked string, since release_unused()
};

}  // namespace awps
