#pragma once

// Session: one connection without its socket: bytes in, batches to the hubs and reply text out.
//
// 1. next() says what the connection waits for. Only while it says kRead may take() or end_input()
//    be called; only then is nothing kept but the line that is still arriving.
//    What is kept otherwise is the rest of one line and what was read behind it: their bytes, never
//    what they were parsed to.
// 2. What was read counts: after the end of input, and when nobody reads the replies any more, what
//    is kept is still processed.
// 3. After the end of input it is over once all is processed and accepted and, under
//    ack = delivered, the last outcome has been told; a producer that is gone is not waited for.
// 4. stop() ends input, too; but what was not processed by then is not accepted, and the producer
//    is told so.
//
// Belongs to one intake thread; the accounts it made outlive it (AccountTable).

#include <optional>
#include <string>
#include <string_view>

#include "socket/line_handler.h"
#include "socket/line_splitter.h"
#include "socket/reply_buffer.h"

namespace awps {

class Session {
 public:
  struct Options {
    LineLimits lines;
    size_t max_unread_reply_bytes = size_t{256} << 10U;
  };

  enum class Next {
    kRead,
    kRoom,     // a hub is full: resume() once there is room
    kReader,   // its producer does not read: resume() once replies() went down
    kTurn,     // it had its turn: resume() after the others
    kReports,  // of what was admitted; input has ended
    kClose,    // once replies() are written
  };

  Session(const SocketServices& services, const Options& options, const Peer& peer);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Behind `bytes`, kReadPadding more are readable.
  void take(std::string_view bytes, Instant now);
  void end_input(Instant now);
  void resume(Instant now);
  void stop();
  /// The slot has another directory. Between two reads.
  void follow_directory() { handler_.source().follow_directory(); }

  /// Of one of its accounts; its reply may wait for end_of_reports().
  void take_report(const Report& report);
  void end_of_reports();

  Next next() const;
  /// Its hello was refused: what follows is not read.
  bool is_refused() const { return handler_.is_refused(); }
  ReplyBuffer& replies() { return replies_; }
  /// How much the next read may bring, of `most`: little when a hub is nearly full, so that what a
  /// waiting connection keeps is little, too.
  size_t read_size(size_t most) const;

  /// Bytes of the line still arriving; and of what was read and waits, be it for room, for the
  /// reader of the replies, or, replies beyond their bound, for him.
  size_t partial_bytes() const { return splitter_.held_bytes(); }
  size_t waiting_bytes() const;
  size_t held_bytes() const { return partial_bytes() + waiting_bytes(); }
  /// Refuses the line that is still arriving.
  void refuse_partial();

 private:
  void process(std::string_view& bytes, Instant now);
  /// False: a line was put back.
  bool process_lines(std::string_view& bytes, Instant now);
  bool take_lines(std::string_view& bytes, Instant now);
  bool take_line(const Line& line, const Admission::Read& read);
  bool take_put_back_line(size_t bytes_behind, Instant now);
  void end_read(size_t bytes_left);
  bool waits_after_read(size_t bytes_left);
  void process_last_line(Instant now);
  bool may_take_line() const { return !handler_.is_refused() && !replies_.is_full(); }
  bool has_unprocessed() const { return !put_back_.empty() || !kept_.empty(); }
  void forget_input();

  ReplyBuffer replies_;
  LineHandler handler_;
  LineSplitter splitter_;

  std::string put_back_;  // of a line that stopped, padding included
  size_t put_back_begin_ = 0;
  uint64_t put_back_number_ = 0;
  LineRest::Form put_back_form_ = LineRest::Form::kNothing;
  std::string kept_;  // what was read behind it, padding included
  size_t kept_begin_ = 0;

  bool input_ended_ = false;
  bool last_line_taken_ = false;
  bool waits_for_room_ = false;
  bool waits_for_reader_ = false;  // the replies were full when it stopped
};

}  // namespace awps
