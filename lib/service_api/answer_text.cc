#include "service_api/answer_text.h"

#include <cstdint>
#include <string_view>

#include "service_api/error_body.h"

namespace awps {

namespace {

constexpr size_t kMaxTextBytes = 2048;
constexpr size_t kMaxCodeBytes = 128;
constexpr std::string_view kCut = "…";

// Length of the valid UTF-8 sequence at the front of `text`; 0: there is none.
size_t sequence_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return 0;
  }
  const uint8_t second = byte(1);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool outside = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
  return overlong || outside ? 0 : length;
}

// Appends what is readable of foreign text, up to `limit` bytes in all.
void append_readable(std::string& out, std::string_view text, size_t limit) {
  while (!text.empty()) {
    const size_t length = sequence_length(text);
    const std::string_view piece = length == 0 ? "?" : text.substr(0, length);
    if (out.size() + piece.size() > limit - kCut.size()) {
      out += kCut;
      return;
    }
    const bool is_control =
        length == 1 && (static_cast<uint8_t>(text[0]) < 0x20 || text[0] == 0x7f);
    out += is_control ? " " : piece;
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

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
  return "";
}

std::string_view remedy_for(const HttpResponse& response, const ErrorBody& body,
                            std::string_view code) {
  switch (response.status) {
    case 400:
      return remedy_for_bad_request(body);
    case 401:
      return "the access key or identity is not taken: see the connection and this machine's clock";
    case 403:
      if (code == "Error.Forbidden")
        return "the identity lacks a role: assign Web PubSub Service Owner";
      return "see the service's network access and whether it takes access keys";
    case 404:
    case 405:
      if (code.ends_with(".NotExisted")) return "";
      return "this is not the service's address: see the endpoint and its path";
    case 413:
      return "the service takes messages of at most 1 MiB";
    case 414:
    case 431:
      return "the request's names, excluded connections or filter are too long";
    default:
      return "";
  }
}

}  // namespace

std::string error_code_of(const HttpResponse& response) {
  if (!response.error_code.empty()) return response.error_code;
  return read_error_body(response.body).code;
}

std::string describe(const HttpResponse& response) {
  std::string text;
  if (response.status == 0) {
    text = words_for(response.error);
    if (response.error_text.empty()) return text;
    text += ": ";
    const std::string_view remedy = remedy_for_transport(response.error_text);
    append_readable(text, response.error_text, kMaxTextBytes - remedy.size());
    text += remedy;
    return text;
  }
  const ErrorBody body = read_error_body(response.body);
  const std::string code = error_code_of(response);
  text = "HTTP " + std::to_string(response.status);
  if (!code.empty()) {
    text += ' ';
    append_readable(text, code, text.size() + kMaxCodeBytes);
  }
  const std::string_view remedy = remedy_for(response, body, code);
  const std::string_view said =
      body.message.empty() ? std::string_view(response.body) : body.message;
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
  append_readable(text, response.body, kMaxTextBytes);
  return text;
}

}  // namespace awps
