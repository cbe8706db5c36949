#include "gateway/answers.h"

#include "base/check.h"
#include "base/json_text.h"

namespace awps {

namespace {

constexpr std::string_view kOutcomeHeader = "x-awpsd-outcome";
constexpr std::string_view kErrorCodeHeader = "x-ms-error-code";
constexpr std::string_view kJsonType = "application/json; charset=utf-8";

void add_header(GatewayAnswer& answer, std::string_view name, std::string_view value) {
  answer.headers.emplace_back(name, value);
}

// An error may come from the service's own text: no header may end early.
std::string header_text(std::string_view text) {
  std::string value(text);
  for (char& c : value) c = c >= ' ' && c < '\x7f' ? c : '?';
  return value;
}

GatewayAnswer success(Route route, std::string_view outcome) {
  GatewayAnswer answer{.status = success_status(route), .is_accepted = true};
  if (!outcome.empty()) add_header(answer, kOutcomeHeader, outcome);
  return answer;
}

GatewayAnswer accepted_error(int status, std::string_view code, std::string_view message) {
  GatewayAnswer answer = error_answer(status, code, message);
  answer.is_accepted = true;
  return answer;
}

/// What the service said. Retry-After is not among it.
GatewayAnswer services(const ServiceAnswer& from) {
  GatewayAnswer answer{.status = from.status,
                       .content_type = from.body.empty() ? std::string() : from.content_type,
                       .body = from.body,
                       .is_accepted = true};
  if (!from.body.empty() && answer.content_type.empty()) answer.content_type = kJsonType;
  if (!from.error_code.empty()) {
    add_header(answer, kErrorCodeHeader, header_text(from.error_code));
  }
  return answer;
}

GatewayAnswer delivered(Route route, const Outcome& outcome) {
  if (!outcome.target_gone) return success(route, "");
  if (outcome.answer != nullptr && outcome.answer->status == 404) return services(*outcome.answer);
  return accepted_error(404, "Error.awpsd.TargetGone",
                        "the service knows no such user or connection");
}

// Would an SDK send it again, or take it for an answer of another kind?
bool is_final(int status) {
  return status >= 400 && status < 500 && status != 408 && status != 429;
}

GatewayAnswer dead_lettered(const Outcome& outcome) {
  const bool is_refused = outcome.error_code == "refused";
  if (is_refused && is_final(outcome.http_status)) {
    if (outcome.answer != nullptr && outcome.answer->status == outcome.http_status) {
      return services(*outcome.answer);
    }
    return accepted_error(outcome.http_status, "Error.awpsd.Refused", outcome.error_message);
  }
  std::string message = "awpsd gave it up (" + outcome.error_code + "): " + outcome.error_message +
                        "; an operator can send it again";
  return accepted_error(409, "Error.awpsd.NotDelivered", message);
}

GatewayAnswer abandoned(Route route, const Outcome& outcome) {
  if (outcome.error_code == code_of(Kept::kNowhere)) return stopping_answer(outcome.error_message);
  return accepted_answer(route);
}

GatewayAnswer with_retry_after(GatewayAnswer answer) {
  add_header(answer, "Retry-After", "1");
  return answer;
}

}  // namespace

http_server::Reply reply_of(const GatewayAnswer& answer) {
  http_server::Reply reply{.status = answer.status,
                           .content_type = answer.content_type,
                           .body = answer.body,
                           .headers = answer.headers};
  reply.ends_connection = answer.ends_connection;
  return reply;
}

int success_status(Route route) {
  AWPS_CHECK(is_write(route));
  if (is_send(route)) return 202;
  switch (route) {
    case Route::kAddUserToGroup:
    case Route::kAddConnectionToGroup:
    case Route::kGrantPermission:
    case Route::kAddConnectionsToGroups:
    case Route::kRemoveConnectionsFromGroups:
      return 200;
    default:
      return 204;
  }
}

GatewayAnswer answer_of(Route route, const Outcome& outcome) {
  switch (outcome.kind) {
    case OutcomeKind::kDelivered:
      return delivered(route, outcome);
    case OutcomeKind::kSuperseded:
    case OutcomeKind::kExpired:
    case OutcomeKind::kDuplicate:
      return success(route, name_of(outcome.kind));
    case OutcomeKind::kDeadLettered:
      return dead_lettered(outcome);
    case OutcomeKind::kReturned:  // of streams alone: no client is told
    case OutcomeKind::kAbandoned:
      return abandoned(route, outcome);
  }
  AWPS_CHECK(false);
  return {};
}

GatewayAnswer accepted_answer(Route route) {
  return success(route, "accepted");
}

GatewayAnswer refused_answer(RejectCode code, std::string_view message) {
  switch (code) {
    case RejectCode::kInvalidJson:
    case RejectCode::kInvalidAction:
    case RejectCode::kLineTooLong:
      return error_answer(400, kBadRequestCode, message);
    case RejectCode::kMessageTooLarge:
      return error_answer(413, "Error.awpsd.MessageTooLarge", message);
    case RejectCode::kUnknownHub:
      return error_answer(404, "Error.awpsd.UnknownHub", message);
    case RejectCode::kForbidden:
      return error_answer(403, "Error.Forbidden", message);
    case RejectCode::kQueueFull:
      return busy_answer(message);
    case RejectCode::kStorageFailed:
      return with_retry_after(error_answer(503, "Error.awpsd.StorageFailed", message));
    case RejectCode::kShuttingDown:
      return stopping_answer(message);
  }
  AWPS_CHECK(false);
  return {};
}

GatewayAnswer busy_answer(std::string_view message) {
  return with_retry_after(error_answer(503, "Error.awpsd.Busy", message));
}

GatewayAnswer stopping_answer(std::string_view message) {
  GatewayAnswer answer = error_answer(503, "Error.awpsd.ShuttingDown", message);
  answer.ends_connection = true;
  return answer;
}

GatewayAnswer refused_answer(const HttpRefusal& refusal) {
  GatewayAnswer answer = error_answer(refusal.status, refusal.code, refusal.message);
  if (!refusal.allow.empty()) add_header(answer, "Allow", refusal.allow);
  return answer;
}

GatewayAnswer unauthorized_answer(const BearerFault& fault) {
  GatewayAnswer answer{.status = 401};
  std::string challenge = "Bearer";
  if (!fault.description.empty()) {
    challenge += R"( error="invalid_token", error_description=")" + fault.description + '"';
  }
  add_header(answer, "WWW-Authenticate", challenge);
  return answer;
}

GatewayAnswer error_answer(int status, std::string_view code, std::string_view message) {
  GatewayAnswer answer{.status = status, .content_type = std::string(kJsonType)};
  answer.body = R"({"code":)";
  append_json_string(answer.body, code);
  answer.body += R"(,"message":)";
  append_json_string(answer.body, message);
  answer.body += R"(,"target":null,"details":null,"innererror":null})";
  add_header(answer, kErrorCodeHeader, code);
  return answer;
}

}  // namespace awps
