#include "emulator/handshake.h"

#include <algorithm>

#include "emulator/rest_error.h"
#include "emulator/route.h"
#include "emulator/text.h"
#include "emulator/url.h"

namespace awps::emulator {

namespace {

constexpr size_t kMaxGroupBytes = 4 * 1024;  // 1,024 characters of UTF-8

/// The hub that the URL names, once and only once.
Result<std::string, HttpResponse> hub_of(std::string_view raw_path, const Query& query) {
  if (raw_path.ends_with('/')) raw_path.remove_suffix(1);
  const auto segments = path_segments(raw_path);
  if (!segments || segments->size() == 2 || segments->size() > 3 ||
      (segments->size() == 3 && !equal_ignoring_case((*segments)[1], "hubs"))) {
    return status_only(404);
  }
  std::vector<std::string> names = query.all("hub");
  if (segments->size() == 3) names.push_back(segments->back());
  if (names.size() != 1) return bad_request("The hub must be given once.", "hub");
  if (!is_hub_name(names.front())) return bad_request("Invalid hub name.", "hub");
  return to_lower(names.front());
}

std::string_view bearer_of(std::string_view authorization) {
  return starts_ignoring_case(authorization, "bearer ") ? trimmed(authorization.substr(7))
                                                        : std::string_view();
}

struct TokenQuestion {
  const RequestHead& head;
  const Query& query;
  std::string_view raw_path;
  int64_t now_seconds;
  std::string_view public_url;
};

/// The claims, or why the client is not let in; the pointer is valid until the next token.
Result<const Claims*, HttpResponse> claims_of(const TokenQuestion& question, TokenCache& tokens) {
  const std::string* in_query = question.query.find("access_token");
  const std::string_view token =
      in_query != nullptr ? std::string_view(*in_query) : bearer_of(question.head.authorization);
  if (token.empty()) return unauthorized("");
  std::string error;
  const Claims* claims = tokens.verify(token, error);
  if (claims == nullptr) return unauthorized(error);
  const auto in_time = check_times(*claims, question.now_seconds);
  if (!in_time.ok()) return unauthorized(in_time.error().message);
  AudienceRule rule{.host = question.head.host,
                    .raw_path = question.raw_path,
                    .schemes = {"http", "ws"},
                    .public_url = question.public_url};
  if (audience_matches(*claims, rule)) return claims;
  // The form with ?hub= may be signed for the other form's path.
  const std::string* hub = question.query.find("hub");
  const std::string path = hub == nullptr ? "" : "/client/hubs/" + *hub;
  rule.raw_path = path;
  if (hub != nullptr && audience_matches(*claims, rule)) return claims;
  return unauthorized("The audience is invalid");
}

bool is_claimed_group(const std::string& group) {
  return group.size() <= kMaxGroupBytes && group.find_first_not_of(" \t\r\n") != std::string::npos;
}

std::optional<HttpResponse> take_claims(const Claims& claims, ClientAdmission& admission) {
  if (!std::ranges::all_of(claims.groups, is_claimed_group)) {
    return bad_request("Invalid group name in the access token.", "webpubsub.group");
  }
  auto permissions = Permissions::from_roles(claims.roles);
  if (!permissions.ok()) return bad_request(permissions.error().message, "role");
  admission.permissions = std::move(permissions.value());
  admission.groups = claims.groups;
  if (claims.subject && !claims.subject->empty()) admission.user_id = claims.subject;
  return std::nullopt;
}

std::optional<HttpResponse> take_mode(const Query& query, ClientAdmission& admission) {
  const std::string* mode = query.find("webpubsub_mode");
  if (mode == nullptr || equal_ignoring_case(*mode, "sendEvent")) return std::nullopt;
  const std::string* group = query.find("group");
  if (!equal_ignoring_case(*mode, "sendToGroup") || group == nullptr || !is_claimed_group(*group)) {
    return bad_request("The webpubsub_mode must be sendEvent, or sendToGroup with a group.",
                       "webpubsub_mode");
  }
  const std::string* no_echo = query.find("noecho");
  admission.simple_mode.send_to_group = *group;
  admission.simple_mode.no_echo = no_echo != nullptr && equal_ignoring_case(*no_echo, "true");
  return std::nullopt;
}

}  // namespace

bool is_client_path(std::string_view raw_path) {
  return starts_ignoring_case(raw_path, "/client") && (raw_path.size() == 7 || raw_path[7] == '/');
}

Protocol chosen_protocol(std::string_view offered) {
  for (const std::string_view item : split(offered, ',')) {
    if (trimmed(item) == kJsonProtocol) return Protocol::kJson;
    if (trimmed(item) == kReliableJsonProtocol) return Protocol::kReliableJson;
  }
  return Protocol::kSimple;
}

Result<ClientAdmission, HttpResponse> admit_client(const RequestHead& head, TokenCache& tokens,
                                                   int64_t now_seconds,
                                                   std::string_view public_url) {
  const TargetParts target = split_target(head.target);
  const Query query(target.query);
  auto hub = hub_of(target.path, query);
  if (!hub.ok()) return hub.error();
  if (!head.upgrades_to_websocket || head.method != "GET") {
    return bad_request("The request is no WebSocket handshake.", "Upgrade");
  }
  ClientAdmission admission;
  admission.hub = std::move(hub.value());
  admission.protocol = chosen_protocol(head.websocket_protocols);
  const std::string* connection_id = query.find("awps_connection_id");
  const std::string* reconnection_token = query.find("awps_reconnection_token");
  if (connection_id != nullptr && reconnection_token != nullptr) {
    admission.recovery = Recovery{*connection_id, *reconnection_token};
    return admission;
  }
  const TokenQuestion question{.head = head,
                               .query = query,
                               .raw_path = target.path,
                               .now_seconds = now_seconds,
                               .public_url = public_url};
  const auto claims = claims_of(question, tokens);
  if (!claims.ok()) return claims.error();
  if (auto refusal = take_claims(**claims, admission)) return *refusal;
  if (auto refusal = take_mode(query, admission)) return *refusal;
  return admission;
}

}  // namespace awps::emulator
