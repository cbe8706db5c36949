// The server's reader of requests, from bytes to requests and their targets, and an answer that
// quotes them. Whatever comes in: the split of the bytes makes no difference, bounds hold, a
// request has one framing and one Host, and the answer is whole HTTP.

#include <cstdint>
#include <string>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/ascii.h"
#include "base/check.h"
#include "http_server/reply.h"
#include "http_server/request_reader.h"

namespace awps::http_server {
namespace {

namespace http = boost::beast::http;

constexpr size_t kMaxHead = 1024;
constexpr size_t kMaxBody = 512;

/// What a reader made of some bytes.
struct Reading {
  std::vector<RequestHead> requests;
  std::vector<RequestRefusal> refusals;  // one at most
};

/// Reads in pieces of up to `most` bytes, whose sizes follow from the bytes themselves.
Reading read_all(std::string_view bytes, size_t most) {
  RequestReader reader(kMaxHead);
  Reading reading;
  size_t begin = 0;
  while (begin < bytes.size() && reading.refusals.empty()) {
    const size_t size = 1 + static_cast<unsigned char>(bytes[begin]) * 31UL % most;
    std::string_view input = bytes.substr(begin, size);
    begin += input.size();
    for (auto event = reader.read(input); event != RequestReader::Event::kNothing;
         event = reader.read(input)) {
      if (event == RequestReader::Event::kRefused) {
        reading.refusals.push_back(reader.refusal());
        break;
      }
      if (event == RequestReader::Event::kHead) reader.set_max_body(kMaxBody);
      if (event == RequestReader::Event::kRequest) reading.requests.push_back(reader.take());
    }
    AWPS_CHECK(!reading.refusals.empty() || input.empty());
    AWPS_CHECK(reader.body_bytes() <= kMaxBody);
  }
  return reading;
}

void check_same(const Reading& one, const Reading& other) {
  AWPS_CHECK(one.refusals == other.refusals);
  AWPS_CHECK(one.requests.size() == other.requests.size());
  for (size_t i = 0; i < one.requests.size(); ++i) {
    const RequestHead& a = one.requests[i];
    const RequestHead& b = other.requests[i];
    AWPS_CHECK(a.request.method == b.request.method && a.request.target == b.request.target);
    AWPS_CHECK(a.request.headers == b.request.headers && a.request.body == b.request.body);
    AWPS_CHECK(a.keeps_alive == b.keeps_alive && a.is_chunked == b.is_chunked);
  }
}

void check_headers(const RequestHead& head) {
  const Request& request = head.request;
  for (const auto& [name, value] : request.headers) {
    AWPS_CHECK(!name.empty() && value.find_first_of("\r\n") == std::string::npos);
    AWPS_CHECK(name.find_first_of(" \t:\r\n") == std::string::npos);
    AWPS_CHECK(request.header(name).has_value());
    AWPS_CHECK(request.header(to_lower(name)) == request.header(name));
    const std::string_view own[] = {name};
    AWPS_CHECK(!must_stand_once(name) || check_once(request, own).ok());
  }
  AWPS_CHECK(head.is_http_1_0 || request.header("Host"));
  AWPS_CHECK(!request.header("Content-Length") || !request.header("Transfer-Encoding"));
  AWPS_CHECK(!request.header("Upgrade") && request.method != "CONNECT");
  AWPS_CHECK(head.is_chunked || request.body.size() == head.body_bytes);
  AWPS_CHECK(request.body.empty() || (request.method != "GET" && request.method != "HEAD"));
  AWPS_CHECK(request.body.size() <= kMaxBody);
}

void check_target(const Request& request) {
  AWPS_CHECK(request.target.starts_with('/'));
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

/// Another reader, which is used widely, takes for one request what ours takes for one.
void check_against_beast(std::string_view bytes, const RequestHead& first) {
  http::request_parser<http::string_body> parser;
  parser.eager(true);
  boost::system::error_code error;
  parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  if (error || !parser.is_done()) return;
  AWPS_CHECK(parser.get().method_string() == first.request.method);
  AWPS_CHECK(parser.get().target() == first.request.target);
  AWPS_CHECK(parser.get().body() == first.request.body);
}

void run(std::string_view bytes) {
  const Reading whole = read_all(bytes, bytes.size() + 1);
  for (const size_t most : {1UL, 2UL, 7UL, 100UL}) check_same(whole, read_all(bytes, most));
  for (const RequestHead& head : whole.requests) {
    check_headers(head);
    check_target(head.request);
    check_answer(head.request);
  }
  if (!whole.requests.empty()) check_against_beast(bytes, whole.requests.front());
}

}  // namespace
}  // namespace awps::http_server

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  awps::http_server::run(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
