#include "http_server/body_budget.h"

#include "base/check.h"

namespace awps::http_server {

void BodyBudget::wait(uint64_t connection, size_t bytes, Instant now) {
  waiting_.push_back({connection, bytes, now});
}

void BodyBudget::stop_waiting(uint64_t connection) {
  std::erase_if(waiting_, [&](const Waiting& one) { return one.connection == connection; });
  if (!waiting_.empty() && on_room_) on_room_();  // it may have stood before others
}

std::optional<uint64_t> BodyBudget::next() {
  if (waiting_.empty() || !fits(waiting_.front().bytes)) return std::nullopt;
  const uint64_t first = waiting_.front().connection;
  waiting_.pop_front();
  return first;
}

std::optional<uint64_t> BodyBudget::overdue(Instant now) {
  if (deadline() > now) return std::nullopt;
  const uint64_t first = waiting_.front().connection;
  waiting_.pop_front();
  return first;
}

Instant BodyBudget::deadline() const {
  return waiting_.empty() ? kNever : waiting_.front().since + options_.patience;
}

void BodyBudget::take(size_t bytes) {
  AWPS_CHECK(fits(bytes));
  used_ += bytes;
}

void BodyBudget::give_back(size_t bytes) {
  used_ -= bytes;
  if (bytes > 0 && !waiting_.empty() && on_room_) on_room_();
}

void BodyCharge::shrink_to(size_t bytes) {
  if (bytes >= bytes_) return;
  budget_->give_back(bytes_ - bytes);
  bytes_ = bytes;
}

}  // namespace awps::http_server
