#pragma once

// LineSplitter: bytes of one connection in, lines out.
//
// 1. A line ends at '\n'; one '\r' before it is not part of it. Lines of blanks alone are counted,
//    but not handed out.
// 2. A line of more than max_line_bytes is handed out once, as too long, as soon as that is known;
//    the rest of it is thrown away as it arrives.
// 3. Behind a line that is handed out at least kReadPadding bytes are readable, if that holds
//    for the bytes given in: the JSON parser reads over the end. Their contents mean nothing.
// 4. Only a line that is still arriving is kept, and nothing is allocated while there is none.
//
// Pure; belongs to one thread. Costs one memchr() a line and a copy of each line that two reads
// share.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace awps {

inline constexpr size_t kReadPadding = 64;

/// Borrowed from the bytes given in, or from the splitter until its next call.
struct Line {
  std::string_view text;
  uint64_t number = 0;  // from 1, blank lines counted
  bool too_long = false;
};

class LineSplitter {
 public:
  explicit LineSplitter(size_t max_line_bytes) : max_line_bytes_(max_line_bytes) {}

  /// Takes the next line away from the front of `bytes`; without one all of them.
  std::optional<Line> next(std::string_view& bytes) {
    if (partial_.empty() && !discarding_) {
      const void* found = bytes.empty() ? nullptr : std::memchr(bytes.data(), '\n', bytes.size());
      if (found == nullptr) return next_of_several_reads(bytes);
      const auto length = static_cast<size_t>(static_cast<const char*>(found) - bytes.data());
      const std::string_view text = bytes.substr(0, length);
      // Nearly every line is so: not blank, without '\r', and not too long.
      if (length > 0 && length <= max_line_bytes_ && text.front() > ' ' && text.back() != '\r') {
        bytes.remove_prefix(length + 1);
        return Line{.text = text, .number = ++number_};
      }
    }
    return next_of_several_reads(bytes);
  }
  /// The bytes given in next begin with a line.
  bool is_between_lines() const { return !discarding_ && (partial_.empty() || delivered_); }
  /// After the end of input: the last line, which no '\n' ended.
  std::optional<Line> last();
  /// The line that was handed out last, from `offset` on, with kReadPadding behind it, for whoever
  /// keeps it. A long one is not copied.
  std::string take_over(const Line& line, size_t offset);
  /// Gives the line that is still arriving up, as if it were too long; nullopt if there is none.
  std::optional<Line> refuse_partial();

  /// Bytes kept of a line that is still arriving.
  size_t held_bytes() const { return delivered_ ? 0 : partial_.size(); }

 private:
  std::optional<Line> next_of_several_reads(std::string_view& bytes);
  std::optional<Line> complete(std::string_view piece);
  void keep(std::string_view piece) { partial_ += piece; }
  void forget();
  bool is_too_long(std::string_view text) const;

  size_t max_line_bytes_;
  uint64_t number_ = 0;
  std::string partial_;
  bool delivered_ = false;   // partial_ is lent out as a whole line
  bool discarding_ = false;  // within the rest of a refused line
};

}  // namespace awps
