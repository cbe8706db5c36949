#include "http_server/raw_head.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/ascii.h"

namespace awps::http_server {

namespace {

using Fault = Result<void, RequestRefusal>;

RequestRefusal bad(const std::string& what) {
  return {400, "this is no HTTP/1.1 request that is served here: " + what};
}

std::string_view take_line(std::string_view& bytes) {
  const size_t end = std::min(bytes.find("\r\n"), bytes.size());
  const std::string_view line = bytes.substr(0, end);
  bytes.remove_prefix(std::min(end + 2, bytes.size()));
  return line;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_token_byte);
}

/// Of a header's value: everything but control characters; a tab is none.
bool is_value_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

bool is_visible_ascii(char c) {
  return c > 0x20 && c < 0x7f;
}

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

Fault read_request_line(std::string_view line, RequestHead& head) {
  const size_t first = line.find(' ');
  const size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos || !is_token(line.substr(0, first))) {
    return bad("its first line is not 'METHOD /path HTTP/1.1'");
  }
  const std::string_view target = line.substr(first + 1, second - first - 1);
  const std::string_view version = line.substr(second + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return bad("its version is another one");
  if (!target.starts_with('/')) {
    return bad("its target does not start with '/'; a proxy is not here");
  }
  if (!std::ranges::all_of(target, is_visible_ascii)) {
    return bad("its target has bytes that must be written with '%'");
  }
  head.is_http_1_0 = version == "HTTP/1.0";
  head.request.method = line.substr(0, first);
  head.request.target = target;
  if (head.request.method == "CONNECT") return bad("CONNECT is for proxies");
  return {};
}

Fault read_header(std::string_view line, Request& request) {
  if (line.starts_with(' ') || line.starts_with('\t')) {
    return bad("a header goes on in a second line; write it in one");
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return bad("a line of its head has no ':'");
  const std::string_view name = line.substr(0, colon);
  if (!is_token(name)) {
    return bad("the name of a header has a blank or another byte that none may have");
  }
  const std::string_view value = without_blanks(line.substr(colon + 1));
  if (!std::ranges::all_of(value, is_value_byte)) {
    return bad("the header '" + std::string(name) + "' has a control character");
  }
  if (must_stand_once(name) && request.header(name)) {
    return RequestRefusal{400,
                          "the header '" + std::string(name) + "' appears twice; send it once"};
  }
  if (request.headers.size() == kMaxHeaders) {
    return RequestRefusal{
        431, "the request has more than " + std::to_string(kMaxHeaders) + " headers; send less"};
  }
  request.headers.emplace_back(name, value);
  return {};
}

/// Whether a list of words, in one header or several, has this one.
bool lists(const Request& request, std::string_view header, std::string_view word) {
  for (const auto& [name, value] : request.headers) {
    if (!equal_ignoring_case(name, header)) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const size_t end = std::min(rest.find(','), rest.size());
      if (equal_ignoring_case(without_blanks(rest.substr(0, end)), word)) return true;
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return false;
}

Fault read_length(std::string_view text, RequestHead& head) {
  // 19 digits always fit.
  const bool is_number = !text.empty() && text.size() <= std::numeric_limits<uint64_t>::digits10 &&
                         std::ranges::all_of(text, is_digit);
  if (!is_number) return bad("its Content-Length is no number of bytes");
  (void)std::from_chars(text.data(), text.data() + text.size(), head.body_bytes);  // digits alone
  return {};
}

Fault read_framing(RequestHead& head) {
  const Request& request = head.request;
  const auto length = request.header("Content-Length");
  const auto coding = request.header("Transfer-Encoding");
  if (length && coding) return bad("it has both Content-Length and Transfer-Encoding");
  if (coding && head.is_http_1_0) return bad("HTTP/1.0 knows no Transfer-Encoding");
  if (coding && !equal_ignoring_case(*coding, "chunked")) {
    return bad("its Transfer-Encoding is not 'chunked'");
  }
  head.is_chunked = coding.has_value();
  if (length) {
    const Fault fault = read_length(*length, head);
    if (!fault) return fault;
  }
  const bool is_bodiless = request.method == "GET" || request.method == "HEAD";
  if (is_bodiless && head.has_body()) return bad("a " + request.method + " has no body");
  return {};
}

Fault read_wishes(RequestHead& head) {
  const Request& request = head.request;
  if (!head.is_http_1_0 && !request.header("Host")) {
    return RequestRefusal{400, "the header 'Host' is missing; send 'Host: localhost'"};
  }
  if (request.header("Upgrade")) return bad("it asks for an upgrade; there is HTTP/1.1 alone");
  head.keeps_alive = !head.is_http_1_0 && !lists(request, "Connection", "close");
  const auto expected = request.header("Expect");
  if (!expected || head.is_http_1_0) return {};
  if (!equal_ignoring_case(*expected, "100-continue")) {
    return RequestRefusal{417, "the header 'Expect' may say '100-continue' alone"};
  }
  head.waits_to_be_invited = head.has_body();
  return {};
}

}  // namespace

bool is_token_byte(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return is_alphanumeric(c) || kMarks.find(c) != std::string_view::npos;
}

bool must_stand_once(std::string_view header) {
  constexpr std::string_view kOnce[] = {
      "Host",   "Authorization", "Content-Length", "Transfer-Encoding",      "Content-Type",
      "Expect", "Origin",        "Sec-Fetch-Site", "x-ms-client-request-id",
  };
  constexpr std::string_view kOurs = "x-awpsd-";
  if (equal_ignoring_case(header.substr(0, kOurs.size()), kOurs)) return true;
  return std::ranges::any_of(
      kOnce, [header](std::string_view name) { return equal_ignoring_case(name, header); });
}

Result<RequestHead, RequestRefusal> parse_raw_head(std::string_view bytes) {
  RequestHead head;
  Fault fault = read_request_line(take_line(bytes), head);
  if (!fault) return fault.error();
  for (std::string_view line = take_line(bytes); !line.empty(); line = take_line(bytes)) {
    fault = read_header(line, head.request);
    if (!fault) return fault.error();
  }
  fault = read_framing(head);
  if (!fault) return fault.error();
  fault = read_wishes(head);
  if (!fault) return fault.error();
  return head;
}

}  // namespace awps::http_server
