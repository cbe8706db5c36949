#include "daemon/awpsd/explain/simulation.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace awps {

namespace {

// Where a timer says "now", time goes on by the least that it can.
constexpr Duration kLeastStep = std::chrono::microseconds(1);

RequestBuilder builder_of(const HubPlan& plan) {
  const Sender::Options options = sender_options(plan);
  return {options.endpoint_url, options.hub, options.api_version};
}

// As the service answers where the target exists.
int status_of(const ServiceRequest& request) {
  switch (request.method) {
    case HttpMethod::kPut:
      return 200;
    case HttpMethod::kDelete:
      return 204;
    case HttpMethod::kPost:
      return request.url.find(":send?") == std::string::npos ? 200 : 202;
    case HttpMethod::kGet:
    case HttpMethod::kHead:
      break;
  }
  return 200;
}

}  // namespace

Simulation::Hub::Hub(const HubPlan& plan, EndpointState& endpoint)
    : options(pipeline_options(plan)),
      pipeline(options, endpoint, /*seed=*/1),
      builder(builder_of(plan)) {
  account.producer = 1;
  account.wants_outcomes = true;
}

Simulation::Simulation(const Plan& plan, Duration round_trip) : round_trip_(round_trip) {
  for (const HubPlan& hub : plan.hubs) {
    std::unique_ptr<EndpointState>& endpoint = endpoints_[hub.endpoint_url];
    if (endpoint == nullptr) {
      EndpointState::Options options = endpoint_options(hub.service);
      options.shared_by.clear();  // as if it were the only daemon of its fleet
      endpoint = std::make_unique<EndpointState>(options);
    }
    hubs_.push_back(std::make_unique<Hub>(hub, *endpoint));
  }
  results_.resize(hubs_.size());
}

std::vector<SimulatedHub> Simulation::run(const ExplainInput& input, const OnRequest& on_request) {
  accept(input);
  while (!idle()) {
    start_what_may(on_request);
    if (idle()) break;
    const Instant next = next_event();
    AWPS_CHECK(next != kNever);
    now_ = next;
    answer_what_is_due();
  }
  for (size_t i = 0; i < hubs_.size(); ++i) {
    const Ledger& ledger = hubs_[i]->pipeline.ledger();
    AWPS_CHECK(ledger.balances());
    results_[i].accepted = ledger.accepted;
    results_[i].delivered = ledger.with(OutcomeKind::kDelivered);
  }
  return std::move(results_);
}

void Simulation::accept(const ExplainInput& input) {
  for (size_t i = 0; i < hubs_.size(); ++i) {
    const std::vector<InputAction>& actions = input.by_hub[i];
    if (actions.empty()) continue;
    auto batch = std::make_unique<Batch>(hubs_[i]->account, now_, actions.size() * kFixedCharge);
    for (const InputAction& item : actions) {
      batch->add(item.action, item.seq, static_cast<uint32_t>(charge_of(item.action)),
                 item.ordered_batch);
    }
    hubs_[i]->pipeline.accept(std::move(batch));
    take_outcomes(i);
  }
}

void Simulation::start_what_may(const OnRequest& on_request) {
  for (size_t i = 0; i < hubs_.size(); ++i) {
    hubs_[i]->pipeline.advance(now_);
    take_outcomes(i);
  }
  for (bool started = true; started;) {
    started = false;
    for (size_t i = 0; i < hubs_.size(); ++i) started = start_one(i, on_request) || started;
  }
  for (const auto& hub : hubs_) hub->none_waited = hub->pipeline.waiting() == 0;
}

bool Simulation::start_one(size_t number, const OnRequest& on_request) {
  Hub& hub = *hubs_[number];
  const size_t waiting = hub.pipeline.waiting();
  const uint64_t permits = hub.pipeline.permits().available(now_);
  Operation* operation = hub.pipeline.next(now_);
  if (operation == nullptr) return false;
  hub.writer.write(hub.builder, *operation, hub.request);
  ++results_[number].requests;
  if (on_request) {
    on_request({.hub = number,
                .at = now_,
                .operation = *operation,
                .request = hub.request,
                .pipeline = hub.pipeline,
                .rules = hub.options.coalesce,
                .waiting = waiting,
                .permits = permits,
                .was_held = hub.none_waited && now_ > kStart});
  }
  flights_.push_back({.hub = number,
                      .operation = operation,
                      .answered = now_ + round_trip_,
                      .status = status_of(hub.request)});
  return true;
}

Instant Simulation::next_event() const {
  Instant next = kNever;
  for (const auto& hub : hubs_) {
    const Instant wake = hub->pipeline.wake_at(now_);
    if (wake != kNever) next = std::min(next, std::max(wake, now_ + kLeastStep));
  }
  return flights_.empty() ? next : std::min(next, flights_.front().answered);
}

void Simulation::answer_what_is_due() {
  while (!flights_.empty() && flights_.front().answered <= now_) {
    const Flight flight = flights_.front();
    flights_.pop_front();
    results_[flight.hub].took = now_ - kStart;
    hubs_[flight.hub]->pipeline.complete(*flight.operation, {.http_status = flight.status}, now_);
    take_outcomes(flight.hub);
  }
}

void Simulation::take_outcomes(size_t number) {
  Pipeline& pipeline = hubs_[number]->pipeline;
  for (const Outcome& outcome : pipeline.outcomes()) {
    if (outcome.kind == OutcomeKind::kDelivered) continue;
    results_[number].ends.push_back({.seq = outcome.seq,
                                     .kind = outcome.kind,
                                     .by_seq = outcome.by_seq,
                                     .after = now_ - kStart});
  }
  pipeline.outcomes().clear();
  pipeline.releases().clear();
}

bool Simulation::idle() const {
  return std::ranges::all_of(hubs_, [](const auto& hub) { return hub->pipeline.idle(); });
}

}  // namespace awps
