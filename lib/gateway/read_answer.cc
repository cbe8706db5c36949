#include "gateway/read_answer.h"

#include <algorithm>
#include <chrono>

namespace awps {

namespace {

constexpr std::string_view kNoAnswer = "Error.awpsd.ServiceUnreachable";

GatewayAnswer failed(const HttpResponse& response) {
  const std::string why = std::string(name_of(response.error)) + ": " + response.error_text;
  if (response.error == TransportError::kTimeout) {
    return error_answer(504, kNoAnswer, "the service did not answer this read in time: " + why);
  }
  return error_answer(502, kNoAnswer, "this read did not reach the service: " + why);
}

// The value of the member, quotes excluded; npos: there is none. A quote within a JSON string is
// escaped, so the text of the key with its quotes and its colon stands nowhere else.
struct Place {
  size_t begin = std::string::npos;
  size_t end = std::string::npos;
};
Place string_member(std::string_view json, std::string_view quoted_name) {
  for (size_t at = json.find(quoted_name); at != std::string_view::npos;
       at = json.find(quoted_name, at + 1)) {
    const size_t colon = json.find_first_not_of(" \t\r\n", at + quoted_name.size());
    if (colon == std::string_view::npos || json[colon] != ':') continue;
    const size_t quote = json.find_first_not_of(" \t\r\n", colon + 1);
    if (quote == std::string_view::npos || json[quote] != '"') continue;
    const size_t end = json.find('"', quote + 1);
    if (end != std::string_view::npos) return {.begin = quote + 1, .end = end};
  }
  return {};
}

}  // namespace

GatewayAnswer answer_of_read(Route route, const ReadThread::Done& done) {
  const HttpResponse& response = done.response;
  if (!done.token_error.empty()) {
    return error_answer(502, kNoAnswer,
                        "the gateway has no token for this read: " + done.token_error);
  }
  if (response.status == 0) return failed(response);
  // The caller's own token is good.
  if (done.was_own_refused) {
    return error_answer(502, kNoAnswer, "the service refused the gateway's own token (401)");
  }
  if (response.body.size() > kMaxReadBody) {
    return error_answer(502, "Error.awpsd.AnswerTooLarge",
                        "the service's answer has more than 8 MiB; ask for smaller pages");
  }
  GatewayAnswer answer{
      .status = response.status, .content_type = response.content_type, .body = response.body};
  if (route == Route::kListConnectionsInGroup) {
    answer.body = with_relative_next_link(std::move(answer.body));
  }
  if (!response.error_code.empty()) {
    answer.headers.emplace_back("x-ms-error-code", response.error_code);
  }
  return answer;
}

std::string with_relative_next_link(std::string body) {
  const Place link = string_member(body, "\"nextLink\"");
  if (link.begin == std::string::npos) return body;
  const size_t scheme_end = body.find("://", link.begin);
  if (scheme_end == std::string::npos || scheme_end > link.end) return body;
  const size_t path = body.find('/', scheme_end + 3);
  if (path == std::string::npos || path > link.end) return body;
  return body.erase(link.begin, path - link.begin);
}

GatewayAnswer paused_answer(std::string_view message, Duration left) {
  GatewayAnswer answer = busy_answer(message);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(left).count();
  const std::string text = std::to_string(std::clamp<int64_t>(seconds, 1, 300));
  for (auto& [name, value] : answer.headers) {
    if (name == "Retry-After") value = text;
  }
  return answer;
}

}  // namespace awps
