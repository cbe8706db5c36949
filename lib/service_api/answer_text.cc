#include "service_api/answer_text.h"

#include <chrono>
#include <string_view>

#include "service_api/error_body.h"
#include "service_api/foreign_text.h"

namespace awps {

namespace {

constexpr size_t kMaxTextBytes = 2048;
constexpr size_t kMaxCodeBytes = 128;
constexpr Duration kHarmlessSkew = std::chrono::minutes(2);  // the service allows five
constexpr std::string_view kNotTheService =
    "this is not the service's address: see the endpoint and its path";

std::string_view words_for(TransportError error) {
  switch (error) {
    case TransportError::kNone:
      return "no answer";
    case TransportError::kConnect:
      return "no connection to the service";
    case TransportError::kNotSent:
      return "the connection was lost before the request was written";
    case TransportError::kBroken:
      return "the connection was lost before the answer";
    case TransportError::kTimeout:
      return "no answer in time";
    case TransportError::kInternal:
      return "the request could not be carried out here";
  }
  return "";
}

std::string_view remedy_for_transport(std::string_view text) {
  for (const std::string_view word : {"certificate", "SSL", "TLS"}) {
    if (text.find(word) == std::string_view::npos) continue;
    return " (service.ca_file names other certificates to trust; a service's certificate must bear "
           "the host's name and be in date)";
  }
  return "";
}

std::string_view remedy_for_bad_request(const ErrorBody& body) {
  const std::string_view message = body.message;
  if (body.target == "targetName" || message.find("targetName") != std::string_view::npos) {
    return "the service requires a targetName with every permission: name the group";
  }
  if (body.target == "filter") return "see the filter's syntax in the service's documentation";
  if (is_in_every_request(body.target)) {
    return "every request carries this: check the hub's name and service.api_version";
  }
  return body.is_services_shape ? "" : kNotTheService;
}

// A clock that is minutes off makes tokens invalid; one that is right need not be looked at.
std::string remedy_for_credential(const HttpResponse& response, std::string_view remedy) {
  std::string text(remedy);
  if (!response.clock_skew) {
    return response.status == 401 ? text + " and this machine's clock" : text;
  }
  const Duration skew = *response.clock_skew;
  const Duration size = skew < Duration::zero() ? -skew : skew;
  if (size <= kHarmlessSkew) return text;
  text += "; this machine's clock is ";
  if (size < std::chrono::hours(2)) {
    text += std::to_string(std::chrono::round<std::chrono::minutes>(size).count()) + " min";
  } else if (size < std::chrono::hours(48)) {
    text += std::to_string(std::chrono::round<std::chrono::hours>(size).count()) + " h";
  } else {
    text += std::to_string(std::chrono::round<std::chrono::days>(size).count()) + " days";
  }
  text += skew > Duration::zero() ? " behind" : " ahead of";
  return text + " the service's: check NTP";
}

std::string remedy_for(const HttpResponse& response, const ErrorBody& body, std::string_view code) {
  switch (response.status) {
    case 400:
      return std::string(remedy_for_bad_request(body));
    case 401:
      return remedy_for_credential(response,
                                   "the access key or identity is rejected: check the connection");
    case 403:
      return remedy_for_credential(
          response, code == "Error.Forbidden"
                        ? "the identity lacks a role: assign Web PubSub Service Owner"
                        : "check the service's network rules and whether it allows access keys");
    case 404:
    case 405:
      if (code.ends_with(".NotExisted")) return "";
      return std::string(kNotTheService);
    case 407:
      return "the proxy requires a credential: check service.proxy and its proxy_credentials";
    case 409:
    case 429:
      return "";
    case 413:
      return "the service takes messages of at most 1 MiB";
    case 414:
    case 431:
      return "the request's names, excluded connections or filter are too long";
    default:
      break;
  }
  const bool is_refusal = response.status >= 300 && response.status < 500;
  return is_refusal && !body.is_services_shape ? std::string(kNotTheService) : "";
}

// What the service, or who stood in its place, said in the body and in the header.
std::string words_of(const HttpResponse& response, const ErrorBody& body) {
  std::string words = body.message.empty() ? response.body : body.message;
  std::string more;
  if (response.status == 401 || response.status == 403) {
    more = challenge_words(response.www_authenticate);
  }
  if (response.status >= 300 && response.status < 400 && !response.location.empty()) {
    more = "it points to '" + plain_location(response.location) + "'";
  }
  if (more.empty()) return without_tokens(words);
  // First, so that a long body does not crowd it out.
  return without_tokens(words.empty() ? more : more + "; " + words);
}

std::string describe_no_answer(const HttpResponse& response) {
  std::string text(words_for(response.error));
  if (response.error_text.empty()) return text;
  text += ": ";
  const std::string_view remedy = remedy_for_transport(response.error_text);
  append_readable(text, response.error_text, kMaxTextBytes - remedy.size());
  text += remedy;
  return text;
}

}  // namespace

std::string error_code_of(const HttpResponse& response) {
  if (!response.error_code.empty()) return response.error_code;
  return read_error_body(response.body).code;
}

std::string describe(const HttpResponse& response) {
  if (response.status == 0) return describe_no_answer(response);
  const ErrorBody body = read_error_body(response.body);
  const std::string code = error_code_of(response);
  std::string text = "HTTP " + std::to_string(response.status);
  if (!code.empty()) {
    text += ' ';
    append_readable(text, without_tokens(code), text.size() + kMaxCodeBytes);
  }
  const std::string remedy = remedy_for(response, body, code);
  const std::string said = words_of(response, body);
  const size_t reserved = remedy.empty() ? 0 : remedy.size() + 3;
  if (!said.empty()) {
    text += ": ";
    append_readable(text, said, kMaxTextBytes - reserved);
  }
  if (!remedy.empty()) {
    text += " (";
    text += remedy;
    text += ')';
  }
  return text;
}

std::string readable_body(const HttpResponse& response) {
  std::string text;
  append_readable(text, without_tokens(response.body), kMaxTextBytes);
  return text;
}

}  // namespace awps
