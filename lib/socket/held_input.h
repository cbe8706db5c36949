#pragma once

// HeldInput: the input that the connections of all threads hold: lines still arriving, and what was
// read and waits (Session::held_bytes()). One bound for both, `max_bytes`.
//
// 1. Each connection may hold its share at any time, and is counted with at least that. So short
//    lines go on whatever the others hold.
// 2. Beyond their shares, connections hold what is free of the bound but for one line's room. That
//    room is for the favourite: the first that needed it, until its line is complete. So lines that
//    are together too long for the bound arrive one after the other.
// 3. Whoever may not read registers, and `room_again` is called once something became free. What
//    waits becomes free by itself; lines still arriving may not: see is_stuck().
//
// Any thread.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace awps {

class HeldInput {
 public:
  struct Options {
    size_t max_bytes = size_t{64} << 20U;
    size_t max_line_bytes = size_t{8} << 20U;
    size_t max_connections = 4096;
    size_t reads_under_way = 0;  // bytes that threads may read at once, each unseen by the others
  };

  /// What one connection holds.
  struct Bytes {
    size_t arriving = 0;
    size_t waiting = 0;

    size_t sum() const { return arriving + waiting; }
    friend bool operator==(const Bytes&, const Bytes&) = default;
  };

  HeldInput(const Options& options, std::function<void()> room_again);

  void add_connection() { add(static_cast<int64_t>(share_)); }
  void remove_connection(uint64_t connection, const Bytes& held);
  void change(uint64_t connection, const Bytes& before, const Bytes& now);

  /// How much a connection may read now, of `wanted`; 0: nothing.
  size_t may_read(uint64_t connection, const Bytes& held, size_t wanted);
  /// After 0: registers for room_again, and looks once more.
  bool must_wait(uint64_t connection, const Bytes& held, size_t wanted);
  bool is_favourite(uint64_t connection) const { return favourite() == connection; }
  /// 0: nobody.
  uint64_t favourite() const { return favourite_.load(std::memory_order_relaxed); }
  /// Nothing of all that is held becomes free by itself: a line is to be refused.
  bool is_stuck() const { return waiting_.load(std::memory_order_relaxed) <= 0; }
  bool anyone_waits() const { return anyone_waits_.load(std::memory_order_relaxed); }

  /// Held by all together; each connection counts with at least its share.
  int64_t counted_bytes() const { return counted_.load(std::memory_order_relaxed); }

 private:
  int64_t count_of(const Bytes& held) const;
  void add(int64_t bytes);
  bool take_favour(uint64_t connection);
  void end_favour(uint64_t connection);
  void tell_waiters();

  size_t share_;
  int64_t max_;
  int64_t common_;
  std::function<void()> room_again_;
  std::atomic<int64_t> counted_{0};
  std::atomic<int64_t> waiting_{0};
  std::atomic<uint64_t> favourite_{0};  // a connection's number; 0: nobody
  std::atomic<bool> anyone_waits_{false};
};

}  // namespace awps
