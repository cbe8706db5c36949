// From the bytes of a request to an action or a refusal. For any request:
// 1. a path that is not exactly a broadcast's never becomes one, and names come from the path;
// 2. a token that no key signed lets nobody in, whatever it claims;
// 3. an action that is made is valid, and RequestBuilder makes a request of it that is read as the
//    same action;
// 4. a refusal is a 4xx with words, and its answer is one that no SDK retries.
//
// Input: method, target, token, then one header a line, an empty line, the body.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "action/bulk_body.h"
#include "action/data_reader.h"
#include "action/field_rules.h"
#include "base/ascii.h"
#include "base/check.h"
#include "gateway/action_maker.h"
#include "gateway/answers.h"
#include "gateway/bearer.h"
#include "gateway/retry_joins.h"
#include "service_api/request_builder.h"

namespace awps {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

struct FuzzedRequest {
  std::string_view method;
  std::string_view target;
  std::string_view token;
  Headers headers;
  std::string_view body;
};

FuzzedRequest request_of(std::string_view text) {
  FuzzedRequest request;
  request.method = take_line(text);
  request.target = take_line(text);
  request.token = take_line(text);
  for (;;) {
    const std::string_view line = take_line(text);
    if (line.empty()) break;
    const size_t colon = std::min(line.find(':'), line.size());
    request.headers.emplace_back(line.substr(0, colon),
                                 line.substr(std::min(colon + 1, line.size())));
  }
  request.body = text;
  return request;
}

void check_refusal(const HttpRefusal& refusal) {
  AWPS_CHECK(refusal.status >= 400 && refusal.status < 500);
  AWPS_CHECK(refusal.status != 408 && refusal.status != 429);
  AWPS_CHECK(!refusal.code.empty() && !refusal.message.empty());
  AWPS_CHECK((refusal.status == 405) == !refusal.allow.empty());
  const GatewayAnswer answer = refused_answer(refusal);
  AWPS_CHECK(!answer.is_accepted && answer.status == refusal.status);
}

// The path's own text says whether it reaches a whole hub.
void check_scope(const RoutedRequest& request, std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  const auto slashes = static_cast<size_t>(std::ranges::count(path, '/'));
  const bool is_of_hub =
      request.user.empty() && request.group.empty() && request.connection.empty();
  AWPS_CHECK(is_of_hub == (slashes < 5));
  AWPS_CHECK(path.find("//") == std::string_view::npos && !path.ends_with('/'));
  for (const std::string& name : {request.user, request.group, request.connection, request.hub}) {
    AWPS_CHECK(name != "." && name != "..");
  }
  AWPS_CHECK(names_hub(request.route) == !request.hub.empty());
}

void check_action(const Action& action) {
  AWPS_CHECK(!addresses_member(action.kind) || problem_of_name(action.member).empty());
  AWPS_CHECK(!has_group(action.kind) || problem_of_group(action.group).empty());
  AWPS_CHECK(!action.options->filter || problem_of_filter(*action.options->filter).empty());
  AWPS_CHECK(is_bulk_change(action.kind) == !action.options->groups.empty());
  AWPS_CHECK(takes_excluded(action.kind) || action.excluded().empty());
  AWPS_CHECK(action.data.size() <= kMaxMessageBytes && fits_url(action));
}

// What the service would be sent is read as the same action.
void check_round_trip(const Action& action, const RequestFields& fields) {
  static constexpr std::string_view kEndpoint = "https://svc.example";
  static constexpr std::array<std::string_view, 5> kMethods = {"GET", "POST", "PUT", "DELETE",
                                                               "HEAD"};
  const RequestBuilder builder(kEndpoint, action.options->hub, "2024-12-01");
  ServiceRequest built;
  builder.build(action, built);
  const auto routed = route_request(kMethods[static_cast<size_t>(built.method)],
                                    std::string_view(built.url).substr(kEndpoint.size()));
  AWPS_CHECK(routed.ok());
  const Headers headers = {{"content-type", std::string(built.content_type)}};
  auto read = read_request_fields(routed->route, headers);
  AWPS_CHECK(read.ok());
  read->ordering_key = fields.ordering_key;
  read->conflation_key = fields.conflation_key;
  read->time_to_live = fields.time_to_live;
  read->unordered = fields.unordered;
  ActionMaker maker;
  const Action* again = maker.make({.request = *routed, .fields = *read, .body = built.body});
  AWPS_CHECK(again != nullptr && same_action(*again, action));
}

void check_bearer(const FuzzedRequest& request) {
  static BearerCheck* const bearer = [] {
    const BearerRules rules{.service_keys = {"a-key-of-thirty-two-characters!!"},
                            .own_keys = {{"own", "another-key-of-32-characters!!!!"}},
                            .service_url = "https://svc.example"};
    return std::make_unique<BearerCheck>(rules).release();
  }();
  const auto caller = bearer->check(request.token, {.path_and_query = request.target, .host = "gw"},
                                    WallTime(std::chrono::seconds(1'800'000'000)));
  // No input of the fuzzer holds a signature of these keys.
  AWPS_CHECK(!caller.ok());
  AWPS_CHECK(caller.error().description.find_first_of("\"\r\n") == std::string::npos);
}

void check_request(const FuzzedRequest& request) {
  check_bearer(request);
  const auto routed = route_request(request.method, request.target);
  if (!routed) return check_refusal(routed.error());
  AWPS_CHECK(route_of(request.method, request.target) == routed->route);
  check_scope(*routed, request.target);
  const auto fields = read_request_fields(routed->route, request.headers);
  if (!fields) return check_refusal(fields.error());
  if (!is_write(routed->route)) return;
  ActionMaker maker;
  const Action* action = maker.make({.request = *routed, .fields = *fields, .body = request.body});
  if (action == nullptr) {
    const Refusal refusal = maker.take_refusal();
    const GatewayAnswer answer = refused_answer(refusal.code, refusal.message);
    AWPS_CHECK(!refusal.message.empty() && (answer.status == 400 || answer.status == 413));
    return;
  }
  check_action(*action);
  check_round_trip(*action, *fields);
}

}  // namespace
}  // namespace awps

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // In memory that ends with the input, so that a sanitizer sees any step beyond.
  const std::vector<char> text(data, data + size);
  awps::check_request(awps::request_of({text.data(), text.size()}));
  return 0;
}
