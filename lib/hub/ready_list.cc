#include "hub/ready_list.h"

#include <algorithm>

#include "base/check.h"
#include "hub/entry.h"
#include "hub/producer_state.h"

namespace awps {

namespace {

uint64_t cost_of(const Entry& entry) {
  static constexpr size_t kUnit = 2048;
  return 1 + entry.accepted->data_size() / kUnit;
}

}  // namespace

void ReadyList::push(Entry& entry) {
  AWPS_CHECK(entry.blocked_by == 0);
  ++size_;
  ReadyQueue& queue = entry.producer().ready[number_];
  entry.turn->next_ready = nullptr;
  entry.turn->previous_ready = queue.last;
  (queue.last == nullptr ? queue.first : queue.last->turn->next_ready) = &entry;
  queue.last = &entry;
  if (queue.first != &entry) return;
  // A queue that begins stands last in the ring: just before the one whose turn it is.
  if (turn_ == nullptr) {
    queue.next = queue.previous = &queue;
    begin_turn(queue);
    return;
  }
  queue.next = turn_;
  queue.previous = turn_->previous;
  turn_->previous->next = &queue;
  turn_->previous = &queue;
}

// Every turn begins here, also one that comes early because another queue ended: a turn without its
// credit would pass, and producers that have one entry at a time would be passed over for ever.
void ReadyList::begin_turn(ReadyQueue& queue) {
  turn_ = &queue;
  ++queue.credit;
}

void ReadyList::unlink(ReadyQueue& queue) {
  queue.credit = 0;
  if (queue.next == &queue) {
    turn_ = nullptr;
    return;
  }
  if (turn_ == &queue) begin_turn(*queue.next);
  queue.previous->next = queue.next;
  queue.next->previous = queue.previous;
}

void ReadyList::remove(Entry& entry) {
  --size_;
  ReadyQueue& queue = entry.producer().ready[number_];
  (entry.turn->previous_ready == nullptr ? queue.first
                                         : entry.turn->previous_ready->turn->next_ready) =
      entry.turn->next_ready;
  (entry.turn->next_ready == nullptr ? queue.last : entry.turn->next_ready->turn->previous_ready) =
      entry.turn->previous_ready;
  if (queue.first == nullptr) unlink(queue);
}

Entry* ReadyList::front() {
  if (turn_ == nullptr) return nullptr;
  // Alone in the ring there is nobody to be fair to.
  while (turn_->next != turn_ && turn_->credit < cost_of(*turn_->first)) {
    begin_turn(*turn_->next);
  }
  return turn_->first;
}

void ReadyList::take(Entry& entry) {
  ReadyQueue& queue = entry.producer().ready[number_];
  queue.credit -= std::min(cost_of(entry), queue.credit);
  remove(entry);
}

}  // namespace awps
