#include "emulator/service.h"

#include <algorithm>

#include "base/json_text.h"
#include "emulator/client_protocol.h"
#include "emulator/rest_error.h"
#include "emulator/text.h"

namespace awps::emulator {

namespace {

int64_t seconds_of(WallTime wall) {
  return std::chrono::duration_cast<std::chrono::seconds>(wall.time_since_epoch()).count();
}

std::string_view bearer_of(const RequestHead& head) {
  if (!starts_ignoring_case(head.authorization, "bearer ")) return {};
  return trimmed(head.authorization.substr(7));
}

bool is_success(int status) {
  return status >= 200 && status < 300;
}

/// The subprotocol's clients are told who they are.
void greet(const Connection& connection) {
  if (connection.protocol == Protocol::kSimple) return;
  const std::string* user = connection.user_id ? &*connection.user_id : nullptr;
  connection.link->send(
      text_frame(connected_text(user, connection.id, connection.reconnection_token)));
}

}  // namespace

/// A request with what its target says.
struct Service::Arrival {
  Arrival(const RequestHead& request_head, std::string_view request_body)
      : head(request_head),
        body(request_body),
        target(split_target(request_head.target)),
        segments(path_segments(target.path)),
        query(target.query) {
    if (segments) route = find_route(head.method, *segments);
  }

