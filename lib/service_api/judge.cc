#include "service_api/judge.h"

#include <algorithm>
#include <string>

#include "service_api/answer_text.h"
#include "service_api/error_body.h"

namespace awps {

namespace {

bool equal_ignoring_case(char a, char b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return lower(a) == lower(b);
}

bool contains(std::string_view text, std::string_view word) {
  // Not std::ranges::search: clang 14 cannot compile the subrange of this standard library.
  return std::search(text.begin(), text.end(), word.begin(), word.end(), equal_ignoring_case) !=
         text.end();
}

bool equal(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, equal_ignoring_case);
}

// What stands in quotes came from the request: a filter that mentions a hub does not make the hub
// wrong.
std::string without_quotations(std::string_view text) {
  std::string rest;
  char quote = '\0';
  for (const char c : text) {
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '\'' || c == '"' || c == '`') {
      quote = c;
    } else {
      rest += c;
    }
  }
  return rest;
}

bool has_word(std::string_view text, std::string_view word) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  for (size_t i = 0; i + word.size() <= text.size(); ++i) {
    if (!equal(text.substr(i, word.size()), word)) continue;
    const bool begins = i == 0 || !is_letter(text[i - 1]);
    const size_t end = i + word.size();
    if (begins && (end == text.size() || !is_letter(text[end]))) return true;
  }
  return false;
}

// A 400 about what every request of ours carries: no action is to blame, all would fail.
bool names_our_settings(const HttpResponse& response) {
  const ErrorBody body = read_error_body(response.body);
  if (contains(error_code_of(response), "ApiVersion")) return true;
  if (!body.target.empty()) {
    return equal(body.target, "hub") || equal(body.target, "api-version") ||
           equal(body.target, "apiVersion");
  }
  const std::string message =
      without_quotations(body.message.empty() ? std::string_view(response.body) : body.message);
  return has_word(message, "api-version") || has_word(message, "api version") ||
         has_word(message, "hub");
}

Verdict verdict_of(VerdictKind kind, Blame blame) {
  Verdict verdict;
  verdict.kind = kind;
  verdict.blame = blame;
  return verdict;
}

bool is_about_the_filter(const HttpResponse& response) {
  const ErrorBody body = read_error_body(response.body);
  if (!body.target.empty()) return equal(body.target, "filter");
  return has_word(without_quotations(body.message), "filter");
}

ExceededBound exceeded_bound(const HttpResponse& response) {
  switch (response.status) {
    case 400:
      return is_about_the_filter(response) ? ExceededBound::kFilter : ExceededBound::kNone;
    case 413:
      return ExceededBound::kBody;
    case 414:
    case 431:
      return ExceededBound::kUrl;
    default:
      return ExceededBound::kNone;
  }
}

Verdict give_up_or_split(const HttpResponse& response, const JudgedOperation& operation) {
  Verdict verdict = verdict_of(VerdictKind::kGiveUp, Blame::kAction);
  verdict.splittable = operation.coalesced;
  if (operation.coalesced) verdict.exceeded = exceeded_bound(response);
  return verdict;
}

Verdict endpoint_at_fault(bool ambiguous) {
  Verdict verdict = verdict_of(VerdictKind::kEndpointAtFault, Blame::kEndpoint);
  verdict.ambiguous = ambiguous;
  return verdict;
}

Verdict retry_charged(bool ambiguous) {
  Verdict verdict = verdict_of(VerdictKind::kRetry, Blame::kAction);
  verdict.ambiguous = ambiguous;
  return verdict;
}

Verdict judge_no_answer(TransportError error, const JudgedOperation& operation) {
  if (error == TransportError::kConnect || error == TransportError::kNotSent) {
    return verdict_of(VerdictKind::kRetry, Blame::kEndpoint);
  }
  return retry_charged(operation.is_send);
}

Verdict judge_forbidden(const HttpResponse& response, const JudgedOperation& operation) {
  const bool by_role = error_code_of(response) == "Error.Forbidden";
  Verdict verdict =
      verdict_of(by_role ? VerdictKind::kForbidden : VerdictKind::kCredential, Blame::kEndpoint);
  verdict.splittable = operation.coalesced;
  return verdict;
}

Verdict judge_not_found(const HttpResponse& response, const JudgedOperation& operation) {
  const bool is_put = operation.method == HttpMethod::kPut;
  if (!is_put || !error_code_of(response).ends_with(".NotExisted")) return endpoint_at_fault(false);
  Verdict verdict = verdict_of(VerdictKind::kDone, Blame::kAction);
  verdict.target_gone = true;
  return verdict;
}

Verdict judge_client_error(const HttpResponse& response, const JudgedOperation& operation) {
  switch (response.status) {
    case 400:
      return names_our_settings(response) ? endpoint_at_fault(false)
                                          : give_up_or_split(response, operation);
    case 401:
      return verdict_of(VerdictKind::kCredential, Blame::kEndpoint);
    case 403:
      return judge_forbidden(response, operation);
    case 404:
      return judge_not_found(response, operation);
    case 408:
      return retry_charged(operation.is_send);
    case 425:
      return retry_charged(false);  // too early: a proxy fears a replay
    case 429: {
      Verdict verdict = verdict_of(VerdictKind::kRetry, Blame::kEndpoint);
      verdict.throttled = true;
      verdict.retry_after = response.retry_after;
      return verdict;
    }
    // What the service never answers, but a proxy or a wrong server does, whatever the action.
    case 402:
    case 405:
    case 407:
    case 421:
    case 426:
      return endpoint_at_fault(false);
    default:
      return give_up_or_split(response, operation);
  }
}

Verdict judge_server_error(const HttpResponse& response, const JudgedOperation& operation) {
  if (response.status != 503) return retry_charged(operation.is_send);
  Verdict verdict =
      verdict_of(VerdictKind::kRetry, response.retry_after ? Blame::kEndpoint : Blame::kAction);
  verdict.retry_after = response.retry_after;
  return verdict;
}

}  // namespace

Verdict judge(const HttpResponse& response, const JudgedOperation& operation) {
  const int status = response.status;
  if (status < 200)
    return judge_no_answer(response.error, operation);  // 1xx: the answer never came
  if (status < 300) {
    if (contains(response.content_type, "text/html")) return endpoint_at_fault(operation.is_send);
    return verdict_of(VerdictKind::kDone, Blame::kAction);
  }
  if (status < 400) return endpoint_at_fault(operation.is_send);
  if (status < 500) return judge_client_error(response, operation);
  if (status < 600) return judge_server_error(response, operation);
  return endpoint_at_fault(operation.is_send);
}

}  // namespace awps
