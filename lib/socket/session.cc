#include "socket/session.h"

#include <algorithm>

#include "base/check.h"

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
  std::string_view bytes(kept_);
  if (!kept_.empty()) bytes = bytes.substr(kept_begin_, kept_.size() - kept_begin_ - kReadPadding);
  process(bytes, now);
  if (bytes.empty()) {
    kept_ = {};
  } else {
    kept_begin_ = kept_.size() - kReadPadding - bytes.size();
  }
  if (input_ended_) process_last_line(now);
}

void Session::process(std::string_view& bytes, Instant now) {
  while (!process_lines(bytes, now)) {
    handler_.end_read(bytes.size());
    if (!handler_.source().must_wait_for_room()) continue;
    waits_for_room_ = true;
    return;
  }
  handler_.end_read(bytes.size());
  if (!handler_.is_refused()) return;
  forget_input();
  bytes = {};
}

bool Session::process_lines(std::string_view& bytes, Instant now) {
  if (!take_put_back_line(bytes.size(), now)) return false;
  while (may_take_line()) {
    const std::optional<Line> line = splitter_.next(bytes);
    if (!line) return true;
    if (!take_line(*line, {now, line->text.size() + bytes.size()})) return false;
  }
  return true;
}

bool Session::take_line(const Line& line, const Admission::Read& read) {
  if (handler_.take(line, read) == LineHandler::Taken::kWhole) return true;
  put_back_.reserve(line.text.size() + kReadPadding);
  put_back_.assign(line.text);
  put_back_.append(kReadPadding, '\0');
  put_back_number_ = line.number;
  return false;
}

bool Session::take_put_back_line(size_t bytes_behind, Instant now) {
  if (put_back_.empty()) return true;
  const size_t length = put_back_.size() - kReadPadding;
  const Line line{.text = std::string_view(put_back_).substr(0, length),
                  .number = put_back_number_};
  if (handler_.take(line, {now, length + bytes_behind}) == LineHandler::Taken::kPutBack) {
    return false;
  }
  put_back_ = {};
  return true;
}

void Session::process_last_line(Instant now) {
  if (last_line_taken_ || has_unprocessed() || !may_take_line()) return;
  last_line_taken_ = true;
  const std::optional<Line> line = splitter_.last();
  if (!line) return;
  std::string_view nothing;
  if (take_line(*line, {now, line->text.size()})) {
    handler_.end_read(0);
    return;
  }
  handler_.end_read(0);
  if (!handler_.source().must_wait_for_room()) return process(nothing, now);
  waits_for_room_ = true;
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
  put_back_ = {};
  kept_ = {};
  input_ended_ = true;
  last_line_taken_ = true;
  waits_for_room_ = false;
}

void Session::take_report(const Report& report) {
  if (const auto* outcome = std::get_if<Outcome>(&report)) {
    handler_.source().take(*outcome);
    handler_.acks().note_outcome(*outcome, replies_.text());
  } else {
    handler_.source().take(std::get<Receipt>(report));
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
  if (has_input && (replies_.is_full() || has_unprocessed() || input_ended_)) return Next::kReader;
  if (has_input) return Next::kRead;
  const bool is_heard = !replies_.is_discarding();
  return is_heard && handler_.owes_reports() ? Next::kReports : Next::kClose;
}

size_t Session::read_size(size_t most) const {
  static constexpr size_t kLittle = size_t{16} << 10U;
  if (most <= kLittle || handler_.source().has_room_for_read(most)) return most;
  return kLittle;
}

size_t Session::held_bytes() const {
  return splitter_.held_bytes() + put_back_.size() + kept_.size() - kept_begin_;
}

void Session::refuse_partial() {
  const std::optional<Line> line = splitter_.refuse_partial();
  if (!line) return;
  (void)handler_.take(*line, {});  // a refused line is never put back
  handler_.end_read(0);
}

}  // namespace awps
