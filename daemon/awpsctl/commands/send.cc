// `awpsctl send`: a file of protocol lines, or one action, as one producer; every action that was
// not taken or not delivered is named by its line.

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "base/terminal_text.h"
#include "base/unique_fd.h"
#include "daemon/awpsctl/commands/context.h"
#include "daemon/awpsctl/commands/line_source.h"
#include "daemon/awpsctl/commands/one_action.h"
#include "daemon/awpsctl/commands/send_account.h"
#include "daemon/awpsctl/figures.h"
#include "daemon/awpsctl/view/terminal.h"
#include "daemon/awpsctl/wire/json_fields.h"
#include "daemon/awpsctl/wire/producer_connection.h"

namespace awps {

namespace {

constexpr size_t kMostUnsent = size_t{1} << 20U;  // then the daemon is waited for
constexpr Duration kProgressStep = std::chrono::milliseconds(500);

class Sending {
 public:
  Sending(const Context& context, ProducerConnection& connection, LineSource source,
          std::optional<Instant> deadline)
      : context_(context),
        connection_(connection),
        source_(std::move(source)),
        deadline_(deadline),
        lines_(connection.ready().max_line_bytes),
        account_(context.arguments.send.ack == "accepted" ? SendAccount::Ack::kAccepted
                                                          : SendAccount::Ack::kDelivered) {
    source_.set_max_line_bytes(connection.ready().max_line_bytes);
  }

  CommandResult run() {
    while (!connection_.ended() && why_ended_.empty()) {
      wait();
      read_lines();
      connection_.turn([&](const Reply& reply) { take(reply); });
      show_progress();
      if (interrupts_.take() != 0) why_ended_ = "interrupted";
      if (deadline_ && clock_.now() >= *deadline_) why_ended_ = "timeout";
    }
    clear_progress();
    if (source_.error() != 0) {
      return Failure{ExitCode::kNoInput, "cannot_read",
                     "read '" + context_.arguments.send.file +
                         "': " + std::strerror(source_.error()) + "; what came before it was sent"};
    }
    return finish();
  }

 private:
  bool may_read() const {
    return !source_.ended() && connection_.unsent() < kMostUnsent && !connection_.is_refusing();
  }

  void wait() {
    const bool at_once = source_.has_unread() && may_read();
    pollfd waited[3] = {{.fd = connection_.fd(), .events = connection_.events(), .revents = 0},
                        {.fd = interrupts_.fd(), .events = POLLIN, .revents = 0},
                        {.fd = may_read() ? source_.fd() : -1, .events = POLLIN, .revents = 0}};
    Duration left = at_once ? Duration::zero() : kProgressStep;
    if (deadline_) left = std::clamp(*deadline_ - clock_.now(), Duration::zero(), left);
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    (void)::poll(waited, 3, static_cast<int>(milliseconds));  // EINTR: once more
    is_readable_ = at_once || waited[2].revents != 0;
  }

  void read_lines() {
    if (is_readable_ && may_read()) {
      source_.read([&](std::string_view line) {
        // A hello of the file's own was taken into ours; its line is kept, blank.
        const bool is_hello = lines_.take(line) == SentLines::Kind::kHello;
        connection_.append(is_hello ? std::string_view() : line);
        if (is_hello) check_hello();
      });
    }
    if ((source_.ended() || connection_.is_refusing()) && !std::exchange(is_closed_, true)) {
      connection_.close_input();
    }
  }

  void check_hello() {
    const std::string hub = to_lower(lines_.hub());
    if (hub.empty() || hub == connection_.ready().hub) return;
    context_.err << "awpsctl: the file's hello names hub " << printable(hub) << ", but --hub is "
                 << printable(connection_.ready().hub) << ": that counts\n";
  }

  void take(const Reply& reply) {
    const std::optional<SendAccount::Trouble> trouble = account_.take(reply);
    if (!trouble || context_.json()) return;
    if (++shown_ > SendAccount::kMostTroubles) return;
    clear_progress();
    const bool known = trouble->seq >= 1 && trouble->seq <= lines_.actions();
    const bool is_warning = trouble->status == ReplyStatus::kWarning;
    context_.err << (known ? lines_.place_of(trouble->seq) : std::string("connection")) << ": "
                 << context_.view.paint(name_of(trouble->status),
                                        is_warning ? Colour::kWarning : Colour::kBad);
    if (!trouble->code.empty()) context_.err << " (" << printable(trouble->code) << ")";
    context_.err << ": " << printable(trouble->message) << '\n';
    if (shown_ == SendAccount::kMostTroubles) context_.err << "… the rest is counted only\n";
  }

