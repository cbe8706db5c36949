#include "admin/request_handler.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "admin/replies.h"

namespace awps::admin {

struct RequestHandler::Route {
  std::string_view path;
  Reply (Operations::*get)(const Target&) = nullptr;
  Reply (Operations::*head)(const Target&) = nullptr;       // where it is not that of get
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
      {.path = "/tap", .get = &Operations::tap, .head = &Operations::head_of_tap},
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

// What access depends on.
constexpr std::string_view kOnce[] = {"Origin", "Sec-Fetch-Site", "Authorization", "Content-Type"};

bool is_json(const std::optional<std::string_view>& content_type) {
  constexpr std::string_view kJson = "application/json";
  if (!content_type) return false;
  std::string_view type = content_type->substr(0, content_type->find(';'));
  type = type.substr(0, type.find_last_not_of(' ') + 1);
  return std::ranges::equal(type, kJson, [](char a, char b) {
    return a == b || (a >= 'A' && a <= 'Z' && (a | 0x20) == b);
  });
}

/// A stream that ends when whoever asked for it may not any more.
class GuardedStream final : public http_server::Stream {
 public:
  GuardedStream(Access& access, Request request, std::unique_ptr<http_server::Stream> stream)
      : access_(access), request_(std::move(request)), stream_(std::move(stream)) {}

  std::string take() override { return stream_->take(); }
  bool is_over() override { return !access_.is_entitled(request_) || stream_->is_over(); }

 private:
  Access& access_;
  const Request request_;
  std::unique_ptr<http_server::Stream> stream_;
};

Reply wrong_method(const Request& request, std::string_view allowed) {
  Reply reply =
      error_reply(405, "method_not_allowed",
                  "'" + request.method + "' is not for this path; use " + std::string(allowed));
  reply.headers.emplace_back("Allow", allowed);
  return reply;
}

}  // namespace

Reply RequestHandler::reply_to(const Request& request) {
  Reply reply = answer(request);
  if (reply.stream != nullptr) {
    reply.stream = std::make_unique<GuardedStream>(access_, request, std::move(reply.stream));
  }
  return reply;
}

Reply RequestHandler::answer(const Request& request) {
  const Result<void> once = http_server::check_once(request, kOnce);
  if (!once) {
    Reply reply = refusal(400, once.error().message);
    reply.ends_connection = true;
    return reply;
  }
  const Result<Target> target = http_server::parse_target(request.target);
  const Route* const route = target ? route_of(target->path) : nullptr;
  auto refusal = access_.refusal(request, route != nullptr && route->is_open);
  if (refusal) return std::move(*refusal);
  if (!target) return error_reply(400, "invalid_request", target.error().message);
  if (route == nullptr) {
    return error_reply(
        404, "not_found",
        "there is no '" + target->path + "'; the state is at /status, the page at /");
  }
  if (route->post != nullptr) {
    return request.method == "POST" ? post(request, *route) : wrong_method(request, "POST");
  }
  const bool is_head = request.method == "HEAD";
  if (request.method != "GET" && !is_head) return wrong_method(request, "GET, HEAD");
  const auto operation = is_head && route->head != nullptr ? route->head : route->get;
  return (operations_.*operation)(*target);
}

bool RequestHandler::is_known(const Request& head) {
  return http_server::check_once(head, kOnce).ok() && access_.is_entitled(head);
}

Reply RequestHandler::refusal(int status, const std::string& message) {
  if (status == 503) return error_reply(status, "unavailable", message);
  const bool is_too_large = status == 413 || status == 431;
  return error_reply(status, is_too_large ? "too_large" : "invalid_request", message);
}

Reply RequestHandler::post(const Request& request, const Route& route) {
  if (!is_json(request.header("Content-Type"))) {
    return error_reply(400, "invalid_request",
                       "the body must be JSON; send it with 'Content-Type: application/json'");
  }
  Reply reply = (operations_.*route.post)(request.body);
  operations_.forget_status();
  return reply;
}

}  // namespace awps::admin
