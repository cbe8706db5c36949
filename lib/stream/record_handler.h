#pragma once

// RecordHandler: what a record means for its partition. It hands each of its actions to the stage
// (intake/source.h), and notes in OpenRecords what is on its way and what was refused.
//
// 1. A record holds what a line of PROTOCOL.md may hold, but no hello. Without a value, or with a
//    blank one, it is settled at once.
// 2. Each element takes one seq, refused ones included; no seq comes twice.
// 3. Where an action finds no room, or many were taken already, the record stops there, and its
//    rest is taken later. No record is refused because a hub is full.
// 4. Time to live counts from the record's timestamp, never from a future one.
//
// Pure but for the hubs' queues; belongs to the stream's thread.

#include <string>
#include <string_view>

#include "intake/source.h"
#include "stream/open_records.h"
#include "stream/partition_hubs.h"
#include "stream/record_source.h"
#include "stream/stream_services.h"

namespace awps {

class RecordHandler final : public LineVisitor {
 public:
  RecordHandler(const StreamServices& services, int32_t partition, uint64_t producer,
                OpenRecords& records);
  RecordHandler(const RecordHandler&) = delete;
  RecordHandler& operator=(const RecordHandler&) = delete;

  struct Moment {
    Instant now;
    WallTime wall_now;
    uint64_t more_records = 0;  // that are likely to follow in this turn
  };
  enum class Taken : uint8_t {
    kWhole,
    kLater,  // the others' turn
    kFull,   // end_read(), then must_wait_for_room()
  };
  /// Only while has_rest() is false.
  Taken take(const StreamRecord& record, const Moment& moment);
  Taken take_rest(const Moment& moment);
  bool has_rest() const { return rest_form_ != LineRest::Form::kNothing; }
  /// It is not taken any more.
  void drop_rest();

  /// What was taken goes to the hubs.
  void end_read() { source_.end_read(0); }
  bool must_wait_for_room() { return source_.must_wait_for_room(); }

  /// An element of an open record failed; a letter is owed.
  void fail(OpenRecord& record, uint32_t element, RefusedRecord why);

  Source& source() { return source_; }
  PartitionHubs& hubs() { return hubs_; }
  const PartitionHubs& hubs() const { return hubs_; }

 private:
  void on_action(const Action& action) override;
  void on_rejected(const Rejection& rejection) override;
  void on_warning(std::string message) override;
  void on_hello(const Hello& hello) override;
  void on_bad_hello(const Rejection& rejection) override;
  void begin_ordered_batch() override;
  void end_ordered_batch() override;
  NextElement next_element() override;

  void keep_text(const StreamRecord& record);
  Taken decode(LineRest::Form form, const Moment& moment);
  bool may_name(std::string_view hub) const;

  const StreamServices& services_;
  const int32_t partition_;
  OpenRecords& records_;
  PartitionHubs hubs_;
  Source source_;
  uint32_t ordered_batches_ = 0;

  // Of the record that is taken now: its value is in `text_`, padding included, and its rest begins
  // there. Between two calls only a rest is kept.
  std::string text_;
  size_t rest_begin_ = 0;
  LineRest::Form rest_form_ = LineRest::Form::kNothing;
  bool has_key_ = false;
  std::string key_;
  Duration age_{};
  Admission::Read read_;
  uint64_t seq_at_begin_ = 0;
  bool is_full_ = false;
};

}  // namespace awps
