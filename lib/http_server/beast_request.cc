#include "http_server/beast_request.h"

namespace awps::http_server {

Result<Request> request_of(
    const boost::beast::http::request<boost::beast::http::string_body>& message, bool over_tcp) {
  Request request{.method = std::string(message.method_string()),
                  .target = std::string(message.target()),
                  .body = message.body(),
                  .over_tcp = over_tcp};
  for (const auto& field : message) {
    request.headers.emplace_back(field.name_string(), field.value());
  }
  static constexpr std::string_view kHost[] = {"Host"};
  const Result<void> once = check_once(request, kHost);
  if (!once) return once.error();
  if (message.version() >= 11 && !request.header("Host")) {
    return Error{"the header 'Host' is missing; send 'Host: localhost'"};
  }
  return request;
}

}  // namespace awps::http_server
