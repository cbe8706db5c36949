#include "socket/session.h"

#include <algorithm>

#include "base/check.h"
#include "base/release_memory.h"

namespace awps {

Session::Session(const SocketServices& services, const Options& options, const Peer& peer)
    : replies_(options.max_unread_reply_bytes),
      handler_(services, options.lines, peer, replies_),
      splitter_(options.lines.max_line_bytes) {}

void Session::take(std::string_view bytes, Instant now) {
  AWPS_CHECK(next() == Next::kRead);
  process(bytes, now);
  if (bytes.empty()) return;
  kept_.reserve(bytes.size() + kReadPadding);
  kept_.assign(bytes);
  kept_.append(kReadPadding, '\0');
  kept_begin_ = 0;
}

void Session::end_input(Instant now) {
  AWPS_CHECK(next() == Next::kRead);
  input_ended_ = true;
  process_last_line(now);
}

void Session::resume(Instant now) {
  waits_for_room_ = false;
  waits_for_reader_ = false;
  std::string_view bytes(kept_);
  if (!kept_.empty()) bytes = bytes.substr(kept_begin_, kept_.size() - kept_begin_ - kReadPadding);
  process(bytes, now);
  if (bytes.empty()) {
    release_memory_of(kept_);
  } else {
    kept_begin_ = kept_.size() - kReadPadding - bytes.size();
  }
  if (input_ended_) process_last_line(now);
}

void Session::process(std::string_view& bytes, Instant now) {
  while (!process_lines(bytes, now)) {
    if (waits_after_read(bytes.size())) return;
  }
  end_read(bytes.size());
  waits_for_reader_ = replies_.is_full();
  if (!handler_.is_refused()) return;
  forget_input();
  bytes = {};
}

// After a line that stopped: false if it may go on at once.
bool Session::waits_after_read(size_t bytes_left) {
  end_read(bytes_left);
  waits_for_reader_ = replies_.is_full();
  if (waits_for_reader_ || !handler_.is_full()) return true;
  waits_for_room_ = handler_.source().must_wait_for_room();
  return waits_for_room_;
}

// What is put back was not processed, either.
void Session::end_read(size_t bytes_left) {
  const size_t put_back = put_back_.empty() ? 0 : put_back_.size() - put_back_begin_ - kReadPadding;
  handler_.end_read(bytes_left + put_back);
}

bool Session::process_lines(std::string_view& bytes, Instant now) {
  const bool is_done = take_put_back_line(bytes.size(), now) && take_lines(bytes, now);
  handler_.forget_foreseen();
  return is_done;
}

bool Session::take_lines(std::string_view& bytes, Instant now) {
  while (may_take_line()) {
    if (splitter_.is_between_lines()) handler_.foresee(bytes);
    const std::optional<Line> line = splitter_.next(bytes);
    if (!line) return true;
    if (!take_line(*line, {now, line->text.size() + bytes.size()})) return false;
  }
  return true;
}

bool Session::take_line(const Line& line, const Admission::Read& read) {
  const LineRest rest = handler_.take(line, read);
  if (rest.form == LineRest::Form::kNothing) return true;
  put_back_ = splitter_.take_over(line, rest.offset);
  put_back_begin_ = 0;
  put_back_number_ = line.number;
  put_back_form_ = rest.form;
  return false;
}

bool Session::take_put_back_line(size_t bytes_behind, Instant now) {
  if (put_back_.empty()) return true;
  if (!may_take_line()) return false;
  const size_t length = put_back_.size() - put_back_begin_ - kReadPadding;
  const Line line{.text = std::string_view(put_back_).substr(put_back_begin_, length),
                  .number = put_back_number_};
  const LineRest rest = handler_.take_rest(line, put_back_form_, {now, length + bytes_behind});
  put_back_begin_ += rest.offset;
  put_back_form_ = rest.form;
  if (rest.form != LineRest::Form::kNothing) return false;
  release_memory_of(put_back_);
  return true;
}

void Session::process_last_line(Instant now) {
  if (last_line_taken_ || has_unprocessed() || !may_take_line()) return;
  last_line_taken_ = true;
  const std::optional<Line> line = splitter_.last();
  if (!line) return;
  if (take_line(*line, {now, line->text.size()})) return end_read(0);
  if (waits_after_read(0)) return;
  std::string_view nothing;
  process(nothing, now);
}

void Session::stop() {
  if (handler_.is_refused()) return;
  const bool cuts_off = !input_ended_ || !last_line_taken_ || has_unprocessed();
  forget_input();
  if (!cuts_off) return;
  handler_.refuse_the_rest(RejectCode::kShuttingDown,
                           handler_.source().awaits_receipts()
                               ? "the daemon stops and reads nothing more; connect again and send "
                                 "what it has not told accepted"
                               : "the daemon stops: it has accepted all that it read and did not "
                                 "refuse; connect again and send the rest");
}

void Session::forget_input() {
  splitter_.refuse_partial();
  release_memory_of(put_back_);
  release_memory_of(kept_);
  input_ended_ = true;
  last_line_taken_ = true;
  waits_for_room_ = false;
}

void Session::take_report(const Report& report) {
  if (const auto* outcome = std::get_if<Outcome>(&report)) {
    handler_.source().take(*outcome);
    handler_.acks().note_outcome(*outcome, replies_.text());
  } else if (const auto* receipt = std::get_if<Receipt>(&report)) {
    handler_.source().take(*receipt);
  } else {
    handler_.refuse_late(std::get<LateRefusal>(report));
  }
}

void Session::end_of_reports() {
  handler_.acks().tell_outcomes(replies_.text());
  handler_.tell_accepted();
}

Session::Next Session::next() const {
  if (handler_.is_refused()) return Next::kClose;
  if (waits_for_room_) return Next::kRoom;
  const bool has_input = !input_ended_ || !last_line_taken_ || has_unprocessed();
  if (has_input && (waits_for_reader_ || replies_.is_full())) return Next::kReader;
  if (has_input && (has_unprocessed() || input_ended_)) return Next::kTurn;
  if (has_input) return Next::kRead;
  const bool is_heard = !replies_.is_discarding();
  return is_heard && handler_.owes_reports() ? Next::kReports : Next::kClose;
}

size_t Session::read_size(size_t most) const {
  static constexpr size_t kLittle = size_t{16} << 10U;
  if (most <= kLittle || handler_.source().has_room_for_read(most)) return most;
  return kLittle;
}

size_t Session::waiting_bytes() const {
  return put_back_.size() + kept_.size() + replies_.bytes_beyond_bound();
}

void Session::refuse_partial() {
  const std::optional<Line> line = splitter_.refuse_partial();
  if (!line) return;
  (void)handler_.take(*line, {});  // a refused line leaves nothing
  end_read(0);
}

}  // namespace awps
