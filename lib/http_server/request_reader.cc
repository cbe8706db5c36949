#include "http_server/request_reader.h"

#include <algorithm>
#include <utility>

namespace awps::http_server {

using Event = RequestReader::Event;

namespace {

constexpr std::string_view kHeadMethod = "HEAD ";

}  // namespace

Event RequestReader::read(std::string_view& bytes) {
  switch (place_) {
    case Place::kHead:
      return read_head(bytes);
    case Place::kBody:
      return head_.is_chunked ? read_chunks(bytes) : read_body(bytes);
    case Place::kWhole:
      return Event::kRequest;
    case Place::kRefused:
      break;
  }
  return Event::kRefused;
}

RequestHead RequestReader::take() {
  RequestHead whole = std::exchange(head_, {});
  place_ = Place::kHead;
  max_body_bytes_ = kUsualBody;
  keeps_body_ = true;
  body_size_ = 0;
  chunks_ = {};
  return whole;
}

size_t RequestReader::most_body_bytes() const {
  if (place_ != Place::kBody || !keeps_body_) return 0;
  if (head_.is_chunked) return max_body_bytes_;
  return head_.body_bytes > max_body_bytes_ ? 0 : static_cast<size_t>(head_.body_bytes);
}

Event RequestReader::read_head(std::string_view& bytes) {
  size_t taken = 0;
  while (taken < bytes.size()) {
    if (raw_.size() == max_head_bytes_) {
      return refuse({431, "the request's head has more than " + std::to_string(max_head_bytes_) +
                              " bytes; send less"});
    }
    const bool is_whole = take_head_byte(bytes[taken++]);
    if (refusal_) return Event::kRefused;
    if (!is_whole) continue;
    bytes.remove_prefix(taken);
    return parse_head();
  }
  bytes.remove_prefix(taken);
  return Event::kNothing;
}

/// True: it was the last one.
bool RequestReader::take_head_byte(char c) {
  if (raw_.empty() && !is_token_byte(c)) {
    (void)refuse({400, "this is no HTTP/1.1 request: it does not begin with a method"});
    return false;
  }
  if (raw_.ends_with('\r') != (c == '\n')) {
    (void)refuse({400, "this is no HTTP/1.1 request: a line of its head does not end with CR LF"});
    return false;
  }
  raw_ += c;
  if (c != '\n') {
    if (c != '\r') ++line_bytes_;
    return false;
  }
  return std::exchange(line_bytes_, 0) == 0;
}

Event RequestReader::parse_head() {
  is_head_request_ = raw_.starts_with(kHeadMethod);
  Result<RequestHead, RequestRefusal> head = parse_raw_head(raw_);
  std::string().swap(raw_);
  if (!head) return refuse(std::move(head).error());
  head_ = std::move(head).value();
  place_ = Place::kBody;
  return Event::kHead;
}

Event RequestReader::read_body(std::string_view& bytes) {
  if (head_.body_bytes > max_body_bytes_) return refuse_body();
  const auto size =
      static_cast<size_t>(std::min<uint64_t>(head_.body_bytes - body_size_, bytes.size()));
  keep(bytes.substr(0, size));
  bytes.remove_prefix(size);
  if (body_size_ < head_.body_bytes) return Event::kNothing;
  place_ = Place::kWhole;
  return Event::kRequest;
}

Event RequestReader::read_chunks(std::string_view& bytes) {
  while (!bytes.empty()) {
    const Chunks::Step step = chunks_.take(bytes);
    if (chunks_.refusal()) return refuse(*chunks_.refusal());
    keep(step.data);
    bytes.remove_prefix(step.taken);
    if (chunks_.is_in_data() && chunks_.left_of_chunk() > max_body_bytes_ - body_size_) {
      return refuse_body();
    }
    if (!chunks_.is_done()) continue;
    place_ = Place::kWhole;
    return Event::kRequest;
  }
  return Event::kNothing;
}

void RequestReader::keep(std::string_view data) {
  body_size_ += data.size();
  if (!keeps_body_ || data.empty()) return;
  std::string& body = head_.request.body;
  if (body.capacity() - body.size() < data.size()) {
    // Twice what it has, but not more than there will be.
    const size_t needed = body.size() + data.size();
    const uint64_t most = head_.is_chunked ? max_body_bytes_ : head_.body_bytes;
    body.reserve(static_cast<size_t>(
        std::max<uint64_t>(needed, std::min<uint64_t>(2 * body.capacity(), most))));
  }
  body += data;
}

Event RequestReader::refuse_body() {
  return refuse({413, "the request's body has more than " + std::to_string(max_body_bytes_) +
                          " bytes; send it in several requests"});
}

Event RequestReader::refuse(RequestRefusal refusal) {
  place_ = Place::kRefused;
  refusal_ = std::move(refusal);
  is_head_request_ |= raw_.starts_with(kHeadMethod);
  std::string().swap(raw_);
  std::string().swap(head_.request.body);
  return Event::kRefused;
}

}  // namespace awps::http_server
