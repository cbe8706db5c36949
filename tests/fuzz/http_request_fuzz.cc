// The server's reader of requests, from bytes to a request and its target, and an answer that
// quotes them: whatever comes in, it has one Host, and the answer is whole HTTP.

#include <cstdint>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/check.h"
#include "http_server/beast_request.h"
#include "http_server/reply.h"

namespace awps::http_server {
namespace {

namespace http = boost::beast::http;

void check_headers(const Request& request) {
  size_t hosts = 0;
  for (const auto& [name, value] : request.headers) {
    AWPS_CHECK(request.header(name).has_value());
    const std::string_view own[] = {name};
    if (check_once(request, own)) AWPS_CHECK(request.header(name) == value);
    std::string lower = name;
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    AWPS_CHECK(request.header(lower) == request.header(name));
    if (lower == "host") ++hosts;
  }
  AWPS_CHECK(hosts <= 1);
}

void check_target(const Request& request) {
  const Result<Target> target = parse_target(request.target);
  if (!target) return;
  AWPS_CHECK(target->path.starts_with('/') && request.target.starts_with(target->path));
  AWPS_CHECK(target->path.find_first_of("?#") == std::string::npos);
}

void check_answer(const Request& request) {
  const std::string wire = wire_text(text_reply(200, request.target + request.body), {});
  http::response_parser<http::string_body> parser;
  parser.eager(true);
  parser.body_limit(boost::none);
  boost::system::error_code error;
  const size_t read = parser.put(boost::asio::buffer(wire), error);
  AWPS_CHECK(!error && parser.is_done() && read == wire.size());
  AWPS_CHECK(parser.get().body() == request.target + request.body + "\n");
}

}  // namespace
}  // namespace awps::http_server

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace http = boost::beast::http;
  http::request_parser<http::string_body> parser;
  parser.eager(true);
  boost::system::error_code error;
  parser.put(boost::asio::buffer(data, size), error);
  if (error || !parser.is_done()) return 0;
  const auto request = awps::http_server::request_of(parser.get(), /*over_tcp=*/true);
  if (!request) return 0;
  awps::http_server::check_headers(*request);
  awps::http_server::check_target(*request);
  awps::http_server::check_answer(*request);
  return 0;
}
