#pragma once

// Producers: the connections of the gateway as producers of actions. A connection has a
// GatewaySender in each hub that it writes to: its writes go there in the order in which they came,
// and one that has no room holds up those behind it in that hub alone. Reading goes on meanwhile,
// so requests behind it for others are served, and the end of the connection is seen; what is held
// is bounded by HeldBytes and by the requests that a server reads ahead.
//
// A connection that has ended stays until its writes have their answers, so that a retry on another
// connection gets that of its forerunner; and while SettledWatch waits for one of them, since a
// durable hub reports nothing to a producer that is gone.
//
// One thread.

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gateway/exchange.h"
#include "gateway/gatekeeper.h"
#include "gateway/held_bytes.h"
#include "gateway/retry_joins.h"
#include "http_server/request.h"
#include "intake/source.h"

namespace awps {

/// A write that its hub has not taken yet.
struct HeldWrite {
  uint64_t seq = 0;
  Visit visit;
  http_server::Request request;  // with its charge, see Request::charge
  HeldBytes::Charge charge;
  std::optional<Exchange> exchange;  // until the write is open
  std::optional<JoinKey> key;        // none: its SDK gave it no id
  uint64_t doubted = 0;              // the last of RetryJoins::connection_in_doubt()
  bool is_open = false;              // it is new, and among the open writes
  bool has_forerunner = false;
  Instant arrived{};
};

/// A connection's way into one hub.
struct GatewaySender {
  GatewaySender(SourceSlot& slot, const Peer& peer) : source(slot, peer) {}

  uint64_t connection = 0;
  std::string hub;
  Source source;
  std::list<HeldWrite> held;
  uint64_t turn = 0;                // among all that wait for room; 0: it does not
  bool is_in_doubt = false;         // the first of `held` is looked at again in a moment
  uint64_t last_seq = 0;            // that was pushed
  std::deque<uint64_t> unreceived;  // pushed and not known to be accepted

  bool waits_for_room() const { return turn != 0; }
};

struct Producer {
  uint64_t connection = 0;
  uint64_t last_seq = 0;
  size_t open = 0;     // writes in OpenWrites
  size_t watched = 0;  // writes in SettledWatch
  std::map<std::string, std::unique_ptr<GatewaySender>, std::less<>> senders;  // by hub
  bool has_ended = false;
};

class Producers {
 public:
  /// The number of this connection as a producer: no connection of the sockets has it, and a log
  /// can keep it (worker/producer_number.h).
  static constexpr uint64_t number_of(uint64_t connection) { return kOurs | connection; }
  static constexpr uint64_t connection_of(uint64_t number) { return number & ~kOurs; }

  explicit Producers(SourceSlot& slot) : slot_(slot) {}

  Producer& of(uint64_t connection);
  /// nullptr: nothing is known of it.
  Producer* find(uint64_t connection);
  /// Made with the first request. The Refusal says why the hub takes nothing of it.
  Result<GatewaySender*, Refusal> sender_of(Producer& producer, const Visit& visit,
                                            const http_server::Request& request);
  /// nullptr: there is none.
  GatewaySender* find_sender(uint64_t connection, std::string_view hub);
  /// Of all.
  std::vector<GatewaySender*> senders();

  /// If it has ended, and nothing of it is waited for.
  void drop_if_unused(const Producer& producer);

  size_t size() const { return producers_.size(); }

 private:
  static constexpr uint64_t kOurs = uint64_t{1} << 39U;

  SourceSlot& slot_;
  std::unordered_map<uint64_t, Producer> producers_;
};

/// "gateway/" and the first 64 printable bytes of the user agent.
std::string producer_name(std::string_view user_agent);

}  // namespace awps
