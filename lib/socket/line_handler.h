#pragma once

// LineHandler: what a line means for its connection. It numbers the actions, hands each to the
// stage (intake/source.h), tells refusals, and keeps the word of the hello.
//
// 1. Each action, refused ones included, takes one seq, from 1.
// 2. Element by element: where an action finds no room, or its producer reads too little, or many
//    were taken already, the line stops there, and what is left of it is taken up again later.
//
// Pure but for the queues; belongs to the intake thread of its connection.

#include <cstdint>
#include <functional>
#include <string>

#include "action/decoder.h"
#include "intake/refusal_notes.h"
#include "intake/source.h"
#include "metrics/counters.h"
#include "socket/ack_tracker.h"
#include "socket/line_splitter.h"
#include "socket/reply_buffer.h"

namespace awps {

/// What the connections of one intake thread share.
struct SocketServices {
  ActionDecoder& decoder;
  SourceSlot& slot;
  IntakeCounters& counters;
  RefusalNotes& refusals;                               // by user id
  std::function<void(const std::string& line)> warn{};  // tells operators; empty: nobody
};

struct LineLimits {
  size_t max_line_bytes = size_t{8} << 20U;
  size_t max_message_bytes = size_t{1} << 20U;
};

class LineHandler final : public LineVisitor {
 public:
  LineHandler(const SocketServices& services, const LineLimits& limits, const Peer& peer,
              ReplyBuffer& replies);
  LineHandler(const LineHandler&) = delete;
  LineHandler& operator=(const LineHandler&) = delete;

  /// The lines at the front of `bytes` come next; and that their bytes change now (decoder.h).
  void foresee(std::string_view bytes) { services_.decoder.foresee(bytes); }
  void forget_foreseen() { services_.decoder.forget_foreseen(); }
  /// What is left of the line: kNothing, or from where take_rest() is to go on.
  LineRest take(const Line& line, const Admission::Read& read);
  /// `line` begins where the rest did.
  LineRest take_rest(const Line& line, LineRest::Form form, const Admission::Read& read);
  /// It stopped since a hub is full: see Source::must_wait_for_room().
  bool is_full() const { return is_full_; }
  /// Ends a read, but for `bytes_left` of it that are not processed.
  void end_read(size_t bytes_left);
  /// Tells what is accepted by now, after a read or a receipt.
  void tell_accepted();
  /// An action that was admitted is not accepted after all. Before tell_accepted().
  void refuse_late(const LateRefusal& refusal);

  /// Tells that what follows is not read, with seq 0.
  void refuse_the_rest(RejectCode code, std::string message);

  /// A hello was refused: the connection is to be closed without reading on.
  bool is_refused() const { return refused_; }
  AckTracker& acks() { return acks_; }
  Source& source() { return source_; }
  const Source& source() const { return source_; }
  /// Is there more to be told of what was taken?
  bool owes_reports() const { return acks_.owes_outcomes() || source_.awaits_receipts(); }

 private:
  void on_action(const Action& action) override;
  void on_rejected(const Rejection& rejection) override;
  void on_warning(std::string message) override;
  void on_hello(const Hello& hello) override;
  void on_bad_hello(const Rejection& rejection) override;
  void begin_ordered_batch() override;
  void end_ordered_batch() override;
  NextElement next_element() override;

  void begin_turn(const Line& line, const Admission::Read& read);
  void refuse(Place place, const Rejection& rejection);
  void tell_operators(const Rejection& rejection);

  const SocketServices& services_;
  LineLimits limits_;
  const uint64_t user_;
  std::string name_;  // from the hello
  ReplyBuffer& replies_;
  AckTracker acks_;
  Source source_;

  uint64_t seq_ = 0;
  uint64_t counted_actions_ = 0;
  uint64_t line_ = 0;
  uint64_t counted_lines_ = 0;
  LinesBefore lines_before_;
  bool warned_ = false;
  bool refused_ = false;
  Admission::Read read_;

  uint64_t seq_at_begin_ = 0;  // of this turn in the line
  bool is_full_ = false;       // its last action found no room
  uint32_t ordered_batches_ = 0;
};

}  // namespace awps
