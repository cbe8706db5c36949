#include "bench/durable_load.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "base/check.h"
#include "bench/daemon_process.h"

namespace awps {

namespace {

constexpr uint64_t kLinesInBlock = 1000;  // each to another group
constexpr size_t kWriteBytes = size_t{64} << 10U;
constexpr size_t kReadBytes = size_t{64} << 10U;
constexpr double kLongest = 60;  // seconds that something may take

std::string make_block(size_t line_bytes) {
  std::string block;
  for (uint64_t i = 0; i < kLinesInBlock; ++i) {
    const std::string opening = R"({"actionName":"sendToGroup","group":"group)" +
                                std::to_string(1000 + i) + R"(","data":")";
    block += opening + std::string(line_bytes - opening.size() - 3, 'x') + "\"}\n";
  }
  return block;
}

// The last `accepted` of whole lines; nothing else may be answered.
uint64_t last_accepted(std::string_view lines, uint64_t before) {
  constexpr std::string_view kAccepted = R"({"status":"accepted","seq":)";
  uint64_t last = before;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(line.size() + 1);
    if (line.starts_with(R"({"status":"ready")")) continue;
    AWPS_CHECK(line.starts_with(kAccepted));
    std::from_chars(line.data() + kAccepted.size(), line.data() + line.size(), last);
  }
  return last;
}

}  // namespace

Load::Load(const LoadOptions& options)
    : has_answers_(!options.hello.empty()),
      line_bytes_(options.line_bytes),
      block_(make_block(options.line_bytes)) {
  for (size_t i = 0; i < options.producers; ++i) {
    Connection connection{.fd = UniqueFd(connect_to(options.socket_path))};
    AWPS_CHECK(connection.fd.valid());
    if (has_answers_) {
      const std::string hello = options.hello + "\n";
      const auto sent = ::send(connection.fd.get(), hello.data(), hello.size(), MSG_NOSIGNAL);
      AWPS_CHECK(sent == static_cast<ssize_t>(hello.size()));
    }
    AWPS_CHECK(::fcntl(connection.fd.get(), F_SETFL, O_NONBLOCK) == 0);
    connections_.push_back(std::move(connection));
  }
}

double Load::flood(uint64_t lines) {
  const SystemClock clock;
  const Instant begin = clock.now();
  for (Connection& connection : connections_) connection.due += lines / connections_.size();
  while (!is_accepted()) {
    turn(has_answers_ ? 10 : 1);
    AWPS_CHECK(to_seconds(clock.now() - begin) < kLongest);
  }
  return to_seconds(clock.now() - begin);
}

std::vector<Duration> Load::pace(double per_second, double seconds) {
  const SystemClock clock;
  const Instant begin = clock.now();
  const double each_per_second = per_second / static_cast<double>(connections_.size());
  std::vector<Duration> took;
  const auto settle = [&](Connection& connection, Instant now) {
    auto& waiting = connection.waiting;
    for (; !waiting.empty() && waiting.front().up_to <= connection.accepted; waiting.pop_front()) {
      took.insert(took.end(), waiting.front().lines, now - waiting.front().at);
    }
  };
  uint64_t due_each = 0;
  for (Instant now = begin; to_seconds(now - begin) < seconds || !is_accepted();
       now = clock.now()) {
    const double elapsed = std::min(to_seconds(now - begin), seconds);
    const auto due = static_cast<uint64_t>(elapsed * each_per_second);
    for (Connection& connection : connections_) {
      if (due == due_each) break;
      connection.due += due - due_each;
      connection.waiting.push_back({.up_to = connection.due, .lines = due - due_each, .at = now});
    }
    due_each = due;
    turn(1);
    now = clock.now();
    for (Connection& connection : connections_) settle(connection, now);
    AWPS_CHECK(to_seconds(now - begin) < kLongest);
  }
  std::ranges::sort(took);
  return took;
}

void Load::turn(int wait_ms) {
  std::vector<pollfd> entries;
  for (const Connection& connection : connections_) {
    const bool has_unsent = connection.sent < connection.due * line_bytes_;
    entries.push_back(
        {connection.fd.get(), static_cast<short>(has_unsent ? POLLIN | POLLOUT : POLLIN), 0});
  }
  ::poll(entries.data(), entries.size(), wait_ms);
  for (size_t i = 0; i < entries.size(); ++i) {
    if ((entries[i].revents & POLLOUT) != 0) write_some(connections_[i]);
    if (!has_answers_) {
      look_what_is_read(connections_[i]);
    } else if ((entries[i].revents & (POLLIN | POLLHUP)) != 0) {
      read_some(connections_[i]);
    }
  }
}

void Load::write_some(Connection& connection) const {
  const uint64_t place = connection.sent % block_.size();
  const uint64_t left = connection.due * line_bytes_ - connection.sent;
  const size_t count = std::min<uint64_t>({left, block_.size() - place, kWriteBytes});
  const ssize_t sent = ::send(connection.fd.get(), block_.data() + place, count, MSG_NOSIGNAL);
  if (sent > 0) connection.sent += static_cast<uint64_t>(sent);
}

void Load::read_some(Connection& connection) const {
  std::array<char, kReadBytes> bytes;
  const ssize_t count = ::recv(connection.fd.get(), bytes.data(), bytes.size(), 0);
  AWPS_CHECK(count != 0);  // the daemon has gone
  if (count < 0) return;
  std::string& unread = connection.unread;
  unread.append(bytes.data(), static_cast<size_t>(count));
  const size_t whole = unread.rfind('\n') + 1;
  connection.accepted =
      last_accepted(std::string_view(unread).substr(0, whole), connection.accepted);
  unread.erase(0, whole);
}

void Load::look_what_is_read(Connection& connection) const {
  int unread = 0;
  AWPS_CHECK(::ioctl(connection.fd.get(), TIOCOUTQ, &unread) == 0);
  // Memory of the socket, a little more than the bytes in it: exact when it is 0.
  if (unread == 0) connection.accepted = connection.sent / line_bytes_;
}

bool Load::is_accepted() const {
  return std::ranges::all_of(connections_, [](const Connection& c) { return c.accepted >= c.due; });
}

}  // namespace awps
