#pragma once

// Outbox: the actions without an outcome, in the order of their calls, and which of them the
// connection that stands has been given. Pure: no lock, thread, socket or clock.
//
//   settled, popped | given: seq 1 … (some settled) | partly written | waiting
//                   ^ front                          ^ next_
//
// 1. An action is settled exactly once; then its line is gone, unless it is partly written: the
//    rest must still follow, or the lines after it would be no lines.
// 2. On a connection seq counts what was given to it from 1, in order, without gaps.
// 3. begin_connection() forgets what was given: what is not settled is given again, in order.
// 4. charged_bytes() ≤ Options::max_buffered_bytes; it covers all that this object holds.
//
// What gather() returns stays valid until the next call of advance(), settle(), give_up() or
// begin_connection(); push() does not disturb it. Settling costs O(log n) a reply.

#include <sys/uio.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "client/reply.h"

namespace awps::client {

class Outbox {
 public:
  explicit Outbox(size_t max_bytes) : max_bytes_(max_bytes) {}

  // The callers' side.
  bool could_fit(const std::string& line) const { return charge_of(line) <= max_bytes_; }
  /// `reserved`: bytes that must remain beside it.
  bool has_room(const std::string& line, size_t reserved = 0) const {
    const size_t room = max_bytes_ - charged_bytes_;
    return charge_of(line) <= room && reserved <= room - charge_of(line);
  }
  /// What `line` takes of the bound.
  static size_t charge_of(const std::string& line) { return line.capacity() + 1 + kCharge; }
  /// `line` has room, and ends with its '\n'. Returns its number, which is written into the id of
  /// the line where that has a place for it.
  uint64_t push(std::string line, uint64_t tag, std::optional<size_t> id_place = std::nullopt);

  // The connection's side.
  /// How many were given to an earlier connection, and are given again.
  uint64_t begin_connection();
  bool has_unwritten() const { return next_ < entries_.size(); }
  /// What is to be written next, as far as `parts` reaches; how many parts there are.
  size_t gather(std::span<iovec> parts) const;
  /// `bytes` of what gather() returned are written.
  void advance(size_t bytes);

  enum class Settled : uint8_t { kAll, kMore, kUnknown };
  /// Settles the actions of an outcome, at most `most`; where kMore remain, `reply` names them.
  /// kUnknown: it speaks of an action that was not given. One that is settled already is passed
  /// over.
  Settled settle(Reply& reply, std::vector<Outcome>& outcomes, size_t most);
  /// Settles the oldest with `outcome`, at most `most`; whether there are more.
  bool give_up(const Outcome& outcome, std::vector<Outcome>& outcomes, size_t most);

  /// Every action with a smaller number is settled.
  uint64_t first_unsettled() const {
    // A settled front is partly written, so that those behind it were not given.
    const size_t first = !entries_.empty() && entries_.front().is_settled ? 1 : 0;
    return first < entries_.size() ? entries_[first].number : taken_ + 1;
  }
  uint64_t taken() const { return taken_; }
  uint64_t unsettled() const { return entries_.size() - settled_; }
  /// Of the actions up to `number`; it looks at each of them.
  uint64_t unsettled_to(uint64_t number) const;
  size_t charged_bytes() const { return charged_bytes_; }

 private:
  struct Entry {
    std::string line;
    uint64_t number = 0;
    uint64_t tag = 0;
    uint64_t seq = 0;  // 0: nothing of it was given to this connection
    bool is_settled = false;
  };
  // Twice an Entry: as many settled ones may stand among the others (compact()).
  static constexpr size_t kCharge = 2 * sizeof(Entry);
  static_assert(kCharge + 1 <= 130, "options.h says what an action is charged beside its line");
  static constexpr size_t kFewSettled = 64;

  void settle(Entry& entry, const Outcome& outcome, std::vector<Outcome>& outcomes);
  void drop_front();
  void compact();
  void drop_settled(size_t end);

  const size_t max_bytes_;
  size_t charged_bytes_ = 0;
  std::deque<Entry> entries_;  // the front one is not settled, or it is partly written
  size_t settled_ = 0;         // of entries_
  size_t next_ = 0;            // the first that is not wholly written
  size_t offset_ = 0;          // bytes of it that are
  uint64_t last_seq_ = 0;
  uint64_t taken_ = 0;
};

}  // namespace awps::client
