#pragma once

// SpreadValue: whether the refused lines of one connection have opened a JSON value that goes on in
// the next line, as pretty-printed JSON does. There
//
//     [
//       {"actionName":"sendToUser", … },
//       {"actionName":"closeAllConnections"}
//     ]
//
// the third line is valid on its own, and would be taken alone: the last element of an array of
// which all others were refused. While a value has to follow, no line is taken.
//
// 1. Only lines that were refused are followed: a connection without them costs one comparison per
//    line.
// 2. A producer that cuts off one line does not lose all later ones: a line is refused only where
//    JSON allows nothing but a value next (behind `[` or `:`, or behind `,` in an array). So at
//    most one good line is refused for each line that was cut off.
//
// A value of a connection. One thread.

#include <cstdint>
#include <string_view>

namespace awps {

class SpreadValue {
 public:
  /// A refused line that begins a value, or goes on with it. A string never goes on in a next line.
  void follow(std::string_view line, bool first_line);
  void close() { levels_ = 0; }

  bool is_open() const { return levels_ > 0; }
  /// May `line`, which is not JSON on its own, go on with the open value?
  bool can_go_on(std::string_view line) const;
  /// Is a whole value the only thing that JSON allows next?
  bool awaits_value() const {
    return is_open() && (last_ == '[' || last_ == ':' || (last_ == ',' && is_array()));
  }
  /// Stands nothing behind the brace of an object that the connection's first line opened?
  bool awaits_first_key() const { return is_first_ && levels_ == 1 && last_ == '{'; }

 private:
  static constexpr uint8_t kMostLevels = 64;

  bool is_array() const { return (arrays_ & 1U) != 0; }
  bool take(char symbol);

  uint64_t arrays_ = 0;  // a bit for each level, innermost lowest: is it an array?
  uint8_t levels_ = 0;
  bool is_first_ = false;
  char last_ = '\0';
};

}  // namespace awps
