#pragma once

// BodyBudget: the memory that the bodies of all connections may take while they arrive and until
// their handler has let go of them; and who waits for a share of it.
//
// 1. What is charged never exceeds the bound. A body is charged whole before its first byte is
//    read, one of unknown length with the most that it may have. So what is being read comes to
//    its end, and who waits holds nothing.
// 2. Whoever waits has its turn before newcomers, in the order in which they came.
// 3. Nobody waits for longer than `patience`: then it is to be refused.
//
// Pure; the thread of the server. A body is charged by its size; its string may have allocated up
// to twice of that.

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.h"

namespace awps::http_server {

class BodyBudget {
 public:
  struct Options {
    size_t max_bytes = std::numeric_limits<size_t>::max();  // not less than any body has
    Duration patience = std::chrono::seconds(5);
  };
  explicit BodyBudget(const Options& options) : options_(options) {}
  BodyBudget(const BodyBudget&) = delete;
  BodyBudget& operator=(const BodyBudget&) = delete;

  size_t used() const { return used_; }
  /// A newcomer may have so many.
  bool has_room_for(size_t bytes) const { return waiting_.empty() && fits(bytes); }

  /// `connection` wants so many and may not have them now. Once, until its turn or stop_waiting().
  void wait(uint64_t connection, size_t bytes, Instant now);
  void stop_waiting(uint64_t connection);
  /// Whose turn it is, and may have what it waited for; it does not wait any more.
  std::optional<uint64_t> next();
  /// Who is to be refused now; it does not wait any more. Ask until there is none.
  std::optional<uint64_t> overdue(Instant now);
  /// When to ask overdue() again; kNever: when somebody waits.
  Instant deadline() const;

  /// Called when next() may have somebody.
  void set_on_room(std::function<void()> on_room) { on_room_ = std::move(on_room); }

 private:
  friend class BodyCharge;
  bool fits(size_t bytes) const { return bytes <= options_.max_bytes - used_; }
  void take(size_t bytes);
  void give_back(size_t bytes);

  struct Waiting {
    uint64_t connection = 0;
    size_t bytes = 0;
    Instant since{};
  };

  const Options options_;
  size_t used_ = 0;
  std::deque<Waiting> waiting_;
  std::function<void()> on_room_;
};

/// What one body takes of the budget; it gives that back when it is destroyed.
class BodyCharge {
 public:
  /// There is room for so many.
  BodyCharge(std::shared_ptr<BodyBudget> budget, size_t bytes)
      : budget_(std::move(budget)), bytes_(bytes) {
    budget_->take(bytes);
  }
  ~BodyCharge() { budget_->give_back(bytes_); }
  BodyCharge(const BodyCharge&) = delete;
  BodyCharge& operator=(const BodyCharge&) = delete;

  /// It turned out to have no more than so many.
  void shrink_to(size_t bytes);

 private:
  std::shared_ptr<BodyBudget> budget_;
  size_t bytes_;
};

}  // namespace awps::http_server