  const RequestHead& head;
  std::string_view body;
  TargetParts target;
  std::optional<std::vector<std::string>> segments;
  Query query;
  Route route;
  size_t receivers = 0;
  bool was_throttled = false;
  bool took_effect = false;
};

Service::Service(ServiceOptions options, Instant begin)
    : options_(std::move(options)),
      begin_(begin),
      throttle_(options_.throttle),
      faults_(options_.faults, begin),
      delay_(options_.delay),
      log_(options_.log_entries),
      random_(options_.seed) {
  for (std::string& hub : options_.hubs) hub = to_lower(hub);
  set_access_keys(options_.access_keys);
}

void Service::set_access_keys(const std::vector<std::string>& keys) {
  AWPS_CHECK(!keys.empty());
  tokens_.set_keys(keys);
  primary_key_ = std::make_unique<HmacKey>(keys.front());
}

void Service::reset(Instant now) {
  counters_ = Counters{};
  log_.clear();
  faults_ = Faults(options_.faults, now);
  throttle_ = Throttle(options_.throttle);
  delay_ = options_.delay;
  set_access_keys(options_.access_keys);
}

bool Service::hub_exists(const std::string& hub) const {
  return options_.hubs.empty() || std::ranges::find(options_.hubs, hub) != options_.hubs.end();
}

bool Service::fault_needs_body(const RequestHead& head) const {
  return !faults_.empty() && has_groups_in_body(Arrival(head, {}).route.operation);
}

std::optional<Fault> Service::fault_for(const RequestHead& head, std::string_view body, Now now) {
  if (faults_.empty()) return std::nullopt;
  const Arrival arrival(head, body);
  return faults_.decide(subject_of(head, arrival.route, arrival.query, body), now.instant);
}

std::optional<HttpResponse> Service::refuse_token(const Arrival& arrival, int64_t now_seconds) {
  const std::string_view token = bearer_of(arrival.head);
  if (token.empty()) return unauthorized("");
  if (!options_.entra_token.empty() && token == options_.entra_token) return std::nullopt;
  std::string error;
  const Claims* claims = tokens_.verify(token, error);
  if (claims == nullptr) return unauthorized(error);
  const auto in_time = check_times(*claims, now_seconds);
  if (!in_time.ok()) return unauthorized(in_time.error().message);
  const AudienceRule rule{.host = arrival.head.host,
                          .raw_path = arrival.target.path,
                          .schemes = {"http"},
                          .public_url = options_.public_url};
  if (!audience_matches(*claims, rule)) return unauthorized("The audience is invalid");
  // Microsoft's service takes this operation from Entra identities alone.
  if (arrival.route.operation == Operation::kGenerateClientToken) {
    return unauthorized("The access key cannot be used to generate client tokens");
  }
  return std::nullopt;
}

HttpResponse Service::respond(Arrival& arrival, Now now) {
  if (arrival.route.operation == Operation::kUnknown) return status_only(404);
  const bool is_health = arrival.route.operation == Operation::kHealth;
  const int64_t now_seconds = seconds_of(now.wall);
  if (!is_health) {
    if (auto refusal = refuse_token(arrival, now_seconds)) return *refusal;
    if (!throttle_.admit(now.instant)) {
      arrival.was_throttled = true;
      HttpResponse response = status_only(429);
      if (const auto seconds = throttle_.options().retry_after_seconds) {
        response.headers.emplace_back("Retry-After", std::to_string(*seconds));
      }
      return response;
    }
  }
  const std::string own_origin = origin(arrival.head);
  const RestRequest request{.head = arrival.head,
                            .route = arrival.route,
                            .query = arrival.query,
                            .raw_path = arrival.target.path,
                            .body = arrival.body,
                            .origin = own_origin};
  if (auto refusal = refuse_version_or_hub(request)) return *refusal;
  if (is_health) return service_status(200);
  if (!hub_exists(arrival.route.hub)) return status_only(404);
  if (arrival.route.operation == Operation::kGenerateClientToken) {
    return generate_token(arrival, now_seconds);
  }
  RestEffect effect;
  HttpResponse response = run_operation(hubs_[arrival.route.hub], request, effect);
  arrival.receivers = effect.receivers;
  return response;
}

Handled Service::handle(const RequestHead& head, std::string_view body, const Fault* fault,
                        Now now) {
  Arrival arrival(head, body);
  Handled handled;
  if (fault == nullptr || fault->takes_effect) {
    handled.response = respond(arrival, now);
    arrival.took_effect = is_success(handled.response.status);
  }
  handled.delay = delay_;
  if (fault != nullptr) {
    if (fault->answer) handled.response = *fault->answer;
    handled.delay += fault->delay;
    handled.reset = fault->reset;
    handled.stalls = fault->stalls;
  }
  record(arrival, handled, fault, now.instant);
  return handled;
}

Handled Service::refuse(const RequestHead& head, HttpResponse response, Now now) {
  Handled handled;
  handled.response = std::move(response);
  record(Arrival(head, {}), handled, nullptr, now.instant);
  return handled;
}

void Service::record(const Arrival& arrival, const Handled& handled, const Fault* fault,
                     Instant now) {
  const bool is_answered = !handled.stalls && handled.reset == Reset::kNone;
  const int status = is_answered ? handled.response.status : 0;
  ++counters_.requests;
  ++counters_.by_operation[static_cast<size_t>(arrival.route.operation)];
  if (is_answered) ++counters_.by_status[status];
  counters_.took_effect += arrival.took_effect ? 1 : 0;
  counters_.faults += fault != nullptr ? 1 : 0;
  counters_.throttled += arrival.was_throttled ? 1 : 0;
  counters_.resets += handled.reset != Reset::kNone ? 1 : 0;
  counters_.stalls += handled.stalls ? 1 : 0;
  counters_.messages_out += arrival.receivers;
  if (log_.is_on()) {
    LogEntry& entry = log_.add();
    fill(entry, arrival);
    entry.arrived_ns = (now - begin_).count();
    entry.status = status;
    if (fault != nullptr) entry.fault = fault->name.empty() ? "unnamed" : fault->name;
  }
  changed();
}

void Service::fill(LogEntry& entry, const Arrival& arrival) const {
  entry.operation = arrival.route.operation;
  entry.method = std::string(arrival.head.method);
  entry.hub = arrival.route.hub;
  entry.target = arrival.route.target();
  if (arrival.route.target() != arrival.route.group) entry.group = arrival.route.group;
  if (arrival.segments) {
    for (const std::string& segment : *arrival.segments) entry.path += "/" + segment;
  } else {
    entry.path = std::string(arrival.target.path);
  }
  entry.query = std::string(arrival.target.query);
  entry.content_type = std::string(arrival.head.content_type);
  entry.body_bytes = arrival.body.size();
  if (arrival.body.size() <= kMaxLoggedBody) {
    entry.body = std::string(arrival.body);
  } else {
    const Sha256Digest digest = sha256(arrival.body);
    entry.body_sha256 = hexadecimal(as_view(digest));
  }
  entry.took_effect = arrival.took_effect;
  entry.was_throttled = arrival.was_throttled;
  entry.client_request_id = std::string(arrival.head.client_request_id);
}

HttpResponse Service::generate_token(const Arrival& arrival, int64_t now_seconds) {
  const Query& query = arrival.query;
  constexpr long long kDefaultMinutes = 60;
  const std::string* minutes_text = query.find("minutestoexpire");
  const auto minutes = minutes_text == nullptr ? kDefaultMinutes : parse_decimal(*minutes_text);
  // A century is enough, and cannot overflow.
  if (!minutes || *minutes < 1 || *minutes > 100LL * 366 * 24 * 60) {
    return bad_request("The minutesToExpire must be at least 1.", "minutesToExpire");
  }
  const auto append_list = [](std::string& out, std::string_view name, const auto& values) {
    if (values.empty()) return;
    append_json_string(out, name);
    out += ":[";
    for (size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out += ',';
      append_json_string(out, values[i]);
    }
    out += "],";
  };
  std::string payload = "{";
  if (const std::string* user = query.find("userid"); user != nullptr && !user->empty()) {
    payload += "\"sub\":";
    append_json_string(payload, *user);
    payload += ',';
  }
  append_list(payload, "role", query.all("role"));
  append_list(payload, "webpubsub.group", query.all("group"));
  payload += "\"nbf\":" + std::to_string(now_seconds);
  payload += ",\"exp\":" + std::to_string(now_seconds + *minutes * 60);
  payload += ",\"iat\":" + std::to_string(now_seconds);
  payload += R"(,"iss":"https://webpubsub.azure.com","aud":)";
  append_json_string(payload, origin(arrival.head) + "/client/hubs/" + arrival.route.hub);
  payload += '}';
  HttpResponse response = service_status(200);
  response.content_type = "application/json; charset=utf-8";
  response.body = R"({"token":")" + signed_token(payload, *primary_key_) + R"("})";
  return response;
}

Result<ClientAdmission, HttpResponse> Service::admit(const RequestHead& head, Now now) {
  auto admission = admit_client(head, tokens_, seconds_of(now.wall), options_.public_url);
  if (admission.ok() && !hub_exists(admission->hub)) return status_only(404);
  return admission;
}

std::string Service::new_id() {
  std::string bytes;
  for (int i = 0; i < 3; ++i) {
    const uint64_t word = random_.next();
    for (unsigned shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(word >> shift);
  }
  return base64url_encode(bytes);
}

Connection* Service::recover(const ClientAdmission& admission, ClientLink& link, Instant now) {
  Hub& hub = hubs_[admission.hub];
  hub.expire(now);
  Connection* connection = hub.find(admission.recovery->connection_id);
  if (connection == nullptr || !connection->is_recoverable ||
      connection->reconnection_token.empty() ||
      connection->reconnection_token != admission.recovery->reconnection_token) {
    return nullptr;
  }
  // The old link may not know yet that it is dead.
  if (connection->link != nullptr) connection->link->close(CloseCode::kNormal);
  connection->link = &link;
  ++counters_.connections_recovered;
  return connection;
}

std::optional<std::string> Service::open(ClientAdmission& admission, ClientLink& link, Now now) {
  if (admission.recovery) {
    Connection* connection = recover(admission, link, now.instant);
    if (connection == nullptr) return std::nullopt;
    greet(*connection);
    for (const ReplayQueue::Item& item : connection->replay.items()) link.send(item.frame);
    changed();
    return connection->id;
  }
  Connection connection;
  connection.id = new_id();
  connection.user_id = admission.user_id;
  connection.protocol = admission.protocol;
  connection.permissions = admission.permissions;
  connection.groups.insert(admission.groups.begin(), admission.groups.end());
  if (admission.protocol == Protocol::kReliableJson) connection.reconnection_token = new_id();
  connection.link = &link;
  const Connection& added = hubs_[admission.hub].add(std::move(connection));
  ++counters_.connections_opened;
  greet(added);
  changed();
  return added.id;
}

std::optional<CloseCode> Service::receive(const ClientAdmission& admission,
                                          const std::string& connection_id, Frame frame) {
  Hub& hub = hubs_[admission.hub];
  Connection* connection = hub.find(connection_id);
  if (connection == nullptr) return std::nullopt;  // closed by REST; what it still says is void
  if (connection->protocol != Protocol::kSimple) {
    if (frame.is_binary) return CloseCode::kUnsupportedData;
    const auto request = parse_client_request(*frame.payload);
    if (!request) return CloseCode::kInvalidPayload;
    counters_.messages_out += handle_client_request(hub, *connection, *request).receivers;
    changed();
    return std::nullopt;
  }
  // Without an event handler the service drops a simple client that sends an event.
  if (!admission.simple_mode.send_to_group) return CloseCode::kNormal;
  const std::string& group = *admission.simple_mode.send_to_group;
  if (!connection->permissions.allows(Permission::kSendToGroup, group)) return CloseCode::kPolicy;
  Audience audience{.group = &group};
  if (admission.simple_mode.no_echo) audience.excluded.push_back(connection_id);
  Message message;
  message.type = frame.is_binary ? DataType::kBinary : DataType::kText;
  message.data = *frame.payload;
  Envelope envelope(std::move(message), {.group = group, .user_id = connection->user_id});
  counters_.messages_out += publish(hub, audience, envelope);
  changed();
  return std::nullopt;
}

void Service::closed(const LinkEnd& end, Instant now) {
  Hub& hub = hubs_[end.hub];
  ++counters_.connections_closed;
  const Connection* connection = hub.find(end.connection_id);
  if (connection != nullptr && connection->link == end.link) {
    end.is_final ? hub.remove(end.connection_id) : hub.detach(end.connection_id, now);
  }
  changed();
}

void Service::expire(Instant now) {
  for (auto& [name, hub] : hubs_) hub.expire(now);
}

Counters Service::counters() const {
  Counters counters = counters_;
  for (const auto& [name, hub] : hubs_) counters.connections += hub.connections().size();
  return counters;
}

std::string Service::connections_json() const {
  std::string out = "[";
  for (const auto& [name, hub] : hubs_) {
    for (const auto& [id, connection] : hub.connections()) {
      if (out.size() > 1) out += ',';
      out += "\n{\"hub\":";
      append_json_string(out, name);
      out += ",\"connectionId\":";
      append_json_string(out, id);
      out += ",\"userId\":";
      connection->user_id ? append_json_string(out, *connection->user_id) : void(out += "null");
      out += ",\"protocol\":";
      const std::string* protocol = connection->protocol_name();
      protocol != nullptr ? append_json_string(out, *protocol) : void(out += "null");
      out += connection->link == nullptr ? ",\"detached\":true" : ",\"detached\":false";
      out += ",\"groups\":[";
      const char* separator = "";
      for (const std::string& group : connection->groups) {
        out += separator;
        append_json_string(out, group);
        separator = ",";
      }
      out += "]}";
    }
  }
  out += "]\n";
  return out;
}

}  // namespace awps::emulator
