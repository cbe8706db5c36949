// How a connection writes: from the answers of the handler to the bytes for its client.

#include <limits>

#include "http_server/connection.h"

namespace awps::http_server {

namespace {

constexpr char kContinue[] = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr size_t kDiscardLimit = 8UL * 1024 * 1024;  // of what comes after a closing answer
constexpr Duration kGentleCloseTime = std::chrono::seconds(1);

}  // namespace

/// As many as are here, in their order.
void Connection::send_answers() {
  while (state_ == State::kOpen && !is_last_out_) {
    const AnswerQueue::First first = answers_.first();
    if (first == AnswerQueue::First::kAbandoned) return end();
    if (first != AnswerQueue::First::kAnswered) break;
    send(answers_.take());
  }
  const bool may_invite = state_ == State::kOpen && !is_last_out_ && answers_.is_empty();
  if (owes_invitation_ && may_invite) invite_body();
}

void Connection::send(OwedAnswer owed) {
  Reply& reply = owed.reply;
  const bool streams = reply.stream != nullptr && !owed.to_head;
  const bool is_last_owed = answers_.is_empty() && (is_finishing_ || !reader_.is_in_request());
  const bool is_unwanted = is_finishing_ || is_retiring_ || context_.is_crowded();
  const bool keeps_alive =
      owed.keeps_alive && !streams && !reply.ends_connection && !(is_last_owed && is_unwanted);
  const bool is_chunked = reply.stream != nullptr && owed.may_chunk;
  std::string text = wire_text(reply, {.keep_alive = keeps_alive,
                                       .to_head = owed.to_head,
                                       .chunked = is_chunked,
                                       .now = SystemClock().wall_now()});
  if (outbox_.is_empty()) write_deadline_ = context_.now() + context_.limits.write_time;
  outbox_.add(std::move(text), std::move(reply.on_written));
  if (!keeps_alive) {
    reads_no_more_ = true;
    is_last_out_ = true;
  }
  if (streams) {
    stream_ = std::move(reply.stream);
    is_chunked_ = is_chunked;
  }
  if (outbox_.bytes() > context_.limits.max_unwritten_bytes && outbox_.texts() > 1) end();
}

void Connection::invite_body() {
  owes_invitation_ = false;
  if (reader_.body_bytes() > 0 || !rest_.empty()) return;  // it did not wait
  if (outbox_.is_empty()) write_deadline_ = context_.now() + context_.limits.write_time;
  outbox_.add(kContinue, {});
}

/// As much as the client takes now.
void Connection::write_out() {
  if (state_ != State::kOpen && state_ != State::kStreaming) return;
  while (!outbox_.is_empty()) {
    const Transfer sent = client_.write(outbox_.rest_of_first());
    if (sent.state == Transfer::State::kOver) return end();
    if (sent.state != Transfer::State::kDone) return;
    if (!outbox_.take(sent.bytes)) continue;
    write_deadline_ = context_.now() + context_.limits.write_time;
    const Outbox::OnWritten on_written = outbox_.take_first();
    if (on_written) on_written(true);
  }
  write_deadline_ = kNever;
  on_all_written();
}

void Connection::on_all_written() {
  if (stream_ != nullptr && state_ == State::kOpen) {
    state_ = State::kStreaming;
    discard_limit_ = std::numeric_limits<size_t>::max();
    tick_ = context_.now() + context_.limits.stream_interval;
    return;
  }
  if (stream_ != nullptr) {
    if (is_finishing_) turn_soon();  // for its end
    return;
  }
  const bool is_owed = !answers_.is_empty();
  const bool is_over = is_last_out_ || (is_finishing_ && !is_owed);
  if (!is_over) return;
  // A reset would take the answer back, see invariant 3.
  if (is_finishing_ && !client_.has_unread()) return end();
  close_gently();
}

// ---- A stream ----

void Connection::tick() {
  const Instant now = context_.now();
  if (stream_ == nullptr || (!is_finishing_ && tick_ > now)) return;
  tick_ = now + context_.limits.stream_interval;
  if (!outbox_.is_empty()) return;  // the client is slow
  write_deadline_ = now + context_.limits.write_time;
  if (is_finishing_ || stream_->is_over()) {
    stream_.reset();
    tick_ = kNever;
    return outbox_.add(is_chunked_ ? chunk_of({}) : std::string(), {});
  }
  const std::string piece = stream_->take();
  if (!piece.empty()) outbox_.add(is_chunked_ ? chunk_of(piece) : piece, {});
}

// ---- The end ----

void Connection::close_gently() {
  state_ = State::kClosing;
  idle_since_ = context_.now();
  read_deadline_ = kNever;
  tick_ = idle_since_ + kGentleCloseTime;
  discard_limit_ = kDiscardLimit;
  (void)std::exchange(charge_, nullptr);
  std::string().swap(rest_);
  client_.finish();
}

/// Reads what nobody wants, so as to see the end.
void Connection::discard() {
  const Transfer got = client_.read(context_.scratch);
  read_waits_for_write_ = got.state == Transfer::State::kWaitsWrite;
  if (got.state == Transfer::State::kOver) return end();
  if (got.state != Transfer::State::kDone) return;
  if (got.bytes >= discard_limit_) return end();
  discard_limit_ -= got.bytes;
}

void Connection::tell_all_unwritten() {
  while (!outbox_.is_empty()) {
    const Outbox::OnWritten on_written = outbox_.take_first();
    if (on_written) on_written(false);
  }
  for (const Reply& reply : answers_.take_given()) {
    if (reply.on_written) reply.on_written(false);
  }
  const std::optional<Reply> refusal = std::exchange(refusal_, std::nullopt);
  if (refusal && refusal->on_written) refusal->on_written(false);
}

}  // namespace awps::http_server
