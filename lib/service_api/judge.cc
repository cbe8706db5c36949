#include "service_api/judge.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <vector>

#include "base/ascii.h"
#include "service_api/answer_text.h"
#include "service_api/error_body.h"

namespace awps {

namespace {

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

std::vector<std::string_view> words_of(std::string_view text) {
  const auto is_of_a_word = [](char c) { return is_alphanumeric(c) || c == '-'; };
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const auto begin = std::ranges::find_if(text, is_of_a_word);
    const auto end = std::find_if_not(begin, text.end(), is_of_a_word);
    if (begin != end) words.emplace_back(begin, end);
    text.remove_prefix(static_cast<size_t>(end - text.begin()));
  }
  return words;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(
      words, [word](std::string_view each) { return equal_ignoring_case(word, each); });
}

// "Invalid hub name", "The field hub must match …", "Unknown API version"; not "no such connection
// in this hub", which is about one connection.
bool calls_our_settings_wrong(std::string_view message) {
  const std::string text = without_quotations(message);
  const std::vector<std::string_view> words = words_of(text);
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view before = i == 0 ? "" : words[i - 1];
    const std::string_view after = i + 1 == words.size() ? "" : words[i + 1];
    if (equal_ignoring_case(words[i], "api-version")) return true;
    if (equal_ignoring_case(words[i], "api") && equal_ignoring_case(after, "version")) return true;
    if (!equal_ignoring_case(words[i], "hub")) continue;
    if (is_one_of(before, {"invalid", "field", "parameter"})) return true;
    if (is_one_of(after, {"name", "field", "parameter", "is", "must"})) return true;
  }
  return false;
}

/// A refusal, with what was read of its body.
struct Refusal {
  explicit Refusal(const HttpResponse& answer)
      : response(answer), body(read_error_body(answer.body)), code(error_code_of(answer)) {
    const std::string_view text = answer.body;
    const size_t begin = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
    const bool is_html = contains_ignoring_case(answer.content_type, "text/html") ||
                         (begin != std::string_view::npos && text[begin] == '<');
    is_services = !is_html && (!answer.error_code.empty() || body.is_services_shape);
  }

  const HttpResponse& response;
  ErrorBody body;
  std::string code;
  bool is_services = false;  // in its own words; else a proxy, or another server, may have spoken
};

// A 400 about what every request of ours carries: no action is to blame, all would fail.
bool names_our_settings(const Refusal& refusal) {
  const ErrorBody& body = refusal.body;
  if (contains_ignoring_case(refusal.code, "ApiVersion")) return true;
  if (!body.target.empty()) return is_in_every_request(body.target);
  return calls_our_settings_wrong(body.message.empty() ? std::string_view(refusal.response.body)
                                                       : body.message);
}

Verdict verdict_of(VerdictKind kind) {
  Verdict verdict;
  verdict.kind = kind;
  return verdict;
}

bool is_about_the_filter(const ErrorBody& body) {
  if (!body.target.empty()) return equal_ignoring_case(body.target, "filter");
  const std::string text = without_quotations(body.message);
  return std::ranges::any_of(
      words_of(text), [](std::string_view word) { return equal_ignoring_case(word, "filter"); });
}

ExceededBound exceeded_bound(const Refusal& refusal) {
  switch (refusal.response.status) {
    case 400:
      return is_about_the_filter(refusal.body) ? ExceededBound::kFilter : ExceededBound::kNone;
    case 413:
      return ExceededBound::kBody;
    case 414:
    case 431:
      return ExceededBound::kUrl;
    default:
      return ExceededBound::kNone;
  }
}

Verdict give_up_or_split(const Refusal& refusal, const JudgedOperation& operation) {
  Verdict verdict = verdict_of(VerdictKind::kGiveUp);
  verdict.splittable = operation.coalesced;
  if (operation.coalesced) verdict.exceeded = exceeded_bound(refusal);
  return verdict;
}

Verdict endpoint_at_fault(bool ambiguous) {
  Verdict verdict = verdict_of(VerdictKind::kEndpointAtFault);
  verdict.ambiguous = ambiguous;
  return verdict;
}

// A refusal that is not plainly the service's word on this action.
Verdict refused_by_somebody(const JudgedOperation& operation) {
  Verdict verdict = endpoint_at_fault(false);
  verdict.form_suspect = operation.coalesced;
  return verdict;
}

Verdict reached_but_failed(const JudgedOperation& operation, bool ambiguous) {
  Verdict verdict = verdict_of(VerdictKind::kRetry);
  verdict.ambiguous = ambiguous;
  verdict.form_suspect = operation.coalesced;
  return verdict;
}

