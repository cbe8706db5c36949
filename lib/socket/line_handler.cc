#include "socket/line_handler.h"

#include <optional>

#include "base/terminal_text.h"

namespace awps {

static_assert(kReadPadding >= kLinePadding, "the decoder reads over the end of a line");

LineHandler::LineHandler(const SocketServices& services, const LineLimits& limits, const Peer& peer,
                         ReplyBuffer& replies)
    : services_(services),
      limits_(limits),
      user_(peer.credentials.uid),
      replies_(replies),
      source_(services.slot, peer) {}

LineRest LineHandler::take(const Line& line, const Admission::Read& read) {
  begin_turn(line, read);
  LineRest rest;
  if (line.too_long) {
    on_rejected({RejectCode::kLineTooLong,
                 "the line exceeds what this daemon takes at present (max_line_bytes is " +
                     std::to_string(limits_.max_line_bytes) +
                     ", max_partial_bytes bounds all input that is held); send shorter lines",
                 {}});
  } else {
    rest = services_.decoder.decode(line.text, lines_before_, *this);
  }
  if (rest.form != LineRest::Form::kLine) lines_before_.none = false;
  return rest;
}

LineRest LineHandler::take_rest(const Line& line, LineRest::Form form,
                                const Admission::Read& read) {
  if (form == LineRest::Form::kLine) return take(line, read);
  begin_turn(line, read);
  return services_.decoder.decode_rest(line.text, form, *this);
}

void LineHandler::begin_turn(const Line& line, const Admission::Read& read) {
  line_ = line.number;
  read_ = read;
  seq_at_begin_ = seq_;
  is_full_ = false;
}

NextElement LineHandler::next_element() {
  // So that a line of millions does not hold up the other connections.
  static constexpr uint64_t kMostATurn = 4096;
  if (is_full_) return NextElement::kAgainLater;
  if (replies_.is_full() || seq_ - seq_at_begin_ >= kMostATurn) return NextElement::kLater;
  return NextElement::kGoOn;
}

void LineHandler::end_read(size_t bytes_left) {
  source_.end_read(bytes_left);
  services_.counters.lines.add(line_ - counted_lines_);
  services_.counters.actions.add(seq_ - counted_actions_);
  counted_lines_ = line_;
  counted_actions_ = seq_;
  tell_accepted();
}

void LineHandler::tell_accepted() {
  acks_.tell_accepted(source_.accepted_up_to(acks_.last_admitted()), replies_.text());
}

void LineHandler::refuse_the_rest(RejectCode code, std::string message) {
  refuse({}, {code, std::move(message), {}});
}

void LineHandler::on_action(const Action& action) {
  const bool is_ordered = source_.router().in_ordered_batch();
  const Source::Decision decision = source_.admit(
      action, {.seq = seq_ + 1, .ordered_batch = is_ordered ? ordered_batches_ : 0, .line = line_},
      read_);
  switch (decision) {
    case Source::Decision::kAdmitted:
      acks_.note_admitted(++seq_);
      return;
    case Source::Decision::kFull:
      is_full_ = true;
      return;
    case Source::Decision::kRefused: {
      Refusal refusal = source_.take_refusal();
      on_rejected({refusal.code, std::move(refusal.message), action.id});
      return;
    }
  }
}

void LineHandler::on_rejected(const Rejection& rejection) {
  ++seq_;
  services_.counters.rejected.add();
  refuse({seq_, line_}, rejection);
  tell_operators(rejection);
}

void LineHandler::refuse_late(const LateRefusal& refusal) {
  source_.take(refusal);
  acks_.note_refused();
  services_.counters.rejected.add();
  refuse({refusal.seq, refusal.line}, {refusal.code, refusal.message, refusal.id});
}

void LineHandler::tell_operators(const Rejection& rejection) {
  static constexpr size_t kMostColumns = 300;
  if (!services_.warn) return;
  const std::optional<uint64_t> count = services_.refusals.note(user_, read_.at);
  if (!count) return;
  const std::string who = "user id " + std::to_string(user_) +
                          (name_.empty() ? "" : " (producer '" + printable(name_) + "')");
  services_.warn(who + ": " +
                 (*count == 1 ? "an action was" : std::to_string(*count) + " actions were") +
                 " refused; the latest, on line " + std::to_string(line_) + ": " +
                 shortened(printable(rejection.message), kMostColumns));
}

void LineHandler::refuse(Place place, const Rejection& rejection) {
  if (!replies_.reject(place, rejection)) services_.counters.replies_dropped.add();
}

void LineHandler::on_warning(std::string message) {
  services_.counters.warnings.add();
  if (warned_) return;
  warned_ = true;
  append_warning(replies_.text(), seq_, message);
}

void LineHandler::on_hello(const Hello& hello) {
  Router::Decision hub = source_.router().greet(hello.hub, services_.slot.hubs());
  if (!hub) {
    on_bad_hello({hub.error().code, hub.error().message, {}});
    return;
  }
  name_ = hello.producer;
  source_.introduce(name_, hello.ack == Ack::kDelivered);
  std::optional<Duration> dedupe_window;
  if (hello.deduplicate) {
    source_.ask_for_deduplication();
    dedupe_window = source_.router().least_dedupe_window(services_.slot.hubs());
  }
  acks_.set_ack(hello.ack);
  replies_.set_may_drop(hello.ack == Ack::kNone);
  append_ready(replies_.text(),
               {.hub = *hub == nullptr ? std::string_view() : std::string_view((*hub)->name),
                .ack = hello.ack,
                .max_line_bytes = limits_.max_line_bytes,
                .max_message_bytes = limits_.max_message_bytes,
                .dedupe_window = dedupe_window});
}

void LineHandler::on_bad_hello(const Rejection& rejection) {
  refused_ = true;
  refuse({0, line_}, rejection);
  tell_operators(rejection);
}

void LineHandler::begin_ordered_batch() {
  ++ordered_batches_;
  source_.router().begin_ordered_batch();
}

void LineHandler::end_ordered_batch() {
  source_.router().end_ordered_batch();
}

}  // namespace awps
