#include "daemon/awpsctl/commands/line_source.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace awps {

namespace {

constexpr size_t kReadBytes = size_t{64} << 10U;

bool has_first_line(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text.find('\n', first) != std::string_view::npos;
}

}  // namespace

std::optional<std::string_view> LineSource::wait_first_line(std::optional<Instant> deadline) {
  const SystemClock clock;
  while (!ended_ && !has_first_line(text_) && text_.size() < kLongestFirstLine) {
    pollfd waited{.fd = fd_, .events = POLLIN, .revents = 0};
    int milliseconds = -1;
    if (deadline) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - clock.now());
      if (left.count() <= 0) return std::nullopt;
      milliseconds = static_cast<int>(std::min<int64_t>(left.count(), 1'000'000));
    }
    if (::poll(&waited, 1, milliseconds) > 0) read_piece();
  }
  has_unread_ = true;
  return text_;
}

void LineSource::read_piece() {
  std::array<char, kReadBytes> piece;
  const ssize_t count = ::read(fd_, piece.data(), piece.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (count < 0) error_ = errno;
  if (count <= 0)
    ended_ = true;
  else
    text_.append(piece.data(), static_cast<size_t>(count));
}

}  // namespace awps
