#pragma once

// The terminal: how wide it is, whether it takes colours, and a full screen for a live view that is
// always given back as it was found.
//
// One thread.

#include <termios.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace awps {

struct TerminalSize {
  size_t columns = 80;
  size_t rows = 24;
};

bool is_terminal(int fd);
TerminalSize terminal_size(int fd);
/// A terminal that is not dumb, and no NO_COLOR (no-color.org).
bool takes_colours(int fd);
/// How wide tables may be: the terminal's width; else $COLUMNS, else wide.
size_t output_columns(int fd);

/// The alternate screen without a cursor, keys unechoed; restored at the end.
class Screen {
 public:
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  /// Between a stop (Ctrl-Z) and what follows the terminal is the shell's.
  void leave();
  void enter();
  /// Replaces what is shown, without flicker.
  void show(const std::vector<std::string>& lines);
  /// Standard input is a terminal; else what it has, or its end, is not for us.
  bool has_keys() const { return found_.has_value(); }
  /// A key that was pressed, or nothing.
  std::optional<char> key();

 private:
  bool entered_ = false;
  std::optional<termios> found_;  // nullopt: standard input is no terminal
};

}  // namespace awps
