#pragma once

// The JSON subprotocols' frames from clients: what a frame asks for, and what the service does with
// it. A request with an ackId is always acknowledged; one without never is. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "emulator/hub.h"

namespace awps::emulator {

enum class ClientRequestKind {
  kJoinGroup,
  kLeaveGroup,
  kSendToGroup,
  kEvent,
  kSequenceAck,
  kPing,
  kUnknown,
};

struct ClientRequest {
  ClientRequestKind kind = ClientRequestKind::kUnknown;
  std::optional<uint64_t> ack_id;
  std::string group;
  Message message;
  bool no_echo = false;
  uint64_t sequence_id = 0;
  std::string mistake;  // not empty: what is wrong with the request, for a failed ack
};

/// nullopt: no JSON object at all; the connection is closed with 1007.
std::optional<ClientRequest> parse_client_request(std::string_view text);

/// What a client's frame led to, for counters.
struct ClientEffect {
  size_t receivers = 0;
};

/// Does what the request asks for; answers go to the connection's link, which must be there.
ClientEffect handle_client_request(Hub& hub, Connection& connection, const ClientRequest& request);

}  // namespace awps::emulator
