#include "gateway/gatekeeper.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/ascii.h"
#include "base/loopback_host.h"

namespace awps {

namespace {

constexpr Duration kKeysAreAskedFor = std::chrono::seconds(1);

constexpr std::string_view kForbiddenCode = "Error.Forbidden";

// "name", "name:8089", "[::1]:8089" without the port.
std::string_view host_without_port(std::string_view host) {
  const size_t bracket = host.rfind(']');
  const size_t colon = host.rfind(':');
  if (colon == std::string_view::npos) return host;
  if (bracket != std::string_view::npos && colon < bracket) return host;
  return host.substr(0, colon);
}

/// As clients compare them (RFC 6125, section 6.4.3): a certificate's "*." stands for one label.
bool is_of_name(std::string_view host, std::string_view name) {
  if (!name.starts_with("*.")) return host == name;
  const size_t dot = host.find('.');
  return dot != std::string_view::npos && dot > 0 && host.substr(dot) == name.substr(1);
}

std::string_view value_or_empty(const http_server::Request& head, std::string_view name) {
  return head.header(name).value_or(std::string_view());
}

bool is_restricted(const HubRules& rules) {
  return rules.is_restricted && !rules.has_own_keys;
}

}  // namespace

void Gatekeeper::set_options(DoorOptions options) {
  const bool is_other = options.takes_entra != options_.takes_entra;
  options_ = std::move(options);
  for (const auto& [name, hub] : hubs_) {
    const bool has_others = take_present_keys(*hub);
    if (is_other || has_others) make_check(*hub);
  }
}

// Requests that came under the rules before keep them.
void Gatekeeper::set_hubs(std::shared_ptr<const HubDirectory> directory,
                          std::vector<HubRules> rules) {
  directory_ = std::move(directory);
  hubs_.clear();
  check_of_all_.reset();
  for (HubRules& of_hub : rules) {
    auto hub = std::make_shared<ServedHub>();
    hub->rules = std::move(of_hub);
    if (hub->rules.service_keys) hub->service_keys = hub->rules.service_keys();
    hub->asked_for_keys_at = clock_.now();
    make_check(*hub);
    hubs_.emplace(hub->rules.hub, std::move(hub));
  }
}

Gatekeeper::Verdict Gatekeeper::judge(const http_server::Request& head) {
  Verdict verdict;
  if (Refusal refusal = refuse_stranger(head)) {
    verdict.refusal = std::move(*refusal);
    return verdict;
  }
  Result<RoutedRequest, HttpRefusal> routed = route_request(head.method, head.target);
  if (!routed) {
    verdict.refusal = refuse("route", refused_answer(routed.error()));
    return verdict;
  }
  verdict.route = routed->route;
  Authorized caller = authorize(head, *routed);
  if (!caller) {
    verdict.is_known = caller.error().status == 404 || caller.error().status == 403;
    verdict.refusal = std::move(caller).error();
    return verdict;
  }
  verdict.is_known = names_hub(routed->route) || !head.over_tcp;
  if (is_read(routed->route) && !options_.passes_reads) {
    verdict.refusal = refuse(
        "reads", error_answer(501, "Error.awpsd.ReadsOff",
                              "the gateway serves no reads (gateway.reads = \"refuse\"); ask the "
                              "service itself"));
    return verdict;
  }
  Result<RequestFields, HttpRefusal> fields = read_request_fields(routed->route, head.headers);
  if (!fields) {
    verdict.refusal = refuse("headers", refused_answer(fields.error()));
    return verdict;
  }
  std::shared_ptr<const ServedHub> hub =
      names_hub(routed->route) ? find(routed->hub) : any_with_a_way();
  verdict.visit = Visit{.routed = std::move(*routed),
                        .fields = std::move(*fields),
                        .caller = std::move(*caller),
                        .hub = std::move(hub),
                        .over_tcp = head.over_tcp};
  return verdict;
}

bool Gatekeeper::is_own_host(const http_server::Request& head) const {
  const std::string host = to_lower(host_without_port(trim(value_or_empty(head, "host"))));
  return is_loopback_host(host) ||
         std::ranges::any_of(options_.hosts,
                             [&](const std::string& name) { return is_of_name(host, name); });
}

// A web page that a user of the machine looks at reaches the port, too: by a name of its own that
// it leads here, or from another origin. Over a Unix socket there is none.
Gatekeeper::Refusal Gatekeeper::refuse_stranger(const http_server::Request& head) const {
  if (!head.over_tcp) return std::nullopt;
  if (head.header("origin")) {
    return refuse("origin", error_answer(403, kForbiddenCode,
                                         "requests of web pages (Origin) are not served"));
  }
  if (is_own_host(head)) return std::nullopt;
  return refuse("host", error_answer(403, kForbiddenCode,
                                     "the Host header names another host than the gateway; add it "
                                     "to gateway.allow_hosts if it is one of its names"));
}

Gatekeeper::Authorized Gatekeeper::authorize(const http_server::Request& head,
                                             const RoutedRequest& routed) {
  return head.over_tcp ? authorize_remote(head, routed) : authorize_local(head, routed);
}

Gatekeeper::Authorized Gatekeeper::authorize_local(const http_server::Request& head,
                                                   const RoutedRequest& routed) {
  const PeerCredentials peer = head.peer == nullptr ? PeerCredentials{} : *head.peer;
  if (head.peer == nullptr || !options_.access.admits(peer)) {
    return refuse("user", error_answer(403, kForbiddenCode,
                                       "user id " + std::to_string(peer.uid) +
                                           " may not use this socket; see socket.allow_users"));
  }
  if (!names_hub(routed.route)) return local_caller(peer.uid);
  const IntakeHub* hub = directory_->find(routed.hub);
  if (hub == nullptr || find(routed.hub) == nullptr) return unknown_hub(routed);
  if (!hub->access.admits(peer)) {
    return refuse("user",
                  error_answer(403, kForbiddenCode,
                               "user id " + std::to_string(peer.uid) + " may not use hub '" +
                                   hub->name + "'; see its allow_users and allow_groups"));
  }
  return local_caller(peer.uid);
}

Gatekeeper::Authorized Gatekeeper::authorize_remote(const http_server::Request& head,
                                                    const RoutedRequest& routed) {
  if (!names_hub(routed.route)) return Caller{.kind = Caller::Kind::kOwnKey, .id = "anybody"};
  const std::shared_ptr<ServedHub> named = find(routed.hub);
  const bool is_there = named != nullptr && directory_->find(routed.hub) != nullptr;
  // Another one stands in for a hub that is not there: the work must not tell.
  const std::shared_ptr<ServedHub> hub = is_there || hubs_.empty() ? named : hubs_.begin()->second;
  Result<Caller, BearerFault> caller =
      hub == nullptr ? check_anywhere(head) : check_token(*hub, head);
  if (!is_there || !caller) {
    const Result<Caller, BearerFault> anywhere = check_anywhere(head);
    // That there is no such hub is for those to know who may use one.
    if (!is_there && anywhere) return unknown_hub(routed);
    return refuse_token(is_there ? caller.error() : anywhere.error());
  }
  if (!is_restricted(hub->rules)) return std::move(*caller);
  return refuse("restricted",
                error_answer(403, kForbiddenCode,
                             "hub '" + routed.hub +
                                 "' has allow_users or allow_groups: over TCP it is served only "
                                 "with allow_keys of its own ([hubs.NAME.gateway])"));
}

Result<Caller, BearerFault> Gatekeeper::check_anywhere(const http_server::Request& head) {
  if (check_of_all_ == nullptr) make_check_of_all();
  return check_of_all_->check(value_or_empty(head, "authorization"),
                              {.path_and_query = head.target, .host = value_or_empty(head, "host")},
                              clock_.wall_now());
}

Result<Caller, BearerFault> Gatekeeper::check_token(ServedHub& hub,
                                                    const http_server::Request& head) {
  const BearerTarget target{.path_and_query = head.target, .host = value_or_empty(head, "host")};
  const std::string_view authorization = value_or_empty(head, "authorization");
  const WallTime now = clock_.wall_now();
  Result<Caller, BearerFault> caller = hub.check->check(authorization, target, now);
  const bool may_be_new_key = !caller && caller.error().reason == BearerReason::kSignature;
  if (!may_be_new_key || !has_other_keys(hub)) return caller;
  make_check(hub);
  return hub.check->check(authorization, target, now);
}

std::shared_ptr<ServedHub> Gatekeeper::find(std::string_view hub) const {
  const auto found = hubs_.find(std::string(hub));
  return found == hubs_.end() ? nullptr : found->second;
}

/// Whose service is asked for its health, which names no hub.
std::shared_ptr<const ServedHub> Gatekeeper::any_with_a_way() const {
  const IntakeHub* hub = directory_->default_hub();
  if (hub != nullptr) return find(hub->name);
  for (const IntakeHub& other : directory_->hubs()) {
    std::shared_ptr<const ServedHub> state = find(other.name);
    if (state != nullptr && state->rules.way != nullptr) return state;
  }
  return nullptr;
}

// What the hub's own list does not name opens it neither by a key nor as an identity.
void Gatekeeper::make_check(ServedHub& hub) {
  check_of_all_.reset();
  const HubRules& rules = hub.rules;
  hub.check = std::make_unique<BearerCheck>(BearerRules{
      .service_keys = rules.takes_service_keys ? hub.service_keys : std::vector<std::string>(),
      .own_keys = rules.own_keys,
      .takes_entra = options_.takes_entra && !rules.has_own_keys && !rules.is_restricted,
      .service_url = rules.service_url});
}

// Most hubs have the same ones.
void Gatekeeper::make_check_of_all() {
  BearerRules all;
  std::set<std::string> keys;
  std::set<std::string> urls;
  for (const auto& [name, hub] : hubs_) {
    const HubRules& rules = hub->rules;
    if (rules.takes_service_keys) keys.insert(hub->service_keys.begin(), hub->service_keys.end());
    for (const NamedKey& own : rules.own_keys) keys.insert(own.key);
    all.takes_entra |= options_.takes_entra && !rules.has_own_keys && !rules.is_restricted;
    urls.insert(rules.service_url);
  }
  all.service_keys.assign(keys.begin(), keys.end());
  all.more_service_urls.assign(urls.begin(), urls.end());
  check_of_all_ = std::make_unique<BearerCheck>(all);
}

bool Gatekeeper::has_other_keys(ServedHub& hub) {
  if (!has_passed(hub.asked_for_keys_at, kKeysAreAskedFor, clock_.now())) return false;
  return take_present_keys(hub);
}

// True: they are other ones.
bool Gatekeeper::take_present_keys(ServedHub& hub) {
  if (!hub.rules.service_keys) return false;
  hub.asked_for_keys_at = clock_.now();
  std::vector<std::string> keys = hub.rules.service_keys();
  if (keys == hub.service_keys) return false;
  hub.service_keys = std::move(keys);
  return true;
}

GatewayAnswer Gatekeeper::refuse_token(const BearerFault& fault) const {
  return refuse(name_of(fault.reason), unauthorized_answer(fault));
}

GatewayAnswer Gatekeeper::refuse(std::string_view reason, GatewayAnswer answer) const {
  counters_.note_refused(reason);
  return answer;
}

GatewayAnswer Gatekeeper::unknown_hub(const RoutedRequest& routed) const {
  return refuse("unknown_hub",
                refused_answer(RejectCode::kUnknownHub,
                               "there is no hub '" + routed.hub + "', only " + directory_->names() +
                                   "; correct the name, or configure it as [hubs.NAME]"));
}

}  // namespace awps
