#include "tests/simulation/limit_world.h"

#include <algorithm>
#include <cmath>

#include "service_api/judge.h"

namespace awps {

namespace {

using std::chrono::milliseconds;

constexpr Instant kStart{std::chrono::seconds(1000)};
constexpr uint64_t kUsers = 1000;  // of a producer
constexpr Duration kShortestRead = milliseconds(5);

}  // namespace

LimitWorld::LimitWorld(const LimitPlan& plan)
    : service_(plan.service, kStart, 7),
      wakes_(plan.hubs, kStart),
      now_(kStart),
      starts_of_hubs_(plan.hubs),
      most_waiting_(plan.most_waiting) {
  for (size_t i = 0; i < plan.daemons; ++i) daemons_.emplace_back(plan.endpoint);
  for (size_t i = 0; i < plan.hubs; ++i) {
    PipelineOptions options = plan.hub;
    options.hub = "hub" + std::to_string(i);
    options.coalesce.enabled = false;  // so that an action is a request
    hubs_.push_back(std::make_unique<Pipeline>(options, daemon_of(i).endpoint, i + 1));
  }
  for (size_t i = 0; i < plan.producers.size(); ++i) {
    Producer& producer = producers_.emplace_back();
    producer.plan = plan.producers[i];
    producer.account.producer = i + 1;
    producer.account.wants_outcomes = true;
    producer.issued = static_cast<uint64_t>(to_seconds(producer.plan.from) * producer.plan.rate);
    // Producers do not all read at once.
    arrivals_.push({.at = kStart + producer.plan.from + i * milliseconds(1), .producer = i});
  }
}

Instant LimitWorld::next_event() const {
  Instant at = arrivals_.empty() ? kNever : arrivals_.top().at;
  return answers_.empty() ? at : std::min(at, answers_.top().at);
}

void LimitWorld::run(Duration until) {
  const Instant end_at = kStart + until;
  for (bool is_first = true;; is_first = false) {
    Instant wake_at = *std::ranges::min_element(wakes_);
    if (wake_at <= now_ && !is_first) {
      ++idle_turns_;
      wake_at = now_ + Duration(1);
    }
    const Instant at = std::min(next_event(), wake_at);
    if (at >= end_at) break;
    now_ = std::max(now_, at);
    while (!arrivals_.empty() && arrivals_.top().at <= now_) {
      const Arrival arrival = arrivals_.top();
      arrivals_.pop();
      arrive(arrival);
    }
    while (!answers_.empty() && answers_.top().at <= now_) {
      const Answering answering = answers_.top();
      answers_.pop();
      end(answering);
    }
    work_where_touched();
  }
  now_ = end_at;
}

void LimitWorld::own(size_t daemon, uint32_t owned, uint32_t all) {
  daemons_[daemon].endpoint.set_part({.owned = owned, .all = all}, now_);
  daemons_[daemon].is_touched = true;
}

// What one daemon's worker does is seen by that daemon's others, and by nobody else.
void LimitWorld::work_where_touched() {
  for (size_t hub = 0; hub < hubs_.size(); ++hub) {
    if (wakes_[hub] <= now_) daemon_of(hub).is_touched = true;
  }
  for (size_t hub = 0; hub < hubs_.size(); ++hub) {
    if (daemon_of(hub).is_touched) work(hub);
  }
  for (size_t hub = 0; hub < hubs_.size(); ++hub) {
    if (daemon_of(hub).is_touched) wakes_[hub] = hubs_[hub]->wake_at(now_);
  }
  for (Daemon& daemon : daemons_) daemon.is_touched = false;
}

void LimitWorld::arrive(const Arrival& arrival) {
  Producer& producer = producers_[arrival.producer];
  if (now_ - kStart >= producer.plan.until) return;
  const Duration read = std::max(kShortestRead, from_seconds(1 / producer.plan.rate));
  const double due = to_seconds(now_ + read - kStart) * producer.plan.rate;
  auto batch = std::make_unique<Batch>(producer.account, now_, 512);
  const uint64_t waiting = hubs_[producer.plan.hub]->ledger().unsettled();
  for (; static_cast<double>(producer.issued + 1) <= due; ++producer.issued) {
    if (waiting + batch->count() >= most_waiting_) break;
    const std::string user =
        "p" + std::to_string(arrival.producer) + "u" + std::to_string(producer.issued % kUsers);
    const bool sends = producer.plan.sends;
    batch->add({.kind = sends ? ActionKind::kSendToUser : ActionKind::kRemoveUserFromGroup,
                .member = user,
                .group = sends ? "" : "group",
                .data = sends ? "x" : "",
                .time_to_live = producer.plan.time_to_live},
               producer.issued, 100, 0);
  }
  if (batch->count() > 0) hubs_[producer.plan.hub]->accept(std::move(batch));
  daemon_of(producer.plan.hub).is_touched = true;
  arrivals_.push({.at = now_ + read, .producer = arrival.producer});
}

void LimitWorld::work(size_t hub) {
  Pipeline& pipeline = *hubs_[hub];
  pipeline.advance(now_);
  // The answer to it comes at once, and costs the service nothing.
  if (pipeline.take_health_probe(now_)) {
    const Mood mood = service_.mood(hub, now_);
    const bool is_reached = mood == Mood::kWell || mood == Mood::kFails;
    pipeline.health_ended(is_reached, mood == Mood::kWell, now_);
  }
  while (Operation* operation = pipeline.next(now_)) start(hub, *operation);
  for (const Outcome& outcome : pipeline.outcomes()) {
    if (outcome.kind != OutcomeKind::kDelivered) continue;
    ++producers_[outcome.account->producer - 1].delivered;
  }
  pipeline.outcomes().clear();
  pipeline.releases().clear();
}

void LimitWorld::start(size_t hub, Operation& operation) {
  record(Event::kStart);
  ++starts_of_hubs_[hub];
  if (now_ < daemon_of(hub).pause_until) ++starts_in_pause_;
  for (const Member& member : operation.members) {
    charged_ = std::max<uint64_t>(charged_, member.charged);
    if (member.sent > 1) continue;
    const Batch& batch = *member.entry->batch;
    const double seconds = to_seconds(now_ - batch.accepted_at());
    producers_[batch.account().producer - 1].waits_ms.push_back(static_cast<float>(1e3 * seconds));
  }
  Answering answering{.at = now_ + service_.way(),
                      .number = ++requests_,
                      .hub = hub,
                      .operation = &operation,
                      .is_under_way = true};
  answering.at > now_ ? answers_.push(answering) : judge_at_service(answering);
}

void LimitWorld::judge_at_service(Answering answering) {
  const LimitService::Answer answer =
      service_.answer(answering.hub, is_send(answering.operation->action().kind), now_);
  answering.at = now_ + answer.after;
  answering.is_under_way = false;
  answering.status = answer.response.status;
  answering.error = answer.response.error;
  answering.retry_after = answer.response.retry_after;
  answers_.push(answering);
}

void LimitWorld::end(const Answering& answering) {
  if (answering.is_under_way) {
    judge_at_service(answering);
    return;
  }
  Daemon& daemon = daemon_of(answering.hub);
  daemon.is_touched = true;
  if (answering.status == 202) record(Event::kDone);
  if (answering.status == 429) record(Event::kThrottled);
  if (answering.retry_after) {
    daemon.pause_until = std::max(daemon.pause_until, now_ + *answering.retry_after);
  }
  HttpResponse response;
  response.status = answering.status;
  response.error = answering.error;
  response.retry_after = answering.retry_after;
  const Verdict verdict = judge(response, {.is_send = true});
  hubs_[answering.hub]->complete(*answering.operation,
                                 {.verdict = verdict, .http_status = answering.status}, now_);
}

void LimitWorld::record(Event event) {
  std::vector<uint32_t>& slots = slots_[static_cast<size_t>(event)];
  const auto slot = static_cast<size_t>((now_ - kStart) / kSlot);
  if (slots.size() <= slot) slots.resize(slot + 1);
  ++slots[slot];
}

uint64_t LimitWorld::count(Event event, Duration from, Duration to) const {
  const std::vector<uint32_t>& slots = slots_[static_cast<size_t>(event)];
  const auto last = std::min(slots.size(), static_cast<size_t>(to / kSlot));
  uint64_t sum = 0;
  for (auto slot = static_cast<size_t>(from / kSlot); slot < last; ++slot) sum += slots[slot];
  return sum;
}

Duration LimitWorld::time_to_reach(double rate, Duration from) const {
  static constexpr Duration kWindow = milliseconds(500);
  for (Duration at = from; at + kWindow <= now_ - kStart; at += kSlot) {
    const auto done = static_cast<double>(count(Event::kDone, at, at + kWindow));
    if (done >= rate * to_seconds(kWindow)) return at - from;
  }
  return Duration::max();
}

double LimitWorld::fairness_of(const std::vector<double>& parts) {
  double sum = 0;
  double squares = 0;
  for (const double part : parts) {
    sum += part;
    squares += part * part;
  }
  return squares == 0 ? 0 : sum * sum / (static_cast<double>(parts.size()) * squares);
}

double LimitWorld::fairness_of_hubs() const {
  std::vector<double> parts;
  for (const auto& hub : hubs_) {
    parts.push_back(static_cast<double>(hub->ledger().with(OutcomeKind::kDelivered)));
  }
  return fairness_of(parts);
}

double LimitWorld::delivered_of(size_t daemon) const {
  double sum = 0;
  for (size_t hub = daemon; hub < hubs_.size(); hub += daemons_.size()) {
    sum += static_cast<double>(hubs_[hub]->ledger().with(OutcomeKind::kDelivered));
  }
  return sum;
}

void LimitWorld::begin_parts() {
  for (size_t i = 0; i < daemons_.size(); ++i) daemons_[i].delivered_before = delivered_of(i);
}

std::vector<double> LimitWorld::parts_of_daemons() const {
  std::vector<double> parts;
  for (size_t i = 0; i < daemons_.size(); ++i) {
    parts.push_back(delivered_of(i) - daemons_[i].delivered_before);
  }
  return parts;
}

double LimitWorld::fairness_of_producers() const {
  std::vector<double> parts;
  for (const Producer& producer : producers_) {
    parts.push_back(static_cast<double>(producer.delivered));
  }
  return fairness_of(parts);
}

double LimitWorld::wait_quantile_ms(size_t producer, double quantile) const {
  std::vector<float> waits = producers_[producer].waits_ms;
  if (waits.empty()) return std::nan("");
  const auto place = static_cast<size_t>(quantile * static_cast<double>(waits.size() - 1));
  std::ranges::nth_element(waits, waits.begin() + static_cast<ptrdiff_t>(place));
  return static_cast<double>(waits[place]);
}

uint64_t LimitWorld::concurrency() const {
  uint64_t most = 0;
  for (const auto& hub : hubs_) most = std::max(most, hub->permits().concurrency());
  return most;
}

uint64_t LimitWorld::outcomes(OutcomeKind kind) const {
  uint64_t sum = 0;
  for (const auto& hub : hubs_) sum += hub->ledger().with(kind);
  return sum;
}

uint64_t LimitWorld::unsettled() const {
  uint64_t sum = 0;
  for (const auto& hub : hubs_) sum += hub->ledger().unsettled();
  return sum;
}

}  // namespace awps
