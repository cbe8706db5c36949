// The hubs of a World: how they are made, what they take, and how a durable one begins again when
// its process has ended.

#include <array>
#include <span>

#include "queue/hub_entrance.h"
#include "tests/simulation/world.h"
#include "worker/producer_number.h"

namespace awps {

void World::make_queue(Hub& hub, const std::string& name) {
  if (options_.window_bytes > 0) {
    hub.log =
        std::make_unique<WorldLog>(WorldLog::Options{.window_bytes = options_.window_bytes}, now_);
    hub.queue = &hub.log->window();
    hub.entrance = &hub.log->entrance();
    make_records(hub, name);
    return;
  }
  hub.memory_queue = std::make_unique<HubQueue>(
      HubQueue::Options{.hub = name}, [] {}, [] {});
  hub.queue = hub.memory_queue.get();
  hub.memory_entrance = std::make_unique<MemoryEntrance>(*hub.queue);
  hub.entrance = hub.memory_entrance.get();
}

void World::make_records(Hub& hub, const std::string& name) {
  hub.records = std::make_unique<HubQueue>(
      HubQueue::Options{.hub = name, .budget = {.charges = &Account::window_bytes}}, [] {}, [] {});
  hub.records_entrance = std::make_unique<MemoryEntrance>(*hub.records);
}

void World::make_pipeline(Hub& hub, int number) {
  hub.pipeline = std::make_unique<Pipeline>(hub_options(number), *endpoint_, random_.next());
  if (hub.log == nullptr) return;
  // What comes back from disk may be nobody's: its end is seen here.
  hub.pipeline->on_settlement(
      [this, &hub](const Accepted& accepted, const Batch&, const Settlement& settlement) {
        Outcome& outcome = hub.settled.emplace_back();
        outcome.account = issued_[accepted.seq].account;
        outcome.seq = accepted.seq;
        outcome.kind = settlement.kind;
        if (settlement.by != nullptr) outcome.by_seq = settlement.by->seq;
      });
}

void World::take_batches(Hub& hub) {
  if (hub.log != nullptr) {
    hub.log->committer().turn();
    if (!hub.log->committer().is_drained()) ++tails_;
  }
  std::array<std::unique_ptr<Batch>, 4> batches;
  for (HubQueue* queue : {hub.queue, hub.records.get()}) {
    while (const size_t count = queue == nullptr ? 0 : queue->pop(batches)) {
      for (auto& batch : std::span(batches).first(count)) hub.pipeline->accept(std::move(batch));
    }
  }
}

// Its broker has it.
void World::lose_record(Issued& issued, bool is_on_disk) {
  if (is_on_disk) mistake("a record is in the log");
  if (!issued.settled) ++settled_;
  issued.settled = true;
  issued.active = false;
}

// What is in the log and has its outcome may be carried out once more; what is accepted and has
// none must be there.
void World::restart() {
  Hub& hub = hubs_.front();
  const uint64_t accepted =
      hub.issued_before + hub.log->committer().counts().accepted - hub.recovered;
  const uint32_t run = hub.log->committer().run().number();
  answering_.clear();
  hub.pipeline.reset();
  hub.settled.clear();
  endpoint_ = std::make_unique<EndpointState>(EndpointState::Options{});
  pause_until_ = {};
  const std::set<uint64_t> live = hub.log->restart(random_);
  hub.queue = &hub.log->window();
  hub.entrance = &hub.log->entrance();
  make_records(hub, hub_options(0).hub);
  make_pipeline(hub, 0);
  hub.recovered = live.size();
  hub.issued_before = 0;
  for (const size_t number : hub.issued) {
    Issued& issued = issued_[number];
    const bool is_live = live.contains(number);
    if (issued.account->of_stream) {
      lose_record(issued, is_live);
      continue;
    }
    const uint64_t place = hub.issued_before++;
    if (issued.settled && is_live) --settled_;
    if (!issued.settled && !is_live) ++settled_;
    if (!issued.settled && !is_live && place < accepted) {
      mistake("an accepted action is lost");
    }
    uint64_t& producer = issued.order.producer;
    if (producer == connection_of(producer)) producer = producer_in_log(run, producer);
    issued.settled = !is_live;
    issued.active = issued.exempt = issued.ambiguous = false;
    issued.failures = issued.deferrals = 0;
    issued.place = issued.number;
  }
  // Accounts of the process that is gone hold nothing in the next one.
  for (Account& account : accounts_) {
    account.held_bytes = account.spooled_bytes = account.window_bytes = 0;
    account.is_withdrawn = false;
  }
}

}  // namespace awps
