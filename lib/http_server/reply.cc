#include "http_server/reply.h"

#include <charconv>
#include <string_view>

namespace awps::http_server {

namespace {

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
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
    case 422:
      return "Unprocessable Content";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return status < 500 ? "Refused" : "Internal Server Error";
  }
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
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
