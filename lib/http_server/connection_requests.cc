// How a connection reads: from the bytes of its client to requests for the handler.

#include <algorithm>

#include "http_server/connection.h"

namespace awps::http_server {

namespace {

// A body that is refused is read up to this, so that the connection can go on.
constexpr uint64_t kSmallBody = 64UL * 1024;

}  // namespace

bool Connection::may_begin_request() const {
  const Limits& limits = context_.limits;
  return !reads_no_more_ && answers_.size() < limits.max_pipelined &&
         outbox_.bytes() + answers_.given_bytes() <= limits.pause_unwritten_bytes;
}

bool Connection::may_read() const {
  if (waits_for_room_ || is_last_out_) return false;
  return reader_.is_in_request() ? !is_finishing_ : may_begin_request();
}

void Connection::read_some() {
  const Transfer got = client_.read(context_.scratch);
  read_waits_for_write_ = got.state == Transfer::State::kWaitsWrite;
  if (got.state == Transfer::State::kOver) return on_end_of_input();
  if (got.state != Transfer::State::kDone) return;
  std::string_view input(context_.scratch.data(), got.bytes);
  take_input(input);
  rest_ = input;
}

/// Takes away what it takes.
void Connection::take_input(std::string_view& input) {
  bool goes_on = true;
  while (goes_on && state_ == State::kOpen && may_read()) {
    if (!reader_.is_in_request() && !input.empty()) {
      idle_since_ = kNever;  // also if it is answered before anybody looks
      read_deadline_ = context_.now() + patience(context_.limits.request_time);
    }
    if (must_wait_for_room(input)) return;
    const RequestReader::Event event = reader_.read(input);
    goes_on = on_event(event) && !(event == RequestReader::Event::kNothing && input.empty());
  }
}

/// Before the first byte of a body that is kept. True: it waits for its turn.
bool Connection::must_wait_for_room(std::string_view input) {
  if (charge_ != nullptr || refusal_ || input.empty()) return false;
  const size_t wanted = reader_.most_body_bytes();
  if (wanted == 0) return false;
  if (context_.budget->has_room_for(wanted)) {
    charge_ = std::make_shared<BodyCharge>(context_.budget, wanted);
    return false;
  }
  waits_for_room_ = context_.now();
  context_.budget->wait(number_, wanted, *waits_for_room_);
  context_.on_wait_for_room();
  return true;
}

void Connection::take_room() {
  if (state_ == State::kEnded || !waits_for_room_) return;
  if (read_deadline_ != kNever) read_deadline_ += context_.now() - *waits_for_room_;
  waits_for_room_.reset();
  charge_ = std::make_shared<BodyCharge>(context_.budget, reader_.most_body_bytes());
  turn();
}

void Connection::refuse_for_want_of_room() {
  if (state_ == State::kEnded || !waits_for_room_) return;
  waits_for_room_.reset();
  (void)refuse(503, "too many bytes of requests are here already; try again");
  turn();
}

/// False: no more is to be read for now.
bool Connection::on_event(RequestReader::Event event) {
  switch (event) {
    case RequestReader::Event::kNothing:
      return true;
    case RequestReader::Event::kHead:
      return on_head();
    case RequestReader::Event::kRequest:
      return on_request();
    case RequestReader::Event::kRefused:
      return refuse(reader_.refusal().status, reader_.refusal().message);
  }
  return false;
}

/// False: it is answered, and no body is read.
bool Connection::on_head() {
  RequestHead& head = reader_.head();
  Request& request = head.request;
  request.over_tcp = client_.is_over_tcp();
  request.peer = client_.peer();
  request.connection = number_;
  was_asked_ = true;
  const bool was_known = std::exchange(is_known_, false);
  if (context_.handler.is_known(request)) {
    is_known_ = was_known || context_.on_known();
    if (!is_known_) {
      return refuse(503, "all " + std::to_string(context_.limits.max_connections) +
                             " connections are at work; try again");
    }
  }
  if (context_.limits.body_time > Duration::zero()) {
    read_deadline_ = context_.now() + patience(context_.limits.body_time);
  }
  refusal_ = context_.handler.on_head(request);
  if (refusal_) {
    const bool is_small =
        !head.is_chunked && !head.waits_to_be_invited && head.body_bytes <= kSmallBody;
    if (!is_small) refusal_->ends_connection = true;
    if (!is_small) return on_request();
    reader_.set_max_body(kSmallBody);
    reader_.throw_body_away();
    return true;
  }
  reader_.set_max_body(
      std::min(context_.limits.max_body_bytes, context_.handler.max_body(request)));
  owes_invitation_ = head.waits_to_be_invited;
  return true;
}

/// False: it is the last one.
bool Connection::on_request() {
  RequestHead head = reader_.take();
  owes_invitation_ = false;
  read_deadline_ = kNever;
  const bool keeps_alive = head.keeps_alive && !(refusal_ && refusal_->ends_connection);
  const uint64_t number = answers_.owe({.to_head = head.request.method == "HEAD",
                                        .may_chunk = !head.is_http_1_0,
                                        .keeps_alive = keeps_alive});
  if (!keeps_alive) reads_no_more_ = true;
  if (refusal_) {
    answers_.answer(number, std::move(*std::exchange(refusal_, std::nullopt)));
    return keeps_alive;
  }
  if (charge_ != nullptr) charge_->shrink_to(head.request.body.size());
  head.request.charge = std::exchange(charge_, nullptr);
  context_.handler.handle(std::move(head.request), Responder(weak_from_this(), number));
  return keeps_alive;
}

/// The server's own; nothing is read after it. False always, for those who go on else.
bool Connection::refuse(int status, const std::string& message) {
  const bool to_head = reader_.is_head_request();
  (void)std::exchange(charge_, nullptr);
  owes_invitation_ = false;
  reads_no_more_ = true;
  read_deadline_ = kNever;
  const uint64_t number = answers_.owe({.to_head = to_head, .keeps_alive = false});
  answers_.answer(number, context_.handler.refusal(status, message));
  reader_ = RequestReader(context_.limits.max_head_bytes);
  return false;
}

/// A client that has its answers coming may have ended its side and still read.
void Connection::on_end_of_input() {
  const bool is_owed = !answers_.is_empty() || reader_.is_in_request();
  if (is_owed || outbox_.is_empty()) return end();
  reads_no_more_ = true;
  is_last_out_ = true;
}

}  // namespace awps::http_server
