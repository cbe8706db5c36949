#pragma once

// LineSource: the lines of a descriptor, a piece at a time, or of a text.
//
// 1. Memory is bounded by the longest line allowed, whatever comes. Of a longer line one byte more
//    is handed on, so that whoever takes it refuses it and counts it; the rest is skipped.
//
// One thread.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"

namespace awps {

class LineSource {
 public:
  /// A first line that is longer is none to wait for.
  static constexpr size_t kLongestFirstLine = size_t{1} << 20U;

  explicit LineSource(int fd) : fd_(fd) {}
  explicit LineSource(std::string text) : text_(std::move(text)), has_unread_(true), ended_(true) {}

  void set_max_line_bytes(uint64_t bytes) { max_line_bytes_ = bytes; }

  int fd() const { return fd_; }
  bool ended() const { return ended_ && text_.empty(); }
  /// There are lines without waiting for the descriptor.
  bool has_unread() const { return has_unread_; }
  /// What a read was refused with, or 0.
  int error() const { return error_; }

  /// Waits for the first line that is not blank, and returns what is there; read() has it, too.
  /// nullopt: it did not come before the deadline.
  std::optional<std::string_view> wait_first_line(std::optional<Instant> deadline);

  /// Reads once, and hands on each line without its '\n'.
  template <typename OnLine>
  void read(const OnLine& on_line) {
    size_t searched = text_.size();
    if (std::exchange(has_unread_, false))
      searched = 0;
    else
      read_piece();
    size_t begin = 0;
    for (size_t end = 0; (end = text_.find('\n', std::max(begin, searched))) != std::string::npos;
         begin = end + 1) {
      hand_on(std::string_view(text_).substr(begin, end - begin), on_line);
      is_skipping_ = false;
    }
    text_.erase(0, begin);
    if (text_.size() <= max_line_bytes_ && !is_skipping_ && !ended_) return;
    if (!text_.empty()) hand_on(text_, on_line);
    is_skipping_ = true;  // until the line's end
    text_.clear();
  }

 private:
  template <typename OnLine>
  void hand_on(std::string_view line, const OnLine& on_line) {
    if (line.size() > max_line_bytes_) line = line.substr(0, max_line_bytes_ + 1);
    if (!is_skipping_) on_line(line);
  }
  void read_piece();

  int fd_ = -1;
  std::string text_;
  uint64_t max_line_bytes_ = uint64_t{8} << 20U;
  int error_ = 0;
  bool has_unread_ = false;
  bool ended_ = false;
  bool is_skipping_ = false;
};

}  // namespace awps
