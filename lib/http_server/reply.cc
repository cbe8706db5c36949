#include "http_server/reply.h"

#include <charconv>
#include <cstdio>
#include <ctime>
#include <string_view>

namespace awps::http_server {

namespace {

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    default:
      return status < 500 ? "Refused" : "Internal Server Error";
  }
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 §5.6.7).
std::string http_date(WallTime time) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch());
  const auto instant = static_cast<std::time_t>(seconds.count());
  std::tm parts{};
  (void)::gmtime_r(&instant, &parts);
  char text[40];
  const char* const day = kDays[parts.tm_wday];
  const int length = std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", day,
                                   parts.tm_mday, kMonths[parts.tm_mon], parts.tm_year + 1900,
                                   parts.tm_hour, parts.tm_min, parts.tm_sec);
  return std::string(text, static_cast<size_t>(length));
}

}  // namespace

Reply text_reply(int status, std::string text) {
  return {.status = status,
          .content_type = "text/plain; charset=utf-8",
          .body = std::move(text) + '\n'};
}

std::string wire_text(const Reply& reply, const WireOptions& options) {
  std::string out = "HTTP/1.1 " + std::to_string(reply.status) + " ";
  out.append(reason_of(reply.status)).append("\r\n");
  append_header(out, "Date", http_date(options.now));
  if (!reply.content_type.empty()) append_header(out, "Content-Type", reply.content_type);
  if (options.chunked) append_header(out, "Transfer-Encoding", "chunked");
  // RFC 9110 §8.6: not with 204.
  const bool has_length = !reply.stream && reply.status != 204;
  if (has_length) append_header(out, "Content-Length", std::to_string(reply.body.size()));
  if (!options.keep_alive) append_header(out, "Connection", "close");
  // Every answer is of this moment, and for whoever asked it alone.
  append_header(out, "Cache-Control", "no-store");
  append_header(out, "X-Content-Type-Options", "nosniff");
  append_header(out, "Cross-Origin-Resource-Policy", "same-origin");
  for (const auto& [name, value] : reply.headers) append_header(out, name, value);
  out += "\r\n";
  if (!options.to_head) out += reply.body;
  return out;
}

std::string chunk_of(const std::string& text) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, text.size(), 16).ptr;
  return std::string(digits, end) + "\r\n" + text + "\r\n";
}

}  // namespace awps::http_server
