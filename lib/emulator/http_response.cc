#include "emulator/http_response.h"

#include <array>

#include "base/json_text.h"

namespace awps::emulator {

namespace {

struct Phrase {
  int status;
  std::string_view text;
};

constexpr std::array kPhrases = {
    Phrase{200, "OK"},
    Phrase{202, "Accepted"},
    Phrase{204, "No Content"},
    Phrase{301, "Moved Permanently"},
    Phrase{302, "Found"},
    Phrase{307, "Temporary Redirect"},
    Phrase{400, "Bad Request"},
    Phrase{401, "Unauthorized"},
    Phrase{403, "Forbidden"},
    Phrase{404, "Not Found"},
    Phrase{405, "Method Not Allowed"},
    Phrase{406, "Not Acceptable"},
    Phrase{408, "Request Timeout"},
    Phrase{409, "Conflict"},
    Phrase{410, "Gone"},
    Phrase{413, "Request Entity Too Large"},
    Phrase{414, "Request-URI Too Large"},
    Phrase{415, "Unsupported Media Type"},
    Phrase{417, "Expectation Failed"},
    Phrase{429, "Too Many Requests"},
    Phrase{431, "Request Header Fields Too Large"},
    Phrase{451, "Unavailable For Legal Reasons"},
    Phrase{500, "Internal Server Error"},
    Phrase{502, "Bad Gateway"},
    Phrase{503, "Service Temporarily Unavailable"},
    Phrase{504, "Gateway Time-out"},
};

constexpr std::string_view kVersionsLine =
    "api-supported-versions: 2021-10-01, 2022-11-01, 2023-07-01, 2024-01-01, 2024-12-01\r\n";

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

}  // namespace

std::string_view reason_phrase(int status) {
  for (const Phrase& phrase : kPhrases) {
    if (phrase.status == status) return phrase.text;
  }
  return "Status";
}

void append_response(std::string& out, const HttpResponse& response, ResponseContext context) {
  out += "HTTP/1.1 ";
  append_number(out, response.status);
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\n";
  append_header(out, "Server", "awpsd-emulator");
  append_header(out, "Date", context.date);
  if (!response.content_type.empty()) append_header(out, "Content-Type", response.content_type);
  // RFC 9110 8.6: no Content-Length in a 204.
  if (response.status != 204) {
    out += "Content-Length: ";
    append_number(out, response.body.size());
    out += "\r\n";
  }
  out += context.keep_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
  if (response.lists_versions) out += kVersionsLine;
  for (const auto& [name, value] : response.headers) append_header(out, name, value);
  out += "\r\n";
  if (!context.to_head && response.status != 204) out += response.body;
}

HttpResponse front_end_error(int status) {
  HttpResponse response{.status = status, .content_type = "text/html", .body = {}, .headers = {}};
  std::string title;
  append_number(title, status);
  title += ' ';
  title += reason_phrase(status);
  response.body = "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" +
                  title + "</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
  return response;
}

}  // namespace awps::emulator
