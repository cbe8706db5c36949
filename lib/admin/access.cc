#include "admin/access.h"

#include <algorithm>
#include <string_view>

#include "base/loopback_host.h"

namespace awps::admin {

namespace {

std::string_view without_port(std::string_view host) {
  const size_t colon = host.rfind(':');
  const bool is_in_brackets = host.ends_with(']');
  return colon == std::string_view::npos || is_in_brackets ? host : host.substr(0, colon);
}

bool is_single_word(std::string_view host) {
  return !host.empty() && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

// HTTP/1.1 demands a Host, and the reader of requests sees to it; a request of HTTP/1.0 without one
// comes from no browser.
bool is_our_host(const Request& request) {
  const auto host = request.header("Host");
  if (!host) return true;
  const std::string_view name = without_port(*host);
  if (is_loopback_host(name)) return true;
  return !request.over_tcp && is_single_word(name);
}

bool is_of_another_site(const Request& request) {
  const auto fetch_site = request.header("Sec-Fetch-Site");
  if (fetch_site && *fetch_site != "same-origin" && *fetch_site != "none") return true;
  const auto origin = request.header("Origin");
  if (!origin) return false;
  const auto host = request.header("Host");
  return !host || *origin != "http://" + std::string(*host);
}

}  // namespace

std::optional<Reply> Access::refusal(const Request& request, bool is_open) {
  if (!is_our_host(request)) {
    return error_reply(403, "forbidden",
                       "Host '" + std::string(*request.header("Host")) +
                           "' is no loopback name; ask http://localhost or http://127.0.0.1 with "
                           "the port of admin.listen");
  }
  if (!request.over_tcp && !is_entitled(request)) {
    return error_reply(403, "forbidden",
                       request.peer ? rights_.refusal_of(*request.peer)
                                    : "the system does not say who asks; use sudo");
  }
  if (is_open && request.over_tcp) return std::nullopt;
  if (is_of_another_site(request)) {
    return error_reply(403, "forbidden",
                       "the request comes from a page of another site; use the daemon's own page "
                       "or awpsctl");
  }
  if (!is_entitled(request)) {
    Reply reply = error_reply(401, "unauthorized",
                              "the token is missing or wrong; send 'Authorization: Bearer TOKEN' "
                              "with the contents of admin.token_file");
    reply.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"awpsd\"");
    return reply;
  }
  return std::nullopt;
}

bool Access::is_entitled(const Request& request) {
  if (request.over_tcp) return shows_token(request);
  return request.peer != nullptr && rights_.admits(*request.peer);
}

bool Access::shows_token(const Request& request) {
  constexpr std::string_view kScheme = "bearer ";
  const auto authorization = request.header("Authorization");
  if (!token_ || !authorization) return false;
  std::string_view shown = *authorization;
  const bool is_bearer = shown.size() > kScheme.size() &&
                         std::ranges::equal(shown.substr(0, kScheme.size()), kScheme,
                                            [](char a, char b) { return (a | 0x20) == b; });
  if (!is_bearer) return false;
  shown.remove_prefix(kScheme.size());
  return token_->admits(shown.substr(std::min(shown.find_first_not_of(' '), shown.size())));
}

}  // namespace awps::admin
