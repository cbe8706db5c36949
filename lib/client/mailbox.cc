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

Result<uint64_t> Mailbox::put(std::string line, uint64_t tag, std::optional<size_t> id_place) {
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
    const bool has_room = may_wait ? await_room(line) : outbox_.has_room(line, awaited_bytes_);
    if (is_closed_) {
      return Error{ErrorCode::kClosed,
                   "the producer is closed: open another one, and send the action by that"};
    }
    if (!has_room) return full(may_wait);
    number = outbox_.push(std::move(line), tag, id_place);
    must_wake = sleeps_;
    sleeps_ = false;
  }
  if (must_wake) wake();
  return number;
}

bool Mailbox::await_room(const std::string& line) {
  if (is_closed_ || outbox_.has_room(line, awaited_bytes_)) return true;
  const auto deadline = std::chrono::steady_clock::now() + bounds_.block_timeout;
  Waiter self;
  waiters_.push_back(&self);
  awaited_bytes_ += Outbox::charge_of(line);
  const auto may_go = [&]() REQUIRES(mutex_) {
    return waiters_.front() == &self && outbox_.has_room(line);
  };
  while (!is_closed_ && !may_go()) {
    if (self.may_go.wait_until(mutex_, deadline) == std::cv_status::timeout) break;
  }
  const bool goes = may_go();
  std::erase(waiters_, &self);
  awaited_bytes_ -= Outbox::charge_of(line);
  let_first_go();
  return goes;
}

void Mailbox::let_first_go() {
  if (!waiters_.empty()) waiters_.front()->may_go.notify_one();
}

Error Mailbox::full(bool has_waited) const {
  std::string message = "the buffer is full: " + std::to_string(outbox_.unsettled()) +
                        " actions wait for awpsd at '" + bounds_.socket_path + "'";
  if (has_waited) {
    message += ", and no room came within " + std::to_string(bounds_.block_timeout.count()) + " ms";
  }
  message += problem_in_brackets() + "; the action was not taken: send it again later";
  return {ErrorCode::kFull, message};
}

std::string Mailbox::problem_in_brackets() const {
  if (status_.is_connected || status_.last_problem.empty()) return {};
  return " (" + status_.last_problem + ')';
}

Result<Nothing> Mailbox::flush(SteadyTime deadline) {
  MutexLock lock(mutex_);
  if (worker_ == std::this_thread::get_id()) return in_callback("flush()");
  const uint64_t last = outbox_.taken();
  if (await_reported(last, deadline)) return Nothing{};
  return unconfirmed("flush()", last);
}

Error Mailbox::unconfirmed(const char* call, uint64_t last) const {
  const auto end = std::ranges::upper_bound(given_up_, last);
  const auto given_up = static_cast<uint64_t>(end - given_up_.begin());
  const uint64_t count = outbox_.unsettled_to(last) + given_up;
  if (count == 0) {
    return {ErrorCode::kTimeout,
            std::string(call) + ": on_outcome has not returned yet for all that is confirmed"};
  }
  std::string message = std::string(call) + ": " + std::to_string(count) +
                        " actions are not confirmed by awpsd at '" + bounds_.socket_path + "'" +
                        problem_in_brackets();
  if (given_up > 0) message += "; they may have arrived, or not";
  return {ErrorCode::kTimeout, message};
}

bool Mailbox::await_reported(uint64_t number, SteadyTime deadline) {
  while (reported_below_ <= number && !has_ended_) {
    waits_for_ = std::min(waits_for_, number);
    if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout) break;
  }
  return reported_below_ > number && (given_up_.empty() || given_up_.front() > number);
}

Result<Nothing> Mailbox::close(SteadyTime deadline) {
  bool must_wake = false;
  {
    MutexLock lock(mutex_);
    if (worker_ == std::this_thread::get_id()) return in_callback("close()");
    is_closed_ = true;
    changed_.notify_all();
    for (Waiter* waiter : waiters_) waiter->may_go.notify_one();
    (void)await_reported(outbox_.taken(), deadline);  // what is not is given up
    must_wake = !must_end_;
    must_end_ = true;
  }
  if (must_wake) wake();
  MutexLock lock(mutex_);
  while (!has_ended_) changed_.wait(mutex_);
  if (given_up_.empty()) return Nothing{};
  return unconfirmed("close()", outbox_.taken());
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

uint64_t Mailbox::begin_connection(std::chrono::milliseconds dedupe_window) {
  MutexLock lock(mutex_);
  const uint64_t again = outbox_.begin_connection();
  status_.is_connected = true;
  status_.dedupe_window = dedupe_window;
  ++status_.connections;
  status_.sent_again += again;
  return again;
}

void Mailbox::end_connection(const std::string& problem) {
  MutexLock lock(mutex_);
  status_.is_connected = false;
  status_.dedupe_window = std::chrono::milliseconds(0);
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
  bool is_known = true;
  while (is_known && !replies.empty() && outcomes.size() < kOutcomesAtOnce) {
    const auto settled =
        outbox_.settle(replies.front(), outcomes, kOutcomesAtOnce - outcomes.size());
    is_known = settled != Outbox::Settled::kUnknown;
    if (settled == Outbox::Settled::kAll) replies = replies.subspan(1);
  }
  // Once for all that one read brought, not once for each outcome.
  if (!outcomes.empty()) let_first_go();
  return is_known;
}

void Mailbox::give_up(std::vector<Outcome>& outcomes) {
  outcomes.clear();
  MutexLock lock(mutex_);
  const Outcome outcome = {
      .kind = OutcomeKind::kUnconfirmed,
      .error_code = "unconfirmed",
      .error_message = "the producer was closed before awpsd at '" + bounds_.socket_path +
                       "' confirmed the action" + problem_in_brackets() +
                       ": it may have arrived, or not",
  };
  (void)outbox_.give_up(outcome, outcomes, kOutcomesAtOnce);  // asked again until it gives none
  for (const Outcome& each : outcomes) given_up_.push_back(each.number);
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
