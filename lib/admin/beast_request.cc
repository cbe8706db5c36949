#include "admin/beast_request.h"

#include <boost/beast/http/field.hpp>

namespace awps::admin {

namespace http = boost::beast::http;

namespace {

using Message = http::request<http::string_body>;

std::optional<std::string> header_of(const Message& message, http::field name) {
  const auto found = message.find(name);
  if (found == message.end()) return std::nullopt;
  return std::string(found->value());
}

}  // namespace

Result<Request> request_of(const Message& message, bool over_tcp) {
  static constexpr http::field kOnce[] = {http::field::host, http::field::origin,
                                          http::field::sec_fetch_site, http::field::authorization,
                                          http::field::content_type};
  for (const http::field name : kOnce) {
    if (message.count(name) > 1) {
      return Error{"the header '" + std::string(http::to_string(name)) +
                   "' stands there twice; send it once"};
    }
  }
  if (message.version() >= 11 && message.count(http::field::host) == 0) {
    return Error{"the header 'Host' is missing; send 'Host: localhost'"};
  }
  return Request{.method = std::string(message.method_string()),
                 .target = std::string(message.target()),
                 .host = header_of(message, http::field::host),
                 .origin = header_of(message, http::field::origin),
                 .fetch_site = header_of(message, http::field::sec_fetch_site),
                 .authorization = header_of(message, http::field::authorization),
                 .content_type = header_of(message, http::field::content_type),
                 .body = message.body(),
                 .over_tcp = over_tcp};
}

}  // namespace awps::admin
