#pragma once

// Writes: from a request to an action in its hub, and from what becomes of it to the answer.
//
// 1. What a connection writes to one hub is admitted in the order in which it came.
// 2. Whoever waits is answered within his hub's answer_within: as accepted if the action is, else
//    503. While the daemon stops, an accepted action waits for its end instead, since it is not
//    known yet whether it is kept.
// 3. A retry joins the request that it repeats, and gets its answer (retry_joins.h). After 503 for
//    an action of which the hub has not said yet whether it is accepted, the retry still joins it.
// 4. A caller that hangs up is no reason to forget an action. What its hub has not taken yet is no
//    action, and is let go if nobody else waits for it.
// 5. What is accepted and answered takes no memory here, but a bounded one for reads that are to
//    see it (settled_watch.h): a hub may have millions of them on its disk.
//
// Belongs to the server's thread.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/action_maker.h"
#include "gateway/held_bytes.h"
#include "gateway/open_writes.h"
#include "gateway/producers.h"
#include "gateway/retry_joins.h"
#include "gateway/settled_watch.h"
#include "intake/source_slot.h"

namespace awps {

class Writes {
 public:
  /// All of them outlive it.
  struct Parts {
    const Clock& clock;
    GatewayCounters& counters;
    SourceSlot& slot;
    SettledWatch& settled;
    /// Has it called after what the network has brought by now was looked at.
    std::function<void(std::function<void()>)> soon;
    HeldBytes::Limits held{};
  };

  explicit Writes(Parts parts);
  Writes(const Writes&) = delete;
  Writes& operator=(const Writes&) = delete;

  /// The head of a request came on this connection, whatever it asks.
  void request_came(uint64_t connection) { joins_.request_came(connection); }
  void take(Visit visit, http_server::Request request, Exchange exchange);
  void connection_ended(uint64_t connection);

  /// What the hubs have reported; true: there was something.
  bool take_reports();
  /// Some hub has room again, or there are other hubs: whoever waits tries again.
  void try_again();
  /// The slot has another directory.
  void follow_directory();
  /// Answers whose time is over.
  void on_time();
  Instant next_time() const { return open_.next_deadline(); }

  /// Nothing is pushed from now on: whatever is not in its hub is answered 503.
  void stop();
  /// What has no end by now has none: its answer is whether the hub's log keeps it.
  void finish(const std::function<bool(const std::string& hub)>& has_log);

  size_t open() const { return open_.size(); }
  size_t producers() const { return producers_.size(); }
  size_t held_bytes() const { return held_bytes_.all(); }
  size_t waiting_for_room() const { return waiting_.size(); }

 private:
  enum class Step { kDone, kWaits };

  void drain(GatewaySender& sender);
  void decide_all(GatewaySender& sender);
  Step decide(GatewaySender& sender, HeldWrite& held);
  void open_write(GatewaySender& sender, HeldWrite& held, std::optional<JoinTicket> ticket);
  void join(HeldWrite& held, const RetryJoins::Arrival& arrival);
  Step admit(GatewaySender& sender, HeldWrite& held);
  Step push(GatewaySender& sender, const HeldWrite& held, const Action& action);
  void pushed(GatewaySender& sender, const HeldWrite& held);
  std::string id_for(const GatewaySender& sender, const HeldWrite& held) const;
  void wait_for_room(GatewaySender& sender);
  void stop_waiting(GatewaySender& sender);
  void refuse_excess(GatewaySender& sender);
  void let_go(GatewaySender& sender);
  void look_again_soon(GatewaySender& sender);

  void take_report(const Report& report);
  void take_outcome(Producer& producer, const Outcome& outcome);
  void note_received(GatewaySender& sender);
  void accepted(OpenWrite& write);

  void answer_all(OpenWrite& write, const GatewayAnswer& answer);
  void answer_without_end(OpenWrite& write, const GatewayAnswer& answer);
  void answer_one(Asker& asker, const GatewayAnswer& answer);
  void end(WriteKey key, const GatewayAnswer& answer);
  void overdue(OpenWrite& write);
  void drop_held(const OpenWrite& write);

  void watch(const WriteKey& key, const Visit& visit);
  void settle(const WriteKey& key);
  void see_again(const std::string& hub);
  void look_for_settled_hubs();
  GatewayAnswer busy(const OpenWrite& write) const;

  const Parts parts_;
  const Instant started_;
  RetryJoins joins_;
  HeldBytes held_bytes_;
  Producers producers_;
  OpenWrites open_;
  ActionMaker maker_;
  std::map<uint64_t, std::pair<uint64_t, std::string>> waiting_;  // senders, by their turn
  uint64_t last_turn_ = 0;
  std::vector<uint64_t> touched_;  // connections whose writes had ends
  std::map<std::string, std::shared_ptr<const ServedHub>> out_of_sight_;  // see SettledWatch
  bool is_stopping_ = false;
};

}  // namespace awps
