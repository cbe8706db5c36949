#include "emulator/client_protocol.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/crypto.h"
#include "emulator/group_name.h"
#include "emulator/json_reader.h"
#include "emulator/text.h"

namespace awps::emulator {

namespace {

constexpr uint64_t kMaxTtlSeconds = 300;

struct KindWord {
  std::string_view name;
  ClientRequestKind kind;
};

constexpr std::array kKinds = {
    KindWord{"joinGroup", ClientRequestKind::kJoinGroup},
    KindWord{"leaveGroup", ClientRequestKind::kLeaveGroup},
    KindWord{"sendToGroup", ClientRequestKind::kSendToGroup},
    KindWord{"event", ClientRequestKind::kEvent},
    KindWord{"sequenceAck", ClientRequestKind::kSequenceAck},
    KindWord{"ping", ClientRequestKind::kPing},
};

std::optional<uint64_t> unsigned_value(std::string_view raw) {
  uint64_t value = 0;
  const char* end = raw.data() + raw.size();
  const auto result = std::from_chars(raw.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return value;
}

/// The members of a request, taken by name.
class Fields {
 public:
  explicit Fields(const std::vector<JsonMember>& members) : members_(members) {}

  std::string_view raw(std::string_view name) const {
    const auto found = std::ranges::find(members_, name, &JsonMember::name);
    return found == members_.end() ? std::string_view() : found->raw;
  }
  std::optional<std::string> text(std::string_view name) const {
    return json_string_value(raw(name));
  }

 private:
  const std::vector<JsonMember>& members_;
};

void read_group(const Fields& members, ClientRequest& request) {
  request.group = members.text("group").value_or("");
  if (!is_group_name(request.group)) {
    request.mistake = "The group must be a string of 1 to 1024 characters.";
  }
}

/// The payload of an event or of sendToGroup, by its dataType (json if there is none).
void read_message(const Fields& members, ClientRequest& request) {
  const auto raw = members.raw("data");
  const std::string type = members.text("dataType").value_or("json");
  if (raw.empty()) {
    request.mistake = "The request has no data.";
    return;
  }
  if (type == "json") {
    request.message = {.type = DataType::kJson, .data = std::string(raw), .metadata = {}};
    return;
  }
  auto text = json_string_value(raw);
  if (!text) {
    request.mistake = "The data of dataType '" + type + "' must be a string.";
    return;
  }
  if (type == "text") {
    request.message = {.type = DataType::kText, .data = std::move(*text), .metadata = {}};
    return;
  }
  if (type != "binary" && type != "protobuf") {
    request.mistake = "The dataType '" + type + "' is not supported.";
    return;
  }
  auto bytes = base64_decode(*text);
  if (!bytes) {
    request.mistake = "The data of dataType '" + type + "' must be base64.";
    return;
  }
  request.message = {.type = type == "binary" ? DataType::kBinary : DataType::kProtobuf,
                     .data = std::move(*bytes),
                     .metadata = {}};
}

void read_send(const Fields& members, ClientRequest& request) {
  read_group(members, request);
  if (request.mistake.empty()) read_message(members, request);
  request.no_echo = members.raw("noEcho") == "true";
  const auto ttl = members.raw("ttlSeconds");
  if (!ttl.empty() && unsigned_value(ttl).value_or(kMaxTtlSeconds + 1) > kMaxTtlSeconds) {
    request.mistake = "The ttlSeconds must be in between 0 and 300.";
  }
}

void read_fields(const Fields& members, ClientRequest& request) {
  switch (request.kind) {
    case ClientRequestKind::kJoinGroup:
    case ClientRequestKind::kLeaveGroup:
      read_group(members, request);
      return;
    case ClientRequestKind::kSendToGroup:
      read_send(members, request);
      return;
    case ClientRequestKind::kEvent:
      if (members.text("event").value_or("").empty()) request.mistake = "The request has no event.";
      return;
    case ClientRequestKind::kSequenceAck:
      request.sequence_id = unsigned_value(members.raw("sequenceId")).value_or(0);
      return;
    case ClientRequestKind::kPing:
      return;
    case ClientRequestKind::kUnknown:
      request.mistake = "The type is not supported.";
  }
}

/// Remembers the id; false if it was processed before.
bool remember_ack(Connection& connection, uint64_t ack_id) {
  if (!connection.processed_acks.insert(ack_id).second) return false;
  if (connection.processed_acks.size() > Connection::kMaxProcessedAcks) {
    connection.processed_acks.erase(connection.processed_acks.begin());
  }
  return true;
}

std::optional<AckError> forbidden(const Connection& connection, Permission permission,
                                  const std::string& group) {
  if (connection.permissions.allows(permission, group)) return std::nullopt;
  const bool is_send = permission == Permission::kSendToGroup;
  return AckError{.name = "Forbidden",
                  .message = std::string("The client does not have permission to ") +
                             (is_send ? "send to" : "join or leave") + " group '" + group + "'"};
}

/// Carries the request out; an error is why it was not.
std::optional<AckError> carry_out(Hub& hub, Connection& connection, const ClientRequest& request,
                                  ClientEffect& effect) {
  if (!request.mistake.empty()) return AckError{.name = "BadRequest", .message = request.mistake};
  switch (request.kind) {
    case ClientRequestKind::kJoinGroup:
    case ClientRequestKind::kLeaveGroup: {
      auto error = forbidden(connection, Permission::kJoinLeaveGroup, request.group);
      if (error) return error;
      const bool joins = request.kind == ClientRequestKind::kJoinGroup;
      joins ? hub.join(connection, request.group) : hub.leave(connection, request.group);
      return std::nullopt;
    }
    case ClientRequestKind::kSendToGroup: {
      auto error = forbidden(connection, Permission::kSendToGroup, request.group);
      if (error) return error;
      Audience audience{.group = &request.group};
      if (request.no_echo) audience.excluded.push_back(connection.id);
      Envelope envelope(request.message, {.group = request.group, .user_id = connection.user_id});
      effect.receivers = publish(hub, audience, envelope);
      return std::nullopt;
    }
    case ClientRequestKind::kEvent:
      return AckError{.name = "InternalServerError",
                      .message = "The event has no event handler: the emulator has none."};
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<ClientRequest> parse_client_request(std::string_view text) {
  const auto object = json_members(text);
  if (!object) return std::nullopt;
  const Fields members(*object);
  ClientRequest request;
  const auto* word = std::ranges::find(kKinds, members.text("type").value_or(""), &KindWord::name);
  if (word != kKinds.end()) request.kind = word->kind;
  if (const auto raw = members.raw("ackId"); !raw.empty() && raw != "null") {
    request.ack_id = unsigned_value(raw);
  }
  read_fields(members, request);
  return request;
}

ClientEffect handle_client_request(Hub& hub, Connection& connection, const ClientRequest& request) {
  ClientEffect effect;
  if (request.kind == ClientRequestKind::kPing) {
    connection.link->send(text_frame(R"({"type":"pong"})"));
    return effect;
  }
  if (request.kind == ClientRequestKind::kSequenceAck) {
    connection.replay.acknowledge(request.sequence_id);
    return effect;
  }
  if (request.ack_id && !remember_ack(connection, *request.ack_id)) {
    const std::string id = std::to_string(*request.ack_id);
    connection.link->send(text_frame(failed_ack_text(
        *request.ack_id,
        {.name = "Duplicate", .message = "Message with ack-id: " + id + " has been processed"})));
    return effect;
  }
  const auto error = carry_out(hub, connection, request, effect);
  if (!request.ack_id) return effect;
  // A refused request was not processed: its id may be used again.
  if (error) connection.processed_acks.erase(*request.ack_id);
  connection.link->send(
      text_frame(error ? failed_ack_text(*request.ack_id, *error) : ack_text(*request.ack_id)));
  return effect;
}

}  // namespace awps::emulator
