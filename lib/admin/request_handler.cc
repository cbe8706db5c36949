#include "admin/request_handler.h"

#include <algorithm>
#include <string_view>

#include "admin/answers_json.h"
#include "base/check.h"

namespace awps::admin {

struct RequestHandler::Route {
  std::string_view path;
  Reply (Operations::*get)(const Target&) = nullptr;        // also HEAD
  Reply (Operations::*post)(const std::string&) = nullptr;  // by the body
  bool is_open = false;                                     // to everybody: see access.h
};

const RequestHandler::Route* RequestHandler::route_of(const std::string& path) {
  static constexpr Route kRoutes[] = {
      {.path = "/", .get = &Operations::page, .is_open = true},
      {.path = "/livez", .get = &Operations::live, .is_open = true},
      {.path = "/readyz", .get = &Operations::ready},
      {.path = "/metrics", .get = &Operations::metrics},
      {.path = "/status", .get = &Operations::status},
      {.path = "/tap", .get = &Operations::tap},
      {.path = "/config/diff", .get = &Operations::config_diff},
      {.path = "/dead-letters", .get = &Operations::dead_letters},
      {.path = "/dead-letters/redrive", .post = &Operations::redrive},
      {.path = "/dead-letters/purge", .post = &Operations::purge},
      {.path = "/pause", .post = &Operations::pause},
      {.path = "/resume", .post = &Operations::resume},
      {.path = "/drain", .post = &Operations::drain},
      {.path = "/reload", .post = &Operations::reload},
      {.path = "/log", .post = &Operations::set_log_level},
      {.path = "/token", .post = &Operations::client_url},
  };
  const auto* const found = std::ranges::find(kRoutes, std::string_view(path), &Route::path);
  return found == std::end(kRoutes) ? nullptr : found;
}

namespace {

bool is_json(const std::optional<std::string>& content_type) {
  constexpr std::string_view kJson = "application/json";
  if (!content_type) return false;
  std::string_view type = std::string_view(*content_type).substr(0, content_type->find(';'));
  type = type.substr(0, type.find_last_not_of(' ') + 1);
  return std::ranges::equal(type, kJson, [](char a, char b) {
    return a == b || (a >= 'A' && a <= 'Z' && (a | 0x20) == b);
  });
}

Reply wrong_method(const Request& request, std::string_view allowed) {
  Reply reply =
      error_reply(405, "method_not_allowed",
                  "'" + request.method + "' is not for this path; use " + std::string(allowed));
  reply.headers.emplace_back("Allow", allowed);
  return reply;
}

}  // namespace

Reply RequestHandler::handle(const Request& request) {
  const Result<Target> target = parse_target(request.target);
  const Route* const route = target ? route_of(target->path) : nullptr;
  auto refusal = access_.refusal(request, route != nullptr && route->is_open);
  if (refusal) return std::move(*refusal);
  if (!target) return error_reply(400, "invalid_request", target.error().message);
  if (route == nullptr) {
    return error_reply(
        404, "not_found",
        "there is no '" + target->path + "'; the state is at /status, the page at /");
  }
  const bool is_head = request.method == "HEAD";
  if (route->get == nullptr) {
    return request.method == "POST" ? post(request, *route) : wrong_method(request, "POST");
  }
  if (request.method != "GET" && !is_head) return wrong_method(request, "GET, HEAD");
  Reply reply = (operations_.*route->get)(*target);
  return reply.tap && !is_head ? start_tap(std::move(reply)) : reply;
}

Reply RequestHandler::post(const Request& request, const Route& route) {
  if (!is_json(request.content_type)) {
    return error_reply(400, "invalid_request",
                       "the body must be JSON; send it with 'Content-Type: application/json'");
  }
  Reply reply = (operations_.*route.post)(request.body);
  operations_.forget_status();
  return reply;
}

Reply RequestHandler::start_tap(Reply reply) {
  if (is_tapped_) {
    return error_reply(409, "conflict",
                       "another client taps already; end that one, there is one at a time");
  }
  const auto started = service_.tap(reply.tap->hub, reply.tap->per_second);
  if (!started) {
    const AdminError& error = started.error();
    return error_reply(error.http_status, error.code, error.message);
  }
  is_tapped_ = true;
  return reply;
}

std::string RequestHandler::take_tap_lines() {
  AWPS_CHECK(is_tapped_);
  uint64_t left_out = 0;
  const std::vector<TapRecord> records = service_.take_tapped(left_out);
  return tap_lines(records, left_out);
}

void RequestHandler::end_tap() {
  AWPS_CHECK(is_tapped_);
  is_tapped_ = false;
  // Ending cannot be refused; a hub that does not answer samples for nobody.
  (void)service_.tap({}, 0);
}

}  // namespace awps::admin
