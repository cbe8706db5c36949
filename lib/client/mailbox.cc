#include "client/mailbox.h"

#include <unistd.h>

#include <algorithm>
#include <limits>

namespace awps::client {

namespace {

constexpr uint64_t kNobody = std::numeric_limits<uint64_t>::max();
// So that outcomes and the lock's time are bounded, however much one reply confirms.
constexpr size_t kOutcomesAtOnce = 1024;

Error in_callback(const char* call) {
  return {ErrorCode::kInvalid,
          std::string(call) + " was called in a callback, which must not wait: call it elsewhere"};
}

}  // namespace

Mailbox::Mailbox(Bounds bounds, UniqueFd wake)
    : bounds_(std::move(bounds)),
      wake_(std::move(wake)),
      outbox_(bounds_.max_bytes),
      waits_for_(kNobody) {}

Result<uint64_t> Mailbox::put(std::string line, uint64_t tag) {
  bool must_wake = false;
  uint64_t number = 0;
  {
    MutexLock lock(mutex_);
    if (!outbox_.could_fit(line)) {
      return Error{ErrorCode::kTooLarge,
                   "the action takes " + std::to_string(line.size()) + " bytes, more than " +
                       "max_buffered_bytes holds: send less at once, or raise that option"};
    }
    const bool may_wait = bounds_.blocks && worker_ != std::this_thread::get_id();
    if (!is_closed_ && may_wait && !outbox_.has_room(line)) {
      const auto deadline = std::chrono::steady_clock::now() + bounds_.block_timeout;
      ++room_waiters_;
      while (!is_closed_ && !outbox_.has_room(line)) {
        if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout) break;
      }
      --room_waiters_;
    }
    if (is_closed_) {
      return Error{ErrorCode::kClosed,
                   "the producer is closed: open another one, and send the action by that"};
    }
    if (!outbox_.has_room(line)) return full(may_wait);
    number = outbox_.push(std::move(line), tag);
    must_wake = sleeps_;
    sleeps_ = false;
  }
  if (must_wake) wake();
  return number;
}

Error Mailbox::full(bool has_waited) const {
  std::string message = "the buffer is full: " + std::to_string(outbox_.unsettled()) +
                        " actions wait for awpsd at '" + bounds_.socket_path + "'";
  if (has_waited) {
    message += ", and no room came within " + std::to_string(bounds_.block_timeout.count()) + " ms";
  }
  if (!status_.is_connected && !status_.last_problem.empty()) {
    message += " (" + status_.last_problem + ')';
  }
  return {ErrorCode::kFull, message + "; the action was not taken: send it again later"};
}

Result<Nothing> Mailbox::flush(SteadyTime deadline) {
  MutexLock lock(mutex_);
  if (worker_ == std::this_thread::get_id()) return in_callback("flush()");
  const uint64_t last = outbox_.taken();
  if (await_reported(last, deadline)) return Nothing{};
  return unconfirmed("flush()", outbox_.unsettled());
}

Error Mailbox::unconfirmed(const char* call, uint64_t count) const {
  std::string message = std::string(call) + ": " + std::to_string(count) +
                        " actions are not confirmed by awpsd at '" + bounds_.socket_path + "'";
  if (!status_.is_connected && !status_.last_problem.empty()) {
    message += " (" + status_.last_problem + ')';
  }
  return {ErrorCode::kTimeout, message};
}

bool Mailbox::await_reported(uint64_t number, SteadyTime deadline) {
  while (reported_below_ <= number && !has_ended_) {
    waits_for_ = std::min(waits_for_, number);
    if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout) break;
  }
  return reported_below_ > number && given_up_ == 0;
}

Result<Nothing> Mailbox::close(SteadyTime deadline) {
  bool must_wake = false;
  {
    MutexLock lock(mutex_);
    if (worker_ == std::this_thread::get_id()) return in_callback("close()");
    is_closed_ = true;
    changed_.notify_all();
    (void)await_reported(outbox_.taken(), deadline);  // what is not is given up
    must_wake = !must_end_;
    must_end_ = true;
  }
  if (must_wake) wake();
  MutexLock lock(mutex_);
  while (!has_ended_) changed_.wait(mutex_);
  if (given_up_ == 0) return Nothing{};
  Error error = unconfirmed("close()", given_up_);
  error.message += "; they may have arrived, or not";
  return error;
}

Status Mailbox::status() {
  MutexLock lock(mutex_);
  Status status = status_;
  status.taken = outbox_.taken();
  status.unsettled = outbox_.unsettled();
  status.buffered_bytes = outbox_.charged_bytes();
  return status;
}

bool Mailbox::is_worker() {
  MutexLock lock(mutex_);
  return worker_ == std::this_thread::get_id();
}

void Mailbox::begin_work() {
  MutexLock lock(mutex_);
  worker_ = std::this_thread::get_id();
}

// An eventfd: its counter cannot be full, since it is read each time that it is ready.
void Mailbox::wake() {
  const uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof one);
}

void Mailbox::take_wake() {
  uint64_t count = 0;
  (void)!::read(wake_.get(), &count, sizeof count);
}

bool Mailbox::must_end() {
  MutexLock lock(mutex_);
  return must_end_;
}

bool Mailbox::has_work_before_sleep() {
  MutexLock lock(mutex_);
  sleeps_ = !outbox_.has_unwritten();
  return !sleeps_;
}

uint64_t Mailbox::begin_connection() {
  MutexLock lock(mutex_);
  const uint64_t again = outbox_.begin_connection();
  status_.is_connected = true;
  ++status_.connections;
  status_.sent_again += again;
  return again;
}

void Mailbox::end_connection(const std::string& problem) {
  MutexLock lock(mutex_);
  status_.is_connected = false;
  status_.last_problem = problem;
  sleeps_ = false;
}

size_t Mailbox::gather(std::span<iovec> parts) {
  MutexLock lock(mutex_);
  return outbox_.gather(parts);
}

void Mailbox::advance(size_t bytes) {
  MutexLock lock(mutex_);
  outbox_.advance(bytes);
}

bool Mailbox::settle(std::span<Reply>& replies, std::vector<Outcome>& outcomes) {
  outcomes.clear();
  MutexLock lock(mutex_);
  while (!replies.empty() && outcomes.size() < kOutcomesAtOnce) {
    const auto settled =
        outbox_.settle(replies.front(), outcomes, kOutcomesAtOnce - outcomes.size());
    if (settled == Outbox::Settled::kUnknown) return false;
    if (settled == Outbox::Settled::kAll) replies = replies.subspan(1);
  }
  // Once for all that one read brought, not once for each outcome.
  if (room_waiters_ > 0 && !outcomes.empty()) changed_.notify_all();
  return true;
}

void Mailbox::give_up(std::vector<Outcome>& outcomes) {
  outcomes.clear();
  MutexLock lock(mutex_);
  (void)outbox_.give_up(outcomes, kOutcomesAtOnce);  // asked again until it gives none
  given_up_ += outcomes.size();
}

void Mailbox::note_reported() {
  MutexLock lock(mutex_);
  reported_below_ = outbox_.first_unsettled();
  if (reported_below_ <= waits_for_) return;
  waits_for_ = kNobody;
  changed_.notify_all();
}

void Mailbox::end_work() {
  MutexLock lock(mutex_);
  has_ended_ = true;
  changed_.notify_all();
}

}  // namespace awps::client
