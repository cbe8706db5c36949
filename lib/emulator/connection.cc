#include "emulator/connection.h"

namespace awps::emulator {

const std::string* Connection::protocol_name() const {
  static const std::string kJsonName(kJsonProtocol);
  static const std::string kReliableName(kReliableJsonProtocol);
  switch (protocol) {
    case Protocol::kSimple:
      return nullptr;
    case Protocol::kJson:
      return &kJsonName;
    case Protocol::kReliableJson:
      break;
  }
  return &kReliableName;
}

void deliver(Connection& connection, Envelope& envelope) {
  if (connection.protocol != Protocol::kReliableJson) {
    if (connection.link != nullptr) connection.link->send(envelope.frame(connection.protocol, 0));
    return;
  }
  if (!connection.is_recoverable) return;
  const uint64_t sequence_id = ++connection.last_sequence_id;
  Frame frame = envelope.frame(connection.protocol, sequence_id);
  const bool fits = connection.replay.push({.sequence_id = sequence_id, .frame = frame});
  if (!fits) {
    // The slow client has lost messages for good, and must not be told otherwise by a recovery.
    connection.is_recoverable = false;
    if (connection.link != nullptr) connection.link->close(CloseCode::kPolicy);
    return;
  }
  if (connection.link != nullptr) connection.link->send(std::move(frame));
}

}  // namespace awps::emulator
