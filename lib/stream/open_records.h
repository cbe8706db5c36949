#pragma once

// OpenRecords: the records of one partition from the oldest that is not settled to the last that
// was read, and so what may be committed.
//
// 1. A record is open until all of it was taken, each of its actions has its Outcome, and each of
//    its letters is safe. One of which an action was returned stays open for good: the partition's
//    next owner reads it again.
// 2. settled_offset() never passes an open record.
// 3. Elements of records take one seq each, ascending, refused ones included.
//
// Pure; one thread. Finding the record of a seq is O(1) where each has one element, else O(log n);
// all else is O(1).

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "action/action.h"
#include "base/clock.h"
#include "queue/refused_record.h"
#include "stream/kept_bytes.h"

namespace awps {

/// What one element of a record is: an action on its way, or what it has become.
struct RecordElement {
  static constexpr uint16_t kNoHub = UINT16_MAX;
  uint16_t hub = kNoHub;  // as the partition numbers them
  ActionKind kind = ActionKind::kSendToAll;
  bool is_open = false;
};

/// What of a record failed: elements that were refused, or given up where letters go to a topic.
struct RecordFailure {
  static constexpr size_t kMostElements = 100;

  RefusedRecord record;            // the first of them says why; its texts may be whole
  std::vector<uint32_t> elements;  // the first ones
  uint64_t count = 0;              // of all
  KeptBytes::Charge charge;        // of its texts, where they are whole
};

struct OpenRecord {
  int64_t offset = 0;
  uint64_t ordinal = 0;  // its place among all records of this ownership, from 0
  uint64_t first_seq = 0;
  Instant read_at;
  std::optional<WallTime> written_at;
  uint32_t elements = 0;
  uint32_t open_actions = 0;
  uint32_t open_letters = 0;
  bool is_whole = false;  // all of it was taken
  bool is_returned = false;
  RecordElement first;
  /// What few records have.
  struct More {
    std::vector<RecordElement> elements;  // all but the first
    std::unique_ptr<RecordFailure> failure;
    // These where letters go to a topic.
    bool has_key = false;
    std::string key;
    std::string value;
    KeptBytes::Charge charge;
  };
  std::unique_ptr<More> more;

  bool is_settled() const {
    return is_whole && open_actions == 0 && open_letters == 0 && !is_returned;
  }
  RecordElement& element(uint32_t index) { return index == 0 ? first : more->elements[index - 1]; }
  More& with_more() {
    if (more == nullptr) more = std::make_unique<More>();
    return *more;
  }
};

class OpenRecords {
 public:
  /// `next_offset`: of the first record that will be read; -1: not known.
  explicit OpenRecords(int64_t next_offset) : next_offset_(next_offset) {}

  /// The next one was read. The one before must be whole. Offsets that go back are those of
  /// another log: restart() first.
  OpenRecord& begin(int64_t offset, Instant read_at, std::optional<WallTime> written_at);
  /// Of the last one: its next element. Returns its seq.
  uint64_t add_action(ActionKind kind, uint16_t hub);
  uint64_t add_refused();
  /// All that was read before is forgotten: its offsets mean nothing any more.
  void restart(int64_t next_offset);
  void end_last() { last().is_whole = true; }
  OpenRecord& last() { return records_.back(); }
  uint64_t next_seq() const { return next_seq_; }

  /// The record of an action without an Outcome, nullptr: there is none.
  OpenRecord* find(uint64_t seq);
  /// nullptr: it is settled, or forgotten.
  OpenRecord* at(uint64_t ordinal);
  /// The action has its Outcome. What the element was.
  RecordElement close(OpenRecord& record, uint64_t seq);

  /// Call it after each change of a record: lets go what is settled.
  void forget_settled(OpenRecord& changed);

  /// The lowest offset that is not settled; -1: not known.
  int64_t settled_offset() const { return records_.empty() ? next_offset_ : oldest().offset; }
  /// The offset behind the last that was read.
  int64_t next_offset() const { return next_offset_; }
  uint64_t ahead() const { return records_.size(); }
  /// Of the oldest one that is not settled, else of the next that will be read.
  uint64_t first_ordinal() const { return next_ordinal_ - records_.size(); }
  bool all_settled() const { return records_.empty(); }
  const OpenRecord& oldest() const { return records_.front(); }
  struct Waiting {
    uint64_t seq = 0;
    RecordElement element;
  };
  /// The first action without an Outcome of the oldest record.
  std::optional<Waiting> oldest_action() const;
  /// Actions without an Outcome, and letters that are not safe.
  uint64_t open_actions() const { return open_actions_; }
  uint64_t open_letters() const { return open_letters_; }
  void open_letter(OpenRecord& record);
  void close_letter(OpenRecord& record);

 private:
  RecordElement& add_element();
  OpenRecord& record_of(uint64_t seq);

  std::deque<OpenRecord> records_;  // by offset; settled ones stay behind one that is not
  uint64_t next_ordinal_ = 0;
  uint64_t next_seq_ = 1;
  int64_t next_offset_;
  uint64_t open_actions_ = 0;
  uint64_t open_letters_ = 0;
};

}  // namespace awps
