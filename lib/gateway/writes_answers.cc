// Writes, the second half: from what the hubs report to the answers.

#include <algorithm>
#include <utility>

#include "gateway/writes.h"

namespace awps {

// ---- out of the hub

bool Writes::take_reports() {
  bool any = false;
  for (;;) {
    const std::vector<Report>& reports = parts_.slot.take_reports();
    if (reports.empty()) break;
    any = true;
    for (const Report& report : reports) take_report(report);
  }
  for (const uint64_t connection : std::exchange(touched_, {})) {
    Producer* producer = producers_.find(connection);
    if (producer != nullptr) producers_.drop_if_unused(*producer);
  }
  look_for_settled_hubs();
  return any;
}

void Writes::take_report(const Report& report) {
  const uint64_t connection = Producers::connection_of(producer_of(report));
  Producer* producer = producers_.find(connection);
  if (producer == nullptr) return;
  if (const auto* outcome = std::get_if<Outcome>(&report)) return take_outcome(*producer, *outcome);
  if (const auto* refusal = std::get_if<LateRefusal>(&report)) {
    for (const auto& [hub, sender] : producer->senders) sender->source.take(*refusal);
    const WriteKey key{.connection = connection, .seq = refusal->seq};
    end(key, refused_answer(refusal->code, refusal->message));
    settle(key);
    touched_.push_back(connection);
  } else {
    for (const auto& [hub, sender] : producer->senders) {
      sender->source.take(std::get<Receipt>(report));
    }
    touched_.push_back(connection);
  }
  for (const auto& [hub, sender] : producer->senders) note_received(*sender);
}

void Writes::take_outcome(Producer& producer, const Outcome& outcome) {
  const WriteKey key{.connection = producer.connection, .seq = outcome.seq};
  const OpenWrite* write = open_.find(key);
  if (write != nullptr) end(key, answer_of(write->route, outcome));
  settle(key);
  touched_.push_back(producer.connection);
  for (const auto& [hub, sender] : producer.senders) {
    sender->source.take(outcome);
    note_received(*sender);
  }
}

void Writes::note_received(GatewaySender& sender) {
  std::deque<uint64_t>& waiting = sender.unreceived;
  while (!waiting.empty() && waiting.front() <= sender.source.accepted_up_to(sender.last_seq)) {
    OpenWrite* write = open_.find({.connection = sender.connection, .seq = waiting.front()});
    waiting.pop_front();
    if (write != nullptr) accepted(*write);
  }
}

void Writes::accepted(OpenWrite& write) {
  write.state = OpenWrite::State::kAccepted;
  const HubRules& rules = write.hub->rules;
  const bool is_paused = rules.is_paused && rules.is_paused();
  // Whoever waited may have been told to send it again: then the retry is told.
  const bool is_known_late = write.askers.empty() && !is_stopping_;
  if (!write.is_answered_at_once && !is_paused && !is_known_late) return;
  end(write.key, accepted_answer(write.route));
}

// ---- answers

// The answer is known now, whatever becomes of the action later.
void Writes::answer_all(OpenWrite& write, const GatewayAnswer& answer) {
  open_.set_deadline(write, kNever);
  if (const std::optional<JoinTicket> ticket = open_.take_ticket(write)) {
    const auto shared = std::make_shared<const GatewayAnswer>(answer);
    if (write.askers.empty()) {
      joins_.answered_to_nobody(*ticket, shared, parts_.clock.now());
    } else {
      joins_.answered(*ticket, shared, parts_.clock.now());
    }
  }
  for (Asker& asker : std::exchange(write.askers, {})) answer_one(asker, answer);
}

void Writes::answer_one(Asker& asker, const GatewayAnswer& answer) {
  if (!asker.ticket) return asker.exchange.answer(answer);
  asker.exchange.answer(answer, [this, ticket = *asker.ticket](bool is_written) {
    joins_.written(ticket, is_written, parts_.clock.now());
  });
}

// It may become accepted, so retries go on joining it.
void Writes::answer_without_end(OpenWrite& write, const GatewayAnswer& answer) {
  for (Asker& asker : std::exchange(write.askers, {})) asker.exchange.answer(answer);
}

// The key by value: it may be that of the write, which goes.
void Writes::end(WriteKey key, const GatewayAnswer& answer) {
  OpenWrite* write = open_.find(key);
  if (write == nullptr) return;
  answer_all(*write, answer);
  open_.remove(key);
  --producers_.find(key.connection)->open;
}

void Writes::on_time() {
  const Instant now = parts_.clock.now();
  while (OpenWrite* write = open_.take_overdue(now)) overdue(*write);
}

void Writes::overdue(OpenWrite& write) {
  const WriteKey key = write.key;
  switch (write.state) {
    case OpenWrite::State::kAccepted:
      if (is_stopping_) return;
      end(key, accepted_answer(write.route));
      return producers_.drop_if_unused(*producers_.find(key.connection));
    case OpenWrite::State::kPushed:
      return answer_without_end(write, busy(write));
    case OpenWrite::State::kHeld:
      return drop_held(write);
  }
}

GatewayAnswer Writes::busy(const OpenWrite& write) const {
  const bool is_held = write.state == OpenWrite::State::kHeld;
  return busy_answer("hub '" + write.hub->rules.hub + "' " +
                     (is_held ? "had no room for this" : "could not write this to its disk") +
                     " within answer_within; send it again later");
}

// It may be any of those that its sender holds, but mostly the first.
void Writes::drop_held(const OpenWrite& write) {
  const WriteKey key = write.key;
  GatewaySender& sender = *producers_.find_sender(key.connection, write.hub->rules.hub);
  const bool was_first = sender.held.front().is_open && sender.held.front().seq == key.seq;
  end(key, busy(write));
  std::erase_if(sender.held,
                [&](const HeldWrite& held) { return held.is_open && held.seq == key.seq; });
  if (was_first || sender.held.empty()) stop_waiting(sender);  // it was its room that is awaited
  if (sender.waits_for_room() || sender.is_in_doubt) return;
  drain(sender);
}

// ---- what is settled, for reads

void Writes::watch(const WriteKey& key, const Visit& visit) {
  if (parts_.settled.begin(key, visit.routed)) {
    ++producers_.find(key.connection)->watched;
  } else if (parts_.settled.is_out_of_sight(visit.routed.hub)) {
    out_of_sight_[visit.routed.hub] = visit.hub;
  }
}

void Writes::settle(const WriteKey& key) {
  if (parts_.settled.settle(key)) --producers_.find(key.connection)->watched;
}

// A producer that has ended may have waited for that alone.
void Writes::see_again(const std::string& hub) {
  out_of_sight_.erase(hub);
  for (const WriteKey& key : parts_.settled.see_again(hub)) {
    Producer& producer = *producers_.find(key.connection);
    --producer.watched;
    producers_.drop_if_unused(producer);
  }
}

void Writes::look_for_settled_hubs() {
  std::vector<std::string> empty;
  for (const auto& [name, hub] : out_of_sight_) {
    if (hub->rules.is_empty && hub->rules.is_empty()) empty.push_back(name);
  }
  for (const std::string& name : empty) see_again(name);
}

// ---- the stop

void Writes::stop() {
  is_stopping_ = true;
  try_again();
}

void Writes::finish(const std::function<bool(const std::string& hub)>& has_log) {
  take_reports();
  for (const WriteKey& key : open_.keys()) {
    OpenWrite* write = open_.find(key);
    const bool is_kept =
        write->state == OpenWrite::State::kAccepted && has_log(write->hub->rules.hub);
    end(key, is_kept ? accepted_answer(write->route)
                     : stopping_answer("the daemon stopped before this was delivered, and nothing "
                                       "keeps it; send it again"));
  }
}

}  // namespace awps
