#pragma once

// LinesIndex: the tokens of all lines of a read, found at once. One call of simdjson's first stage
// costs about 30 ns whatever its length, which for lines of 150 bytes is most of it.
//
// 1. It looks at whole lines alone, at most kMostBytes of them at a time.
// 2. If anything is wrong with one of them (no UTF-8, a control character in a string, a string
//    that is not closed), it knows none of them: each is then indexed alone, so that a bad line
//    harms nobody else.
// 3. Otherwise each line has the tokens here that it would have alone: a line feed stands in no
//    string, and separates all else.
//
// It borrows the bytes until forget(). One thread.

#include <cstdint>
#include <string_view>

#include "action/json_index.h"
#include "action/json_walk.h"

namespace awps {

class LinesIndex {
 public:
  /// `bytes` begins with a line, of which others follow. Nothing happens while it is among the
  /// lines that were indexed last.
  void cover(std::string_view bytes) {
    if (bytes.data() >= end_ || bytes.data() < begin_) index(bytes);
  }
  /// The bytes are about to change.
  void forget() { begin_ = end_ = nullptr; }

  /// Says where the tokens of `line` are; false: they are not known here. Lines are asked for in
  /// their order; not each need be.
  bool find(std::string_view line, JsonText& text);

 private:
  void index(std::string_view bytes);

  static constexpr size_t kMostBytes = size_t{16} << 10U;  // text and tokens stay in a near cache

  JsonIndex index_;
  const char* begin_ = nullptr;
  const char* end_ = nullptr;
  const uint32_t* next_ = nullptr;  // token; nullptr: none is known
  bool has_escapes_ = false;
};

}  // namespace awps