Verdict judge_no_answer(TransportError error, const JudgedOperation& operation) {
  if (error == TransportError::kConnect || error == TransportError::kNotSent) {
    Verdict verdict = verdict_of(VerdictKind::kRetry);
    verdict.way_failed = true;
    return verdict;
  }
  Verdict verdict = reached_but_failed(operation, operation.is_send);
  if (error == TransportError::kInternal) verdict.form_suspect = false;  // it is our own fault
  return verdict;
}

Verdict judge_bad_request(const Refusal& refusal, const JudgedOperation& operation) {
  if (names_our_settings(refusal)) return endpoint_at_fault(false);
  return refusal.is_services ? give_up_or_split(refusal, operation)
                             : refused_by_somebody(operation);
}

Verdict judge_forbidden(const Refusal& refusal, const JudgedOperation& operation) {
  const bool by_role = refusal.code == "Error.Forbidden";
  Verdict verdict = verdict_of(by_role ? VerdictKind::kForbidden : VerdictKind::kCredential);
  verdict.splittable = operation.coalesced;
  return verdict;
}

// Whoever is not there needs no message, no membership and no end. A hub is no target of an action
// but a setting: to call all its messages done would lose them.
Verdict judge_not_found(const Refusal& refusal, const JudgedOperation& operation) {
  const bool says_so = refusal.is_services && refusal.code.ends_with(".NotExisted");
  if (!says_so) return refused_by_somebody(operation);
  if (refusal.code.ends_with("Hub.NotExisted")) return endpoint_at_fault(false);
  // Of several targets it does not say which one: each is asked for alone.
  if (operation.coalesced) return give_up_or_split(refusal, operation);
  Verdict verdict = verdict_of(VerdictKind::kDone);
  verdict.target_gone = true;
  return verdict;
}

// More than 0: what asks for no pause is as if it had not asked.
std::optional<Duration> pause_of(const HttpResponse& response) {
  const bool is_pause = response.retry_after && *response.retry_after > Duration::zero();
  return is_pause ? response.retry_after : std::nullopt;
}

Verdict judge_throttled(const HttpResponse& response) {
  Verdict verdict = verdict_of(VerdictKind::kRetry);
  verdict.throttled = true;
  verdict.retry_after = pause_of(response);
  return verdict;
}

Verdict judge_client_error(const HttpResponse& response, const JudgedOperation& operation) {
  const Refusal refusal(response);
  switch (response.status) {
    case 400:
      return judge_bad_request(refusal, operation);
    case 401:
      return verdict_of(VerdictKind::kCredential);
    case 403:
      return judge_forbidden(refusal, operation);
    case 404:
      return judge_not_found(refusal, operation);
    case 407: {
      Verdict verdict = endpoint_at_fault(false);
      verdict.way_failed = true;  // only a proxy says it
      return verdict;
    }
    case 408:
      return reached_but_failed(operation, operation.is_send);
    case 413:
    case 414:
    case 431:  // too much for the front end, which has no words of the service's
      if (operation.coalesced) return give_up_or_split(refusal, operation);
      [[fallthrough]];
    case 409:
    case 415:
      return refusal.is_services ? give_up_or_split(refusal, operation)
                                 : refused_by_somebody(operation);
    case 425:
      return reached_but_failed(operation, false);  // too early: a proxy fears a replay
    case 429:
      return judge_throttled(response);
    default:  // what the service never answers, but a proxy or a wrong server does
      return refused_by_somebody(operation);
  }
}

Verdict judge_server_error(const HttpResponse& response, const JudgedOperation& operation) {
  if (response.status != 503) return reached_but_failed(operation, operation.is_send);
  const std::optional<Duration> pause = pause_of(response);
  if (!pause) return reached_but_failed(operation, false);
  Verdict verdict = verdict_of(VerdictKind::kRetry);
  verdict.retry_after = pause;
  return verdict;
}

}  // namespace

Verdict judge(const HttpResponse& response, const JudgedOperation& operation) {
  const int status = response.status;
  if (status < 200)
    return judge_no_answer(response.error, operation);  // 1xx: the answer never came
  if (status < 300) {
    if (contains_ignoring_case(response.content_type, "text/html"))
      return endpoint_at_fault(operation.is_send);
    return verdict_of(VerdictKind::kDone);
  }
  if (status < 400) return endpoint_at_fault(operation.is_send);
  if (status < 500) return judge_client_error(response, operation);
  if (status < 600) return judge_server_error(response, operation);
  return endpoint_at_fault(operation.is_send);
}

Health judge_health(const HttpResponse& response) {
  if (response.status < 200) return Health::kNoAnswer;
  const bool is_good =
      response.status < 300 && !contains_ignoring_case(response.content_type, "text/html");
  return is_good ? Health::kGood : Health::kBadAnswer;
}

}  // namespace awps
