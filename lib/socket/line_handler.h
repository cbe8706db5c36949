#pragma once

// LineHandler: what a line means for its connection. It numbers the actions, leads each to its hub,
// admits or refuses it, and keeps the word of the hello.
//
// 1. Each action, refused ones included, takes one seq, from 1.
// 2. A hub that blocks when full takes a line whole or not at all: if there is no room for its
//    first action, the line is put back as if it had never been read. Within a line everything is
//    admitted, so a budget is exceeded by at most one line.
// 3. A hub that rejects when full is asked for each action.
// 4. All elements of an ordered batch go to one hub: that of the first whose hub exists.
//
// Pure but for the queues; belongs to the intake thread of its connection.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "action/decoder.h"
#include "intake/account_table.h"
#include "intake/admission.h"
#include "intake/hub_directory.h"
#include "metrics/counters.h"
#include "socket/ack_tracker.h"
#include "socket/line_splitter.h"
#include "socket/reply_buffer.h"

namespace awps {

/// What the connections of one intake thread share.
struct IntakeServices {
  ActionDecoder& decoder;
  const HubDirectory* hubs;  // the present one; those before it live as long
  AccountTable& accounts;
  IntakeCounters& counters;
  int intake_thread = 0;
};

/// A connection's number, unique while the daemon runs, and who is at its other end.
struct Peer {
  uint64_t number = 0;
  PeerCredentials credentials;
};

struct LineLimits {
  size_t max_line_bytes = size_t{8} << 20U;
  size_t max_message_bytes = size_t{1} << 20U;
};

class LineHandler final : public LineVisitor {
 public:
  LineHandler(const IntakeServices& services, const LineLimits& limits, Peer peer,
              ReplyBuffer& replies);
  /// The accounts outlive the connection, see AccountTable.
  ~LineHandler() override;
  LineHandler(const LineHandler&) = delete;
  LineHandler& operator=(const LineHandler&) = delete;

  enum class Taken { kWhole, kPutBack };
  Taken take(const Line& line, const Admission::Read& read);
  /// Ends a read, but for `bytes_left` of it that are not processed.
  void end_read(size_t bytes_left);
  /// After a line was put back and the read was ended: registers for being told of room, then looks
  /// once more.
  bool must_wait_for_room();
  /// May a read bring `bytes` without a hub being full before its end, as far as one can tell?
  bool has_room_for_read(size_t bytes) const;

  /// Tells that what follows is not read, with seq 0.
  void refuse_the_rest(RejectCode code, std::string message);

  /// A hello was refused: the connection is to be closed without reading on.
  bool is_refused() const { return refused_; }
  AckTracker& acks() { return acks_; }
  const AckTracker& acks() const { return acks_; }

 private:
  void on_action(const Action& action) override;
  void on_rejected(const Rejection& rejection) override;
  void on_warning(std::string message) override;
  void on_hello(const Hello& hello) override;
  void on_bad_hello(const Rejection& rejection) override;
  void begin_ordered_batch() override;
  void end_ordered_batch() override;

  Admission* route(const Action& action);
  Admission* admission_for(const IntakeHub& hub);
  bool must_pay_back_first();
  bool has_room(Admission& admission, const Action& action, uint32_t charge);
  void refuse(Place place, const Rejection& rejection);
  /// Of the action that is next.
  void refuse_action(const Action& action, RejectCode code, std::string message);
  void put_back(Admission& admission, uint32_t charge);

  const IntakeServices& services_;
  LineLimits limits_;
  Peer peer_;
  ReplyBuffer& replies_;
  AckTracker acks_;
  const IntakeHub* hub_;  // where an action goes that names none; nullptr: nowhere
  std::string producer_name_;
  std::vector<std::unique_ptr<Admission>> admissions_;  // one a hub that was addressed
  Admission* own_ = nullptr;                            // that of hub_, once it was addressed

  uint64_t seq_ = 0;
  uint64_t counted_actions_ = 0;
  uint64_t line_ = 0;
  uint64_t counted_lines_ = 0;
  bool first_line_ = true;
  bool warned_ = false;
  bool refused_ = false;
  Admission::Read read_;

  uint64_t seq_before_line_ = 0;
  Admission* full_ = nullptr;  // why this line was put back
  uint32_t full_charge_ = 0;

  uint32_t ordered_batches_ = 0;
  bool in_ordered_batch_ = false;
  const Admission* batch_admission_ = nullptr;
};

}  // namespace awps
