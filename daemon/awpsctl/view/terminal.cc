#include "daemon/awpsctl/view/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <string_view>

namespace awps {

namespace {

constexpr size_t kFileColumns = 200;
constexpr size_t kLeastColumns = 40;

// A terminal that takes nothing any more is gone; the command ends by its signal (SIGHUP).
void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) text.remove_prefix(static_cast<size_t>(written));
  }
}

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

bool is_terminal(int fd) {
  return ::isatty(fd) == 1;
}

TerminalSize terminal_size(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {.columns = size.ws_col, .rows = size.ws_row};
}

bool takes_colours(int fd) {
  return is_terminal(fd) && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
}

size_t output_columns(int fd) {
  if (is_terminal(fd)) return terminal_size(fd).columns;
  const std::string_view said = environment("COLUMNS");
  size_t columns = 0;
  std::from_chars(said.data(), said.data() + said.size(), columns);
  return columns >= kLeastColumns ? columns : kFileColumns;
}

Screen::Screen() {
  enter();
}

Screen::~Screen() {
  leave();
}

void Screen::enter() {
  if (entered_) return;
  entered_ = true;
  termios now{};
  if (::tcgetattr(STDIN_FILENO, &now) == 0) {
    found_ = now;
    now.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    now.c_cc[VMIN] = 0;
    now.c_cc[VTIME] = 0;
    (void)::tcsetattr(STDIN_FILENO, TCSANOW, &now);  // at worst keys are echoed
  }
  write_all("\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J");
}

void Screen::leave() {
  if (!entered_) return;
  entered_ = false;
  write_all("\x1b[0m\x1b[?25h\x1b[?1049l");
  if (found_) (void)::tcsetattr(STDIN_FILENO, TCSANOW, &*found_);  // nobody is left to tell
}

void Screen::show(const std::vector<std::string>& lines) {
  std::string frame = "\x1b[H";
  for (const std::string& line : lines) {
    if (&line != &lines.front()) frame += "\r\n";
    frame += line + "\x1b[K";
  }
  write_all(frame + "\x1b[J");
}

std::optional<char> Screen::key() {
  if (!found_) return std::nullopt;
  pollfd waiting{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  char key = 0;
  if (::poll(&waiting, 1, 0) <= 0 || ::read(STDIN_FILENO, &key, 1) != 1) return std::nullopt;
  return key;
}

}  // namespace awps