  void show_progress() {
    if (context_.json() || !is_terminal(STDERR_FILENO)) return;
    const Instant now = clock_.now();
    if (now - progress_at_ < kProgressStep) return;
    progress_at_ = now;
    context_.err << '\r'
                 << shortened(account_.summary(lines_.actions()),
                              terminal_size(STDERR_FILENO).columns - 1)
                 << "\x1b[K" << std::flush;
    has_progress_ = true;
  }

  void clear_progress() {
    if (std::exchange(has_progress_, false)) context_.err << "\r\x1b[K" << std::flush;
  }

  CommandResult finish() {
    const uint64_t actions = lines_.actions();
    const uint64_t open = account_.open(actions);
    if (context_.json()) {
      context_.write_json(json_text(account_.json(lines_)));
    } else {
      context_.out << account_.summary(actions) << '\n';
    }
    if (open > 0 && !context_.json()) explain_open(open);
    return account_.exit_code(actions);
  }

  void explain_open(uint64_t open) {
    context_.err << "awpsctl: ";
    if (why_ended_ == "timeout")
      context_.err << "--timeout is over: ";
    else if (why_ended_ == "interrupted")
      context_.err << "interrupted: ";
    else
      context_.err << "the daemon ended the connection: ";
    context_.err << counted(open, "action") << " without an answer, the first in "
                 << lines_.place_of(account_.first_open())
                 << (why_ended_.empty() ? "; they may not have been read: send these again\n"
                                        : "; the daemon goes on with what it has read\n");
  }

  const Context& context_;
  ProducerConnection& connection_;
  LineSource source_;
  const std::optional<Instant> deadline_;
  SentLines lines_;
  SendAccount account_;
  Interrupts interrupts_;
  const SystemClock clock_;
  Instant progress_at_{};
  std::string why_ended_;
  size_t shown_ = 0;
  bool has_progress_ = false;
  bool is_readable_ = false;
  bool is_closed_ = false;
};

// The hub of a hello that begins the text; a bad hello is refused, as the daemon would.
Result<std::string, Failure> hub_of_hello(std::string_view text) {
  SentLines lines(text.size());
  while (!text.empty() && lines.actions() == 0) {
    const size_t end = std::min(text.find('\n'), text.size());
    const SentLines::Kind kind = lines.take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (kind == SentLines::Kind::kHello) return to_lower(lines.hub());
    if (kind == SentLines::Kind::kBadHello) {
      return Failure{ExitCode::kDataError, "invalid_action",
                     "line " + std::to_string(lines.lines()) + ": " + lines.bad_hello() +
                         "; nothing was sent, since it could go to another hub"};
    }
  }
  return std::string();
}

// The hub that the hello is to name.
Result<std::string, Failure> hub_of(const SendArguments& wanted, LineSource& source,
                                    std::optional<Instant> deadline) {
  const std::optional<std::string_view> text = source.wait_first_line(deadline);
  if (!text) {
    return Failure{ExitCode::kTempFail, "timeout",
                   "--timeout is over: '" + wanted.file +
                       "' has given no line yet, and nothing was sent; allow more time"};
  }
  Result<std::string, Failure> hub = hub_of_hello(*text);
  if (!hub || wanted.hub.empty()) return hub;
  return wanted.hub;
}

}  // namespace

CommandResult run_send(const Context& context) {
  const SendArguments& wanted = context.arguments.send;
  std::optional<Instant> deadline;
  if (wanted.timeout_seconds) {
    deadline = SystemClock().now() + from_seconds(*wanted.timeout_seconds);
  }
  const Result<std::string, Failure> one = one_action_line(wanted);
  if (!one) return one.error();
  const bool is_file = one->empty();
  UniqueFd file(is_file && wanted.file != "-" ? ::open(wanted.file.c_str(), O_RDONLY | O_CLOEXEC)
                                              : -1);
  if (is_file && wanted.file != "-" && !file.valid()) {
    return Failure{ExitCode::kNoInput, "cannot_read",
                   "read '" + wanted.file + "': " + std::strerror(errno) +
                       "; give a file of protocol lines, or - for standard input"};
  }
  const int fd = file.valid() ? file.get() : STDIN_FILENO;
  LineSource source = is_file ? LineSource(fd) : LineSource(*one + "\n");
  const Result<std::string, Failure> hub = hub_of(wanted, source, deadline);
  if (!hub) return hub.error();
  context.admin.set_deadline(deadline);
  const Result<std::string, Failure> socket = producers_socket(context);
  context.admin.set_deadline(std::nullopt);
  if (!socket) return socket.error();
  const auto connection = ProducerConnection::open(*socket, *hub, wanted.ack, deadline);
  if (!connection) return connection.error();
  return Sending(context, **connection, std::move(source), deadline).run();
}

}  // namespace awps
