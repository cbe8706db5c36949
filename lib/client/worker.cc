#include "client/worker.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "client/encoder.h"

namespace awps::client {

namespace {

using std::chrono::milliseconds;

constexpr uint64_t kProtocol = 1;
constexpr size_t kParts = 512;
// Then it is time to look at the replies.
constexpr size_t kWriteBytes = size_t{256} << 10U;
constexpr milliseconds kLongestWait{3'600'000};
constexpr size_t kShownBytes = 80;  // of a line, in a message

std::string hello_of(const Options& options, bool deduplicate) {
  return encode_hello({.hub = options.hub,
                       .ack = options.ack == Ack::kDelivered ? "delivered" : "accepted",
                       .name = options.name,
                       .deduplicate = deduplicate});
}

}  // namespace

Worker::Worker(const Options& options, Mailbox& mailbox, const ForkGuard& guard)
    : options_(options),
      mailbox_(mailbox),
      guard_(guard),
      dedupe_(options.deduplicate),
      random_(seed_from_system()),
      parts_(kParts) {}

void Worker::run() {
  mailbox_.begin_work();
  while (!mailbox_.must_end()) {
    if (!socket_.is_open() && std::chrono::steady_clock::now() >= next_attempt_) connect();
    if (socket_.is_open()) write();
    wait();
    if (is_readable_) read();
  }
  socket_.close();
  for (mailbox_.give_up(outcomes_); !outcomes_.empty(); mailbox_.give_up(outcomes_)) {
    tell_outcomes();
  }
  mailbox_.end_work();
}

void Worker::connect() {
  const std::string problem = socket_.connect(options_.socket_path);
  if (!problem.empty()) return lose(problem);
  hello_ = hello_of(options_, dedupe_.asks());
  hello_written_ = 0;
  is_ready_ = false;
  can_write_ = true;
  is_blocked_ = false;
  is_broken_ = false;
  problem_.clear();
  connected_at_ = std::chrono::steady_clock::now();
}

void Worker::lose(const std::string& problem) {
  const auto now = std::chrono::steady_clock::now();
  if (is_ready_ && now - connected_at_ >= options_.reconnect_max) failures_ = 0;
  socket_.close();
  is_ready_ = false;
  can_write_ = false;
  mailbox_.end_connection(problem);
  if (dedupe_.end_connection()) {
    next_attempt_ = now;
    return;
  }
  // Full jitter (Brooker, "Exponential Backoff And Jitter", 2015).
  const milliseconds longest = std::min(
      options_.reconnect_max, options_.reconnect_base * (int64_t{1} << std::min(failures_, 20U)));
  ++failures_;
  next_attempt_ =
      now +
      milliseconds(static_cast<int64_t>(random_.below(static_cast<uint64_t>(longest.count()) + 1)));
  notice_problem(problem);
}

void Worker::write() {
  size_t written = 0;
  while (can_write_ && !is_blocked_ && written < kWriteBytes) {
    const size_t count = gather();
    if (count == 0) return;
    DaemonSocket::End end{};
    const size_t bytes = socket_.write(std::span(parts_).first(count), end);
    if (end == DaemonSocket::End::kGone) can_write_ = false;
    if (end == DaemonSocket::End::kNow) is_blocked_ = true;
    written += bytes;
    if (hello_written_ < hello_.size()) {
      hello_written_ += bytes;
    } else if (bytes > 0) {
      mailbox_.advance(bytes);
    }
  }
}

size_t Worker::gather() {
  if (hello_written_ < hello_.size()) {
    parts_[0] = {const_cast<char*>(hello_.data()) + hello_written_, hello_.size() - hello_written_};
    return 1;
  }
  return is_ready_ ? mailbox_.gather(parts_) : 0;
}

void Worker::wait() {
  std::array<pollfd, 2> entries = {{{mailbox_.wake_fd(), POLLIN, 0}, {-1, 0, 0}}};
  int timeout = -1;
  if (socket_.is_open()) {
    const bool has_work =
        can_write_ && (is_ready_ ? mailbox_.has_work_before_sleep() : is_blocked_);
    entries[1] = {socket_.fd(), static_cast<short>(has_work ? POLLIN | POLLOUT : POLLIN), 0};
  } else {
    const auto left =
        std::chrono::ceil<milliseconds>(next_attempt_ - std::chrono::steady_clock::now());
    timeout = static_cast<int>(std::clamp<int64_t>(left.count(), 0, kLongestWait.count()));
  }
  is_readable_ = false;
  // An error of poll() itself, such as EINTR, is a turn with nothing to do.
  if (::poll(entries.data(), entries.size(), timeout) <= 0) return;
  if ((entries[0].revents & POLLIN) != 0) mailbox_.take_wake();
  if ((entries[1].revents & POLLOUT) != 0) is_blocked_ = false;
  is_readable_ = (entries[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
}

void Worker::read() {
  const DaemonSocket::End end = socket_.read();
  if (end == DaemonSocket::End::kNow) return;
  while (!is_broken_) {
    const auto line = socket_.next_line();
    if (!line) break;
    take_line(*line);
  }
  settle();
  if (socket_.has_overlong_line()) break_off("sent a line that is longer than any reply");
  if (end != DaemonSocket::End::kGone && !is_broken_) return;
  lose(problem_.empty() ? "awpsd at '" + options_.socket_path + "' closed the connection"
                        : problem_);
}

void Worker::take_line(std::string_view line) {
  auto reply = parse_reply(line);
  if (!reply) {
    return break_off("sent what is no reply ('" + std::string(line.substr(0, kShownBytes)) + "')");
  }
  switch (reply->kind) {
    case Reply::Kind::kReady:
      return take_ready(*reply);
    case Reply::Kind::kWarning:
      return notice("awpsd warns: " + reply->message);
    case Reply::Kind::kOutcome:
      return take_outcome(std::move(*reply));
    case Reply::Kind::kOther:
      return;
  }
}

void Worker::take_ready(const Reply& reply) {
  if (is_ready_) return break_off("greeted twice");
  if (reply.protocol != kProtocol) {
    return break_off("speaks version " + std::to_string(reply.protocol) +
                     " of the protocol, this library version 1: install matching versions");
  }
  is_ready_ = true;
  const bool asked = dedupe_.asks();
  const uint64_t again = mailbox_.begin_connection(
      asked ? reply.dedupe_window.value_or(milliseconds(0)) : milliseconds(0));
  last_noticed_.clear();
  notice("connected to awpsd at '" + options_.socket_path + "'" +
         (again == 0 ? "" : "; " + std::to_string(again) + " actions are sent again"));
  const std::string terms = dedupe_.take_ready(reply, options_.socket_path);
  if (!terms.empty()) notice(terms);
}

void Worker::take_outcome(Reply reply) {
  if (reply.to == 0) {
    // The connection is refused, or ends: nothing more is read there, but replies may still come.
    can_write_ = false;
    if (!is_ready_) dedupe_.take_refusal(reply.outcome);
    problem_ = "awpsd refused the connection: " + reply.outcome.error_code + ": " +
               reply.outcome.error_message;
    return;
  }
  if (!is_ready_) return break_off("spoke of an action before it greeted");
  if (reply.outcome.kind == OutcomeKind::kAccepted && options_.ack == Ack::kDelivered) return;
  const bool is_lost =
      reply.outcome.kind == OutcomeKind::kAbandoned && reply.outcome.error_code == "lost";
  if (is_lost) return;  // it keeps its place, and is sent again on the next connection
  replies_.push_back(std::move(reply));
}

void Worker::break_off(const std::string& problem) {
  if (is_broken_) return;
  is_broken_ = true;
  can_write_ = false;
  problem_ = "awpsd at '" + options_.socket_path + "' " + problem + "; the connection is ended";
}

void Worker::settle() {
  std::span<Reply> left(replies_);
  while (!left.empty()) {
    if (!mailbox_.settle(left, outcomes_)) {
      break_off("confirmed an action that was not sent");
      left = {};
    }
    if (!outcomes_.empty()) failures_ = 0;
    tell_outcomes();
  }
  replies_.clear();
}

void Worker::tell_outcomes() {
  if (options_.on_outcome) {
    for (const Outcome& outcome : outcomes_) {
      options_.on_outcome(outcome);
      end_child();
    }
  }
  mailbox_.note_reported();
}

void Worker::notice(const std::string& text) {
  if (!options_.on_notice) return;
  options_.on_notice(text);
  end_child();
}

// Not even the lock can be taken there: another thread, which is not here, may hold it.
void Worker::end_child() const {
  if (!guard_.is_child()) return;
  std::fputs("awps: a child that was forked in a callback returned from it; end it there\n",
             stderr);
  std::abort();
}

// An outage is told once, not at each attempt.
void Worker::notice_problem(const std::string& problem) {
  if (problem == last_noticed_) return;
  last_noticed_ = problem;
  notice(problem + "; actions are kept, and it is tried again");
}

}  // namespace awps::client
