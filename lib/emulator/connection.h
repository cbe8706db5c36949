#pragma once

// A client's connection as the service knows it: who it is, what it may do, which groups it is in,
// and what it was sent but has not acknowledged. No sockets: frames leave by a ClientLink. A
// reliable connection may outlive its link (detached) and be recovered with its token.

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "emulator/filter/filter_expression.h"
#include "emulator/message.h"
#include "emulator/permissions.h"

namespace awps::emulator {

enum class CloseCode : uint16_t {
  kNormal = 1000,
  kUnsupportedData = 1003,
  kInvalidPayload = 1007,
  kPolicy = 1008,  // also: not recoverable
};

/// Where a connection's frames go. Implementations: a WebSocket session, and a recorder in tests.
/// None of these calls back into the hub before it returns.
class ClientLink {
 public:
  virtual ~ClientLink() = default;
  virtual void send(Frame frame) = 0;
  /// After what was sent before; nothing is sent after it.
  virtual void close(CloseCode code) = 0;
};

/// What a reliable client has not acknowledged, oldest first.
class ReplayQueue {
 public:
  static constexpr size_t kMaxMessages = 1000;
  static constexpr size_t kMaxBytes = 16 * 1024 * 1024;

  struct Item {
    uint64_t sequence_id = 0;
    Frame frame;
  };

  /// False if the limits are exceeded: the connection cannot be recovered any more.
  bool push(Item item) {
    bytes_ += item.frame.size();
    items_.push_back(std::move(item));
    return items_.size() <= kMaxMessages && bytes_ <= kMaxBytes;
  }
  void acknowledge(uint64_t sequence_id) {
    while (!items_.empty() && items_.front().sequence_id <= sequence_id) {
      bytes_ -= items_.front().frame.size();
      items_.pop_front();
    }
  }
  const std::deque<Item>& items() const { return items_; }

 private:
  std::deque<Item> items_;
  size_t bytes_ = 0;
};

struct Connection {
  std::string id;
  std::optional<std::string> user_id;
  Protocol protocol = Protocol::kSimple;
  Permissions permissions;
  GroupSet groups;
  std::string reconnection_token;  // empty unless reliable
  ClientLink* link = nullptr;      // nullptr: detached
  Instant detached_at{};
  bool is_recoverable = true;
  uint64_t last_sequence_id = 0;
  ReplayQueue replay;
  std::set<uint64_t> processed_acks;  // bounded by the newest kMaxProcessedAcks

  static constexpr size_t kMaxProcessedAcks = 10'000;

  /// The negotiated subprotocol; nullptr if there is none.
  const std::string* protocol_name() const;
};

/// Sends the message on, or keeps it for a detached reliable connection.
void deliver(Connection& connection, Envelope& envelope);

}  // namespace awps::emulator
