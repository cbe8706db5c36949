#pragma once

// ReadyList: entries that may start and wait for a permit, fair between producers: deficit round
// robin (Shreedhar, Varghese, "Efficient Fair Queuing Using Deficit Round Robin", SIGCOMM 1995).
// Each producer has a queue, first come, first served; a turn gives it credit for one request, and
// a request costs one, and one more for each 2 KiB of its data (the unit in which the service
// counts).
//
// Lanes are fair by themselves: of each only the front is here, and the next one comes last.
//
// One thread. O(1) amortised; a large message is passed over once for each 2 KiB while others wait.

#include <cstddef>
#include <cstdint>

namespace awps {

struct Entry;

/// How many ready lists a hub has: a producer has a queue in each.
inline constexpr size_t kReadyLists = 3;

/// One producer's ready entries.
struct ReadyQueue {
  Entry* first = nullptr;
  Entry* last = nullptr;
  uint64_t credit = 0;
  ReadyQueue* next = nullptr;  // in the ring of those that are not empty
  ReadyQueue* previous = nullptr;
};

class ReadyList {
 public:
  /// `number`: which queue of its producers; below kReadyLists.
  explicit ReadyList(size_t number) : number_(number) {}

  void push(Entry& entry);
  void remove(Entry& entry);
  /// Whose turn it is; nullptr: nobody is ready. Stays the same until it is taken or removed.
  Entry* front();
  /// Whoever came last, of the producer whose turn is the furthest off; nullptr: nobody is ready.
  Entry* back() const { return turn_ == nullptr ? nullptr : turn_->previous->last; }
  /// Takes an entry for its turn, at its producer's cost.
  void take(Entry& entry);

  bool empty() const { return turn_ == nullptr; }
  size_t size() const { return size_; }

 private:
  void begin_turn(ReadyQueue& queue);
  void unlink(ReadyQueue& queue);

  const size_t number_;
  ReadyQueue* turn_ = nullptr;  // in the ring: whose turn it is
  size_t size_ = 0;
};

}  // namespace awps
