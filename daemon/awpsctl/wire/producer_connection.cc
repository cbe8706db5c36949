#include "daemon/awpsctl/wire/producer_connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "daemon/awpsctl/wire/json_fields.h"
#include "daemon/awpsctl/wire/socket_failure.h"

namespace awps {

namespace {

constexpr Duration kReadyTimeout = std::chrono::seconds(10);
constexpr size_t kReplyBytes = size_t{64} << 10U;
constexpr int kReadsATurn = 16;
constexpr uint64_t kUsualLineBytes = uint64_t{8} << 20U;  // where the daemon does not say

}  // namespace

ExitCode exit_code_of_refusal(std::string_view code) {
  if (code == "unknown_hub") return ExitCode::kUsage;
  if (code == "forbidden") return ExitCode::kNoPermission;
  const bool passes = code == "queue_full" || code == "shutting_down" || code == "storage_failed";
  return passes ? ExitCode::kTempFail : kNegative;
}

Result<std::unique_ptr<ProducerConnection>, Failure> ProducerConnection::open(
    const std::string& path, const std::string& hub, std::string_view ack,
    std::optional<Instant> deadline) {
  Result<UniqueFd, Failure> socket = connect_unix(path, "the producers' socket");
  if (!socket) return socket.error();
  auto connection = std::make_unique<ProducerConnection>(std::move(*socket));
  Json hello{{"ack", ack}, {"producer", "awpsctl"}};
  if (!hub.empty()) hello["hub"] = hub;
  connection->append(json_text(Json{{"hello", hello}}));
  if (const Result<void, Failure> ready = connection->wait_ready(path, deadline); !ready) {
    return ready.error();
  }
  return connection;
}

Result<void, Failure> ProducerConnection::wait_ready(const std::string& path,
                                                     std::optional<Instant> said_deadline) {
  const SystemClock clock;
  Instant deadline = clock.now() + kReadyTimeout;
  if (said_deadline) deadline = std::min(deadline, *said_deadline);
  std::optional<Reply> answer;
  while (!answer && !ended_ && clock.now() < deadline) {
    pollfd waited{.fd = fd(), .events = events(), .revents = 0};
    const Duration left = std::max(deadline - clock.now(), Duration::zero());
    const auto patience = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    if (::poll(&waited, 1, static_cast<int>(patience)) < 0 && errno != EINTR) break;
    turn([&](const Reply& reply) {
      if (!answer) answer = reply;
    });
  }
  if (answer && answer->status == ReplyStatus::kReady) {
    ready_ = std::move(*answer);
    if (ready_.max_line_bytes == 0) ready_.max_line_bytes = kUsualLineBytes;
    return {};
  }
  if (answer && answer->status == ReplyStatus::kRejected) {
    return Failure{exit_code_of_refusal(answer->code), answer->code, answer->message};
  }
  if (ended_) {
    return Failure{ExitCode::kNoPermission, "closed",
                   "the daemon closed the connection to '" + path +
                       "' at once: this user may not use it (socket.allow_users, "
                       "socket.allow_groups), or it has socket.max_connections; see its log"};
  }
  return Failure{
      ExitCode::kTempFail, "timeout",
      "what listens on '" + path + "' did not answer a hello in time; is it awpsd? See its log"};
}

void ProducerConnection::append(std::string_view line) {
  if (is_refusing_) return;
  unsent_.append(line) += '\n';
}

void ProducerConnection::close_input() {
  closing_ = true;
  write_some();
}

short ProducerConnection::events() const {
  if (ended_) return 0;
  return static_cast<short>(POLLIN | (unsent() > 0 ? POLLOUT : 0));
}

void ProducerConnection::turn(const OnReply& on_reply) {
  write_some();
  read_some(on_reply);
}

void ProducerConnection::write_some() {
  while (unsent() > 0) {
    const ssize_t written = ::send(fd(), unsent_.data() + sent_, unsent(), MSG_NOSIGNAL);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (written < 0) {
      is_refusing_ = true;
      sent_ = unsent_.size();
      break;
    }
    sent_ += static_cast<size_t>(written);
  }
  if (unsent() == 0) {
    unsent_.clear();
    sent_ = 0;
    if (closing_ && !std::exchange(closed_, true)) (void)::shutdown(fd(), SHUT_WR);  // or it ended
  } else if (sent_ > unsent_.size() / 2) {
    unsent_.erase(0, sent_);
    sent_ = 0;
  }
}

void ProducerConnection::read_some(const OnReply& on_reply) {
  std::array<char, kReplyBytes> piece;
  for (int i = 0; i < kReadsATurn && !ended_; ++i) {
    const ssize_t count = ::recv(fd(), piece.data(), piece.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (count <= 0) {
      ended_ = true;
      return;
    }
    unread_.append(piece.data(), static_cast<size_t>(count));
    size_t begin = 0;
    for (size_t end = 0; (end = unread_.find('\n', begin)) != std::string::npos; begin = end + 1) {
      on_reply(parse_reply(std::string_view(unread_).substr(begin, end - begin)));
    }
    unread_.erase(0, begin);
  }
}

}  // namespace awps
