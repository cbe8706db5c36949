#pragma once

// AckTracker: what a producer that wants acknowledgements still has to be told.
//
// 1. `accepted` is cumulative: after it, everything up to its seq that was not rejected before it
//    in the stream is accepted. So it is written after the refusals of the same read, and not
//    before the receipts are there.
// 2. Each accepted action has one outcome; one that is refused late has none. Under `delivered`
//    each is told; actions without id that stand in a row and had the same answer share one line.
// 3. owes_outcomes() is true until the last outcome arrived, under `delivered`; never otherwise.
//
// Pure; belongs to one thread.

#include <cstdint>
#include <string>

#include "action/line_visitor.h"
#include "queue/outcome.h"
#include "socket/reply_writer.h"

namespace awps {

class AckTracker {
 public:
  void set_ack(Ack ack) { ack_ = ack; }
  Ack ack() const { return ack_; }

  void note_admitted(uint64_t seq) {
    ++admitted_;
    last_admitted_ = seq;
  }
  uint64_t last_admitted() const { return last_admitted_; }
  /// One that was admitted is not accepted after all.
  void note_refused() { ++settled_; }
  /// Refusals up to it are written: tells that all else up to `seq` is accepted.
  void tell_accepted(uint64_t seq, std::string& out);

  /// An outcome; its line may be held back until tell_outcomes().
  void note_outcome(const Outcome& outcome, std::string& out);
  void tell_outcomes(std::string& out);

  bool owes_outcomes() const { return ack_ == Ack::kDelivered && settled_ < admitted_; }

 private:
  Ack ack_ = Ack::kNone;
  uint64_t admitted_ = 0;
  uint64_t settled_ = 0;  // and refused
  uint64_t last_admitted_ = 0;
  uint64_t last_told_ = 0;
  DeliveredRun run_;  // from 0: empty
};

}  // namespace awps
