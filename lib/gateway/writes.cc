#include "gateway/writes.h"

#include <algorithm>
#include <utility>

#include "gateway/action_ids.h"

namespace awps {

namespace {

GatewayAnswer answer_of_stop() {
  return stopping_answer("the daemon stops and accepts nothing new; send this again");
}

// About what a request takes while it is held.
size_t size_of(const http_server::Request& request) {
  static constexpr size_t kRest = 1024;
  size_t bytes = kRest + request.target.size() + request.body.size();
  for (const auto& [name, value] : request.headers) bytes += name.size() + value.size();
  return bytes;
}

bool is_answered_at_once(const Visit& visit) {
  return visit.fields.answer.value_or(visit.hub->rules.answer) == AnswerMode::kAccepted;
}

}  // namespace

Writes::Writes(Parts parts)
    : parts_(std::move(parts)),
      started_(parts_.clock.now()),
      joins_(RetryJoins::Options{}),
      held_bytes_(parts_.held),
      producers_(parts_.slot) {}

void Writes::take(Visit visit, http_server::Request request, Exchange exchange) {
  const uint64_t connection = exchange.connection();
  Result<GatewaySender*, Refusal> sender =
      producers_.sender_of(producers_.of(connection), visit, request);
  if (!sender) {
    return exchange.answer(refused_answer(sender.error().code, sender.error().message));
  }
  HeldWrite held{.visit = std::move(visit), .request = std::move(request)};
  held.arrived = exchange.arrived();
  held.exchange.emplace(std::move(exchange));
  const RequestFields& fields = held.visit.fields;
  if (!fields.client_request_id.empty()) {
    held.key = join_key_of({.caller = held.visit.caller.id,
                            .method = held.request.method,
                            .target = held.request.target,
                            .content_type = fields.content_type,
                            .own_fields = fields.own_fields,
                            .body = held.request.body,
                            .client_request_id = fields.client_request_id});
  }
  held.charge = HeldBytes::Charge(held_bytes_, (*sender)->hub, size_of(held.request));
  (*sender)->held.push_back(std::move(held));
  drain(**sender);
}

void Writes::connection_ended(uint64_t connection) {
  joins_.connection_ended(connection, parts_.clock.now());
  Producer* producer = producers_.find(connection);
  if (producer == nullptr) return;
  producer->has_ended = true;
  std::vector<std::string> waiting;
  for (const auto& [hub, sender] : producer->senders) {
    if (sender->waits_for_room()) waiting.push_back(hub);
  }
  for (const std::string& hub : waiting) let_go(*producers_.find_sender(connection, hub));
  producers_.drop_if_unused(*producer);
  for (const std::string& hub : waiting) {
    GatewaySender* sender = producers_.find_sender(connection, hub);
    if (sender != nullptr) drain(*sender);
  }
}

// What nobody waits for any more makes room for others.
void Writes::let_go(GatewaySender& sender) {
  std::erase_if(sender.held, [&](const HeldWrite& held) {
    if (!held.is_open) return true;
    const OpenWrite& write = *open_.find({.connection = sender.connection, .seq = held.seq});
    const bool is_waited_for = std::ranges::any_of(write.askers, [&](const Asker& asker) {
      return asker.exchange.connection() != sender.connection;
    });
    if (!is_waited_for) end(write.key, busy(write));
    return !is_waited_for;
  });
  stop_waiting(sender);
}

// ---- into the hub

void Writes::drain(GatewaySender& sender) {
  decide_all(sender);
  std::list<HeldWrite>& held = sender.held;
  while (!held.empty() && held.front().is_open && !sender.waits_for_room()) {
    if (admit(sender, held.front()) == Step::kWaits) break;
    held.pop_front();
  }
  refuse_excess(sender);
  if (held.empty()) stop_waiting(sender);
  producers_.drop_if_unused(*producers_.find(sender.connection));  // the sender may be gone then
}

// Of a hub that has no room: whoever comes last is not held.
void Writes::refuse_excess(GatewaySender& sender) {
  std::list<HeldWrite>& held = sender.held;
  while (!held.empty() && held.back().is_open && held_bytes_.is_over(sender.hub)) {
    end({.connection = sender.connection, .seq = held.back().seq},
        busy_answer("hub '" + sender.hub + "' has no room, and what waits for it takes what it " +
                    "may of gateway.max_partial_bytes or max_connections; send this again later"));
    held.pop_back();
  }
}

// Also of those that wait behind others: each is answered in time, and can be joined.
void Writes::decide_all(GatewaySender& sender) {
  for (auto held = sender.held.begin(); held != sender.held.end();) {
    if (!held->is_open && decide(sender, *held) == Step::kWaits) return;
    held = held->is_open ? std::next(held) : sender.held.erase(held);  // it has its answer
  }
}

// A retry may overtake the end of the connection that it replaces: then that is looked for first.
Writes::Step Writes::decide(GatewaySender& sender, HeldWrite& held) {
  if (!held.key) {
    open_write(sender, held, std::nullopt);
    return Step::kDone;
  }
  if (sender.is_in_doubt) return Step::kWaits;
  // Its caller has hung up without an answer, and nothing was accepted. A later retry may have had
  // the answer by now, so this one would be taken for a new action.
  if (held.doubted != 0 && producers_.find(sender.connection)->has_ended) {
    held.exchange.reset();
    return Step::kDone;
  }
  const std::optional<uint64_t> in_doubt = joins_.connection_in_doubt(*held.key);
  if (in_doubt && *in_doubt != held.doubted) {
    held.doubted = *in_doubt;
    look_again_soon(sender);
    return Step::kWaits;
  }
  const RetryJoins::Arrival arrival =
      joins_.arrive(*held.key, sender.connection, parts_.clock.now());
  if (arrival.kind != RetryJoins::Arrival::Kind::kNew) {
    join(held, arrival);
    return Step::kDone;
  }
  held.has_forerunner = arrival.has_forerunner;
  open_write(sender, held, arrival.ticket);
  return Step::kDone;
}

void Writes::look_again_soon(GatewaySender& sender) {
  sender.is_in_doubt = true;
  parts_.soon([this, connection = sender.connection, hub = sender.hub] {
    GatewaySender* in_doubt = producers_.find_sender(connection, hub);
    if (in_doubt == nullptr) return;
    in_doubt->is_in_doubt = false;
    drain(*in_doubt);
  });
}

void Writes::open_write(GatewaySender& sender, HeldWrite& held, std::optional<JoinTicket> ticket) {
  Producer& producer = *producers_.find(sender.connection);
  held.seq = ++producer.last_seq;
  held.is_open = true;
  ++producer.open;
  OpenWrite& write = open_.add({.key = {.connection = sender.connection, .seq = held.seq},
                                .route = held.visit.routed.route,
                                .hub = held.visit.hub,
                                .is_answered_at_once = is_answered_at_once(held.visit),
                                .ticket = ticket,
                                .deadline = held.arrived + held.visit.hub->rules.answer_within});
  write.askers.push_back({.exchange = std::move(*held.exchange), .ticket = ticket});
  held.exchange.reset();
}

void Writes::join(HeldWrite& held, const RetryJoins::Arrival& arrival) {
  parts_.counters.note_joined();
  Asker asker{.exchange = std::move(*held.exchange), .ticket = arrival.ticket};
  held.exchange.reset();
  if (arrival.answer != nullptr) return answer_one(asker, *arrival.answer);
  OpenWrite* write = open_.find_action(arrival.action);
  if (write == nullptr) return answer_one(asker, answer_of_stop());  // it cannot be
  const Instant deadline = held.arrived + write->hub->rules.answer_within;
  if (write->askers.empty()) open_.set_deadline(*write, deadline);
  write->askers.push_back(std::move(asker));
}

Writes::Step Writes::admit(GatewaySender& sender, HeldWrite& held) {
  const WriteKey key{.connection = sender.connection, .seq = held.seq};
  if (is_stopping_) {
    end(key, answer_of_stop());
    return Step::kDone;
  }
  const std::string id = id_for(sender, held);
  const Action* action = maker_.make({.request = held.visit.routed,
                                      .fields = held.visit.fields,
                                      .body = held.request.body,
                                      .id = id});
  if (action == nullptr) {
    const Refusal refusal = maker_.take_refusal();
    end(key, refused_answer(refusal.code, refusal.message));
    return Step::kDone;
  }
  const Step step = push(sender, held, *action);
  maker_.release_excess();
  return step;
}

Writes::Step Writes::push(GatewaySender& sender, const HeldWrite& held, const Action& action) {
  // A retry of what came before the start is one that the hub may know, and this door does not.
  sender.source.set_ids_are_new(!may_follow_restart(held.arrived, started_));
  const Admission::Read read{.at = parts_.clock.now(),
                             .bytes_left = held.request.target.size() + held.request.body.size()};
  for (;;) {
    const Source::Decision decision = sender.source.admit(action, {.seq = held.seq}, read);
    sender.source.end_read(0);
    if (decision == Source::Decision::kAdmitted) {
      pushed(sender, held);
      return Step::kDone;
    }
    if (decision == Source::Decision::kRefused) {
      const Refusal refusal = sender.source.take_refusal();
      end({.connection = sender.connection, .seq = held.seq},
          refused_answer(refusal.code, refusal.message));
      return Step::kDone;
    }
    if (!sender.source.must_wait_for_room()) continue;
    wait_for_room(sender);
    return Step::kWaits;
  }
}

void Writes::pushed(GatewaySender& sender, const HeldWrite& held) {
  const WriteKey key{.connection = sender.connection, .seq = held.seq};
  open_.find(key)->state = OpenWrite::State::kPushed;
  watch(key, held.visit);
  sender.last_seq = held.seq;
  sender.unreceived.push_back(held.seq);
  note_received(sender);
}

// In memory there is nothing to know again after a restart. A new request with the id of one that
// came before has none: the hub would take it for that one.
std::string Writes::id_for(const GatewaySender& sender, const HeldWrite& held) const {
  if (!held.key || held.has_forerunner) return "";
  const IntakeHub* hub = parts_.slot.hubs().find(sender.hub);
  if (hub == nullptr || hub->entrance == nullptr || !hub->entrance->wants_lines()) return "";
  return action_id_of(*held.key, held.visit.fields.client_request_id);
}

void Writes::wait_for_room(GatewaySender& sender) {
  sender.turn = ++last_turn_;
  waiting_.emplace(sender.turn, std::pair(sender.connection, sender.hub));
}

void Writes::stop_waiting(GatewaySender& sender) {
  waiting_.erase(std::exchange(sender.turn, 0));
}

void Writes::try_again() {
  for (const auto& [turn, place] : std::exchange(waiting_, {})) {
    GatewaySender* sender = producers_.find_sender(place.first, place.second);
    if (sender == nullptr || sender->turn != turn) continue;
    sender->turn = 0;
    drain(*sender);
  }
}

void Writes::follow_directory() {
  for (GatewaySender* sender : producers_.senders()) sender->source.follow_directory();
  // A hub that is gone may report to nobody what it still has on its disk.
  for (const std::string& hub : parts_.settled.hubs()) {
    if (parts_.slot.hubs().find(hub) == nullptr) see_again(hub);
  }
  try_again();
}

}  // namespace awps
