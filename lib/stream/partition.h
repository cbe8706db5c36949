#pragma once

// Partition: one partition from when it is assigned until it is given back: a producer, its open
// records, and what of it is committed.
//
// 1. It reads while it is less than max_ahead records ahead of what is committed, and none of its
//    actions waits for room. So whoever comes next repeats max_ahead records at most.
// 2. What is committed is OpenRecords::settled_offset(), and only that.
//
// Belongs to the stream's thread.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "stream/record_handler.h"
#include "stream/record_source.h"
#include "stream/stream_status.h"

namespace awps {

class Partition {
 public:
  /// `owned`: its committed offset; `producer`: a number that nobody has or had.
  Partition(const StreamServices& services, PartitionOffset owned, uint64_t producer, Instant now);
  Partition(const Partition&) = delete;
  Partition& operator=(const Partition&) = delete;

  int32_t number() const { return number_; }
  uint64_t producer() const { return producer_; }

  /// A turn of it. True: there is more to do at once.
  bool read(RecordSource& source, Instant now, WallTime wall_now);
  /// A hub has room, or the hubs are others: it looks again.
  void look_again() { waits_for_room_ = false; }
  /// To be asked now and then: a hub tells of room once it is half empty, and others may keep it
  /// fuller than that for long. True: it waited, and there is room.
  bool has_found_room();
  void follow_directory();
  /// It reads no more: it is given back.
  void stop_reading();
  bool is_stopped() const { return is_stopped_; }
  PartitionWait wait() const { return is_stopped_ ? PartitionWait::kEnding : wait_; }

  // What became of its records.

  void take(const Outcome& outcome);
  void take(const Receipt& receipt) { handler_.source().take(receipt); }
  void take(const LateRefusal& refusal);
  void note_safe_letter(uint64_t ordinal);
  const OpenRecords& records() const { return records_; }
  const PartitionHubs& hubs() const { return handler_.hubs(); }
  /// Nothing of it is under way, in no hub and at no store of letters.
  bool is_quiet() const { return records_.open_actions() == 0 && records_.open_letters() == 0; }

  // Its offset.

  /// Set if it is another than the one that is stored.
  std::optional<PartitionOffset> uncommitted() const;
  /// Set if it is known: also one that is stored already.
  std::optional<PartitionOffset> settled() const;
  /// So much is settled that it would soon be read no more; not where a commit has just failed.
  bool is_commit_urgent() const;
  bool is_commit_asked() const { return asked_.has_value(); }
  void note_commit_asked();
  void note_commit_ended(int64_t offset, bool is_stored);

  PartitionStatus status(const RecordSource& source) const;
  /// The words of its hub for the oldest action, told later.
  void note_why(uint64_t seq, std::string why) {
    why_seq_ = seq;
    why_ = std::move(why);
  }

 private:
  bool take_one(RecordSource& source, const RecordHandler::Moment& moment, uint64_t& bytes);
  bool may_take_next();
  void restart(int64_t offset);
  void hand_over_letter(OpenRecord& record);
  void finish(OpenRecord& record);
  std::optional<OldestRecord> oldest() const;
  uint64_t most_ahead() const;

  const StreamServices& services_;
  const int32_t number_;
  const uint64_t producer_;
  const Instant owned_since_;
  OpenRecords records_;
  RecordHandler handler_;
  bool waits_for_room_ = false;
  bool is_stopped_ = false;
  PartitionWait wait_ = PartitionWait::kNothing;
  RecordHandler::Taken taken_ = RecordHandler::Taken::kWhole;  // the last one

  int64_t committed_;
  std::optional<int64_t> asked_;  // a commit of it is under way
  // The records before these are committed, or will be by that commit.
  uint64_t committed_ordinal_ = 0;
  uint64_t asked_ordinal_ = 0;
  bool has_commit_failed_ = false;

  uint64_t why_seq_ = 0;
  std::string why_;
};

}  // namespace awps
