#pragma once

// StreamTruth: what became of every element of every record, as those saw it who are no part of the
// daemon: the service that delivered it, the disk or the topic that keeps its dead letter.
//
// One thread.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "action/action.h"
#include "base/clock.h"

namespace awps {

/// One action of a record or of a socket; or what stands where an action should.
struct TruthElement {
  static constexpr int32_t kSocket = -1;

  int32_t partition = kSocket;
  int64_t offset = 0;
  uint32_t index = 0;            // in its record
  std::optional<Action> action;  // nothing: nobody may accept it
  bool may_be_refused = false;   // a stream's options may forbid it
  bool is_poisoned = false;      // the service never takes it
  std::optional<WallTime> written_at;
  bool is_settled = false;
  uint32_t deliveries = 0;

  bool is_of_record() const { return partition != kSocket; }
};

class StreamTruth {
 public:
  explicit StreamTruth(int32_t partitions) : partitions_(static_cast<size_t>(partitions)) {}

  /// Its number.
  size_t add(TruthElement element);
  /// The elements of one that has just been appended. Without any it is settled.
  void add_record(int32_t partition, int64_t offset, const std::vector<size_t>& elements);

  TruthElement& element(size_t number) { return elements_.at(number); }
  /// The element of a record; nullptr: there is none.
  TruthElement* find(int32_t partition, int64_t offset, uint32_t index);
  void settle(TruthElement& element);
  void settle(size_t number) { settle(element(number)); }

  /// The lowest offset whose record is not settled; the end, if all are.
  int64_t settled_up_to(int32_t partition) const;
  bool is_all_settled(int32_t partition) const;
  /// Of the records from `from` to before `to`, the first that is not settled.
  std::optional<int64_t> first_unsettled(int32_t partition, int64_t from, int64_t to) const;
  /// In words, for a mistake.
  std::string what_is_open(int32_t partition) const;

  size_t elements() const { return elements_.size(); }
  /// Of records, so far.
  size_t settled() const { return settled_; }
  size_t redelivered() const;

 private:
  struct Record {
    int64_t offset = 0;
    std::vector<size_t> elements;
    size_t open = 0;
  };
  struct Partition {
    std::deque<Record> records;  // by offset
    size_t prefix = 0;           // so many are settled from the beginning
  };

  const Partition& at(int32_t partition) const {
    return partitions_.at(static_cast<size_t>(partition));
  }
  Record* record(int32_t partition, int64_t offset);

  std::vector<Partition> partitions_;
  std::deque<TruthElement> elements_;
  size_t settled_ = 0;
};

}  // namespace awps
