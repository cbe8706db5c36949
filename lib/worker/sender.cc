#include "worker/sender.h"

#include <algorithm>
#include <memory>

#include "base/check.h"
#include "service_api/answer_text.h"
#include "service_api/judge.h"

namespace awps {

namespace {

// The answer ends the operation, and is no success.
bool is_refusing(const AttemptEnd& end) {
  const bool is_end = end.verdict.kind == VerdictKind::kGiveUp || end.verdict.target_gone;
  return is_end && end.http_status >= 400 && end.http_status < 500;
}

bool wants_answer(const Operation& operation) {
  return std::any_of(operation.members.begin(), operation.members.end(), [](const Member& member) {
    return member.entry->batch->account().wants_answers;
  });
}

std::shared_ptr<const ServiceAnswer> service_answer_of(const HttpResponse& response) {
  // The transport keeps no more: one of that length may be cut.
  const bool is_whole = response.body.size() < kMaxServiceAnswerBytes;
  return std::make_shared<const ServiceAnswer>(
      ServiceAnswer{.status = static_cast<uint16_t>(response.status),
                    .content_type = response.content_type,
                    .error_code = response.error_code,
                    .body = is_whole ? response.body : std::string()});
}

}  // namespace

Sender::Sender(const Options& options, HttpTransport& transport, TokenSource& tokens, uint64_t seed)
    : options_(options),
      builder_(options.endpoint_url, options.hub, options.api_version),
      transport_(transport),
      tokens_(tokens),
      random_(seed) {}

Result<void> Sender::start(Operation& operation, WallTime now) {
  if (free_.empty()) {
    free_.push_back(flights_.size());
    flights_.emplace_back();
  }
  const uint64_t tag = free_.back();
  Flight& flight = flights_[tag];
  writer_.write(builder_, operation, flight.request);
  const Result<std::string_view> token = tokens_.token(flight.request.audience(), now);
  if (!token) return token.error();
  free_.pop_back();
  flight.operation = &operation;
  flight.token = *token;
  flight.token_generation = tokens_.generation();
  write_request_id(flight.request_id);
  transport_.start(tag, {.method = flight.request.method,
                         .url = flight.request.url,
                         .content_type = flight.request.content_type,
                         .body = flight.request.body,
                         .bearer_token = flight.token,
                         .client_request_id = {flight.request_id.data(), kRequestIdSize},
                         .timeout = options_.timeout,
                         .fresh_connection = operation.last.needs_fresh_connection});
  return {};
}

void Sender::start_health() {
  builder_.build_health(health_);
  transport_.start(kHealthTag, health_request(health_));
}

Sender::Ended Sender::finish(const Completion& completion) {
  AWPS_CHECK(completion.tag < flights_.size());
  Flight& flight = flights_[completion.tag];
  AWPS_CHECK(flight.operation != nullptr);
  const Operation& operation = *flight.operation;
  const HttpResponse& response = completion.response;
  Ended ended{.operation = flight.operation,
              .end = {.verdict = judge(response, {.is_send = is_send(operation),
                                                  .coalesced = operation.members.size() > 1}),
                      .http_status = response.status},
              .url = flight.request.url,
              .request_id = {flight.request_id.data(), kRequestIdSize}};
  follow_up_on_credential(ended.end.verdict, flight, response.status);
  if (ended.end.verdict.kind != VerdictKind::kDone) {
    ended.end.description = describe(response);
    // What is tried again may wait long, and keeps less.
    if (ended.end.verdict.kind == VerdictKind::kGiveUp) ended.end.body = readable_body(response);
  }
  if (is_refusing(ended.end) && wants_answer(*ended.operation)) {
    ended.end.answer = service_answer_of(response);
  }
  flight.operation = nullptr;
  free_.push_back(completion.tag);
  return ended;
}

void Sender::follow_up_on_credential(Verdict& verdict, const Flight& flight, int status) {
  if (verdict.kind == VerdictKind::kDone) {
    tokens_.accepted(flight.token_generation);
  } else if (verdict.kind == VerdictKind::kCredential && status == 401 &&
             tokens_.refused(flight.token_generation)) {
    verdict.kind = VerdictKind::kRetry;
  }
}

// A random UUID (RFC 9562, version 4).
void Sender::write_request_id(std::array<char, kRequestIdSize>& id) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  uint64_t bits = 0;
  for (size_t i = 0, digit = 0; i < id.size(); ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      id[i] = '-';
      continue;
    }
    if (digit++ % 16 == 0) bits = random_.next();
    id[i] = kHex[bits & 15U];
    bits >>= 4U;
  }
  id[14] = '4';
  id[19] = kHex[8U | (random_.next() & 3U)];
}

}  // namespace awps
