#include "base/check.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace awps {

namespace {

constexpr int kPatience = 1000;  // ms

// Whoever does not read the log must not keep the process from its end. What poll(2) promises room
// for is written without waiting: a text of less than PIPE_BUF bytes.
void say(const char* text, size_t length) {
  pollfd waited{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  if (::poll(&waited, 1, kPatience) > 0) (void)!::write(STDERR_FILENO, text, length);
}

}  // namespace

void check_failed(const char* condition, const char* file, int line) noexcept {
  std::array<char, 1024> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "<2>bug: check failed: %s at %s:%d; aborting\n",
                    condition, file, line);
  say(text.data(), std::min<size_t>(static_cast<size_t>(std::max(length, 0)), text.size() - 1));
  std::abort();
}

}  // namespace awps
