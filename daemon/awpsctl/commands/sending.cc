#include "daemon/awpsctl/commands/sending.h"

#include <poll.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/ascii.h"
#include "base/terminal_text.h"
#include "daemon/awpsctl/figures.h"
#include "daemon/awpsctl/view/terminal.h"

namespace awps {

namespace {

constexpr size_t kMostUnsent = size_t{1} << 20U;  // then the daemon is waited for
constexpr Duration kProgressStep = std::chrono::milliseconds(500);

}  // namespace

Sending::Sending(Parts parts)
    : parts_(std::move(parts)),
      context_(parts_.context),
      connection_(parts_.connection),
      source_(parts_.source),
      lines_(connection_.ready().max_line_bytes),
      account_(context_.arguments.send.ack == "accepted" ? SendAccount::Ack::kAccepted
                                                         : SendAccount::Ack::kDelivered) {
  source_.set_max_line_bytes(connection_.ready().max_line_bytes);
}

Result<SendResult, Failure> Sending::run() {
  while (!connection_.ended() && why_ended_.empty()) {
    wait();
    read_lines();
    connection_.turn([&](const Reply& reply) { take(reply); });
    show_progress();
    if (interrupts_.take() != 0) why_ended_ = "interrupted";
    if (parts_.deadline && clock_.now() >= *parts_.deadline) why_ended_ = "--timeout is over";
  }
  clear_progress();
  if (source_.error() != 0) {
    return Failure{ExitCode::kNoInput, "cannot_read",
                   "read '" + parts_.name + "': " + std::strerror(source_.error()) +
                       "; what came before it was sent"};
  }
  return finish();
}

bool Sending::may_read() const {
  return !source_.ended() && connection_.unsent() < kMostUnsent && !connection_.is_refusing();
}

void Sending::wait() {
  const bool at_once = source_.has_unread() && may_read();
  pollfd waited[3] = {{.fd = connection_.fd(), .events = connection_.events(), .revents = 0},
                      {.fd = interrupts_.fd(), .events = POLLIN, .revents = 0},
                      {.fd = may_read() ? source_.fd() : -1, .events = POLLIN, .revents = 0}};
  Duration left = at_once ? Duration::zero() : kProgressStep;
  if (parts_.deadline) {
    left = std::clamp(*parts_.deadline - clock_.now(), Duration::zero(), left);
  }
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  (void)::poll(waited, 3, static_cast<int>(milliseconds));  // EINTR: once more
  is_readable_ = at_once || waited[2].revents != 0;
}

void Sending::read_lines() {
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

void Sending::check_hello() {
  const std::string hub = to_lower(lines_.hub());
  if (hub.empty() || hub == connection_.ready().hub) return;
  context_.err << "awpsctl: the file's hello names hub " << printable(hub) << ", but --hub is "
               << printable(connection_.ready().hub) << ": that counts\n";
}

void Sending::take(const Reply& reply) {
  const std::optional<SendAccount::Trouble> trouble = account_.take(reply);
  if (!trouble || context_.json()) return;
  if (++shown_ > SendAccount::kMostTroubles) return;
  clear_progress();
  const bool known = trouble->seq >= 1 && trouble->seq <= lines_.actions();
  const bool is_warning = trouble->status == ReplyStatus::kWarning;
  context_.err << parts_.label
               << (known ? lines_.place_of(trouble->seq) : std::string("connection")) << ": "
               << context_.view.paint(name_of(trouble->status),
                                      is_warning ? Colour::kWarning : Colour::kBad);
  if (!trouble->code.empty()) context_.err << " (" << printable(trouble->code) << ")";
  context_.err << ": " << printable(trouble->message) << '\n';
  if (shown_ == SendAccount::kMostTroubles) context_.err << "… the rest is counted only\n";
}

void Sending::show_progress() {
  if (context_.json() || !is_terminal(STDERR_FILENO)) return;
  const Instant now = clock_.now();
  if (now - progress_at_ < kProgressStep) return;
  progress_at_ = now;
  context_.err << '\r'
               << shortened(parts_.label + account_.summary(lines_.actions()),
                            terminal_size(STDERR_FILENO).columns - 1)
               << "\x1b[K" << std::flush;
  has_progress_ = true;
}

void Sending::clear_progress() {
  if (std::exchange(has_progress_, false)) context_.err << "\r\x1b[K" << std::flush;
}

SendResult Sending::finish() const {
  const uint64_t actions = lines_.actions();
  SendResult result{.sums = account_.sums(actions),
                    .exit_code = account_.exit_code(actions),
                    .is_final = why_ended_.empty() && account_.is_final(actions)};
  if (context_.json()) result.json = account_.json(lines_);
  if (result.sums.open > 0) result.open = open_text(result.sums.open);
  return result;
}

std::string Sending::open_text(uint64_t open) const {
  std::string text(why_ended_.empty() ? "the daemon ended the connection" : why_ended_);
  text += ": " + counted(open, "action") + " without an answer, the first in " +
          lines_.place_of(account_.first_open());
  return text + (why_ended_.empty() ? "; they may not have been read: send these again"
                                    : "; the daemon goes on with what it has read");
}

}  // namespace awps
