#include "emulator/http_head.h"

#include <algorithm>

#include "emulator/text.h"

namespace awps::emulator {

namespace {

constexpr std::string_view kMetadataPrefix = "x-webpubsub-metadata-";

bool lists_token(std::string_view value, std::string_view token) {
  return std::ranges::any_of(split(value, ','), [&](std::string_view item) {
    return equal_ignoring_case(trimmed(item), token);
  });
}

bool is_token_char(char c) {
  return is_letter(c) || is_digit(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool take_content_length(std::string_view value, RequestHead& head) {
  const auto length = parse_decimal(value);
  if (!length || (head.content_length && *head.content_length != static_cast<size_t>(*length))) {
    return false;
  }
  head.content_length = static_cast<size_t>(*length);
  return true;
}

void take_connection(std::string_view value, RequestHead& head) {
  if (lists_token(value, "close")) head.keep_alive = false;
}

/// False for a field that makes the request malformed. The switch on the length spares most
/// compares.
bool take_field(std::string_view name, std::string_view value, RequestHead& head) {
  const auto is = [name](std::string_view other) { return equal_ignoring_case(name, other); };
  switch (name.size()) {
    case 4:
      if (is("host")) head.host = value;
      return true;
    case 6:
      if (is("expect")) head.expects_continue = equal_ignoring_case(value, "100-continue");
      return true;
    case 7:
      if (is("upgrade")) head.upgrades_to_websocket = equal_ignoring_case(value, "websocket");
      return true;
    case 10:
      if (is("connection")) take_connection(value, head);
      return true;
    case 12:
      if (is("content-type")) head.content_type = value, head.has_content_type = true;
      return true;
    case 13:
      if (is("authorization")) head.authorization = value;
      return true;
    case 14:
      return !is("content-length") || take_content_length(value, head);
    case 17:
      if (is("transfer-encoding")) head.chunked = true;
      if (is("sec-websocket-key")) head.websocket_key = value;
      return true;
    default:
      break;
  }
  if (is("x-ms-client-request-id")) head.client_request_id = value;
  if (is("sec-websocket-version")) head.websocket_version = value;
  if (is("sec-websocket-protocol")) head.websocket_protocols = value;
  if (starts_ignoring_case(name, kMetadataPrefix)) {
    head.metadata.emplace_back(name.substr(kMetadataPrefix.size()), value);
  }
  return true;
}

bool take_request_line(std::string_view line, RequestHead& head) {
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == 0 || first == std::string_view::npos || last <= first + 1) return false;
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return false;
  if (version == "HTTP/1.0") head.keep_alive = false;
  return std::ranges::all_of(head.method, is_token_char) &&
         head.target.find_first_of(" \t#") == std::string_view::npos;
}

bool take_header_line(std::string_view line, RequestHead& head) {
  const size_t colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos) return false;
  const auto name = line.substr(0, colon);
  return std::ranges::all_of(name, is_token_char) &&
         take_field(name, trimmed(line.substr(colon + 1)), head);
}

void clear(RequestHead& head) {
  auto metadata = std::move(head.metadata);
  metadata.clear();
  head = RequestHead{};
  head.metadata = std::move(metadata);
}

}  // namespace

HeadState parse_head(std::string_view text, RequestHead& head) {
  clear(head);
  const size_t end = text.substr(0, kMaxHeadBytes + 4).find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (text.size() <= kMaxHeadBytes) return HeadState::kIncomplete;
    const bool in_first_line = text.substr(0, kMaxHeadBytes).find("\r\n") == std::string_view::npos;
    return in_first_line ? HeadState::kTargetTooLong : HeadState::kHeadersTooLarge;
  }
  head.size = end + 4;
  std::string_view rest = text.substr(0, end + 2);
  size_t line_end = rest.find("\r\n");
  if (!take_request_line(rest.substr(0, line_end), head)) return HeadState::kMalformed;
  rest.remove_prefix(line_end + 2);
  head.fields = rest;
  while (!rest.empty()) {
    line_end = rest.find("\r\n");
    if (!take_header_line(rest.substr(0, line_end), head)) return HeadState::kMalformed;
    rest.remove_prefix(line_end + 2);
  }
  if (head.chunked && head.content_length) return HeadState::kMalformed;
  return head.target.size() > kMaxTargetBytes ? HeadState::kTargetTooLong : HeadState::kComplete;
}

std::optional<std::string_view> find_field(std::string_view fields, std::string_view name) {
  while (!fields.empty()) {
    const size_t end = fields.find("\r\n");
    const auto line = fields.substr(0, end);
    const size_t colon = line.find(':');
    if (colon != std::string_view::npos && equal_ignoring_case(line.substr(0, colon), name)) {
      return trimmed(line.substr(colon + 1));
    }
    fields = end == std::string_view::npos ? std::string_view() : fields.substr(end + 2);
  }
  return std::nullopt;
}

}  // namespace awps::emulator
