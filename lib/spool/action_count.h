#pragma once

// ActionCount: how many actions are in a file that a stop left. Each line of it is one action, or
// an ordered batch (record_lines.h) with one for each element:
//
//    {"actionName":…}
//    {"batch":[{"actionName":…},{"actionName":…}],"ordered":true}
//
// 1. It takes the file in pieces, cut anywhere, and keeps nothing of them.
// 2. A last line without its '\n' counts, as it does for whoever sends the file. Blank ones do not.
//
// One thread. Outside batches it costs a search for '\n', inside them a look at each byte.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace awps {

class ActionCount {
 public:
  void take(std::string_view piece);
  /// In all that was taken.
  uint64_t actions() const { return finished_ + in_line(); }

 private:
  enum class At : uint8_t {
    kBegin,    // it may be a batch still
    kBatch,    // among its elements
    kCounted,  // nothing behind changes the line's count
  };

  size_t take_begin(std::string_view piece);
  size_t take_batch(std::string_view piece);
  uint64_t in_line() const;
  void end_line();

  At at_ = At::kBegin;
  size_t matched_ = 0;  // bytes of a batch's beginning
  uint64_t elements_ = 0;
  size_t depth_ = 0;  // of brackets in the batch
  bool in_text_ = false;
  bool is_escaped_ = false;
  uint64_t finished_ = 0;  // actions in the lines before
};

}  // namespace awps
