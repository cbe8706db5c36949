#include "tests/simulation/sick_world.h"

#include <algorithm>
#include <utility>

#include "hub/operation_request.h"
#include "service_api/answer_text.h"
#include "service_api/judge.h"

namespace awps {

namespace {

using std::chrono::milliseconds;

constexpr Instant kStart{std::chrono::seconds(1000)};
constexpr Duration kShortestRead = milliseconds(5);

bool has_filter(OperationForm form) {
  return form == OperationForm::kFanOut || form == OperationForm::kBulkMembership;
}

HttpMethod method_of(const Operation& operation) {
  using enum ActionKind;
  const ActionKind kind = operation.action().kind;
  if (has_filter(operation.present_form()) || is_send(kind) || kind == kCloseAllConnections) {
    return HttpMethod::kPost;
  }
  const bool adds =
      kind == kAddUserToGroup || kind == kAddConnectionToGroup || kind == kGrantPermission;
  return adds ? HttpMethod::kPut : HttpMethod::kDelete;
}

}  // namespace

SickPlan SickPlan::alone_of(SickPlan plan) {
  plan.alone = true;
  plan.service.outage = {};
  plan.service.filters_are = Sickness::kNone;
  plan.service.one_address_dead = false;
  return plan;
}

SickWorld::SickWorld(const SickPlan& plan)
    : plan_(plan),
      endpoint_(plan.endpoint),
      service_(plan.service, kStart),
      records_(kStart),
      culprits_of_(plan.service.targets),
      is_poisoned_(plan.service.targets),
      now_(kStart) {
  for (size_t i = 0; i < plan.hubs; ++i) {
    PipelineOptions options = plan.hub;
    options.hub = "hub" + std::to_string(i);
    hubs_.push_back(std::make_unique<Pipeline>(options, endpoint_, i + plan.service.seed));
  }
  for (size_t i = 0; i < plan.producers.size(); ++i) {
    Producer& producer = producers_.emplace_back();
    producer.plan = plan.producers[i];
    producer.account.producer = i + 1;
    producer.account.wants_outcomes = true;
    // Producers do not all read at once.
    arrivals_.push({.at = kStart + producer.plan.from + i * milliseconds(1), .producer = i});
    if (!producer.plan.poisons) continue;
    const auto poison = static_cast<uint64_t>(producer.plan.at_once);
    for (uint64_t n = 0; n < poison; ++n) is_poisoned_[target_of(producer.plan, n)] = true;
  }
}

// ---- the loop

void SickWorld::run(Duration until) {
  const Instant end_at = kStart + until;
  while (!is_stuck_ && step(end_at)) {
  }
  now_ = std::max(now_, end_at);
  records_.watch(records_.unsettled() == 0 || service_.is_out(now_), now_);
}

bool SickWorld::step(Instant end_at) {
  Instant wake_at = kNever;
  for (const auto& hub : hubs_) wake_at = std::min(wake_at, hub->wake_at(now_));
  if (wake_at <= now_) {
    ++idle_turns_;
    wake_at = now_ + Duration(1);
  }
  Instant at = wake_at;
  if (!arrivals_.empty()) at = std::min(at, arrivals_.top().at);
  if (!answers_.empty()) at = std::min(at, answers_.top().at);
  if (at >= end_at) return false;
  turns_at_once_ = at <= now_ + Duration(1) ? turns_at_once_ + 1 : 0;
  is_stuck_ = turns_at_once_ > kMostTurnsAtOnce;
  now_ = std::max(now_, at);
  records_.watch(records_.unsettled() == 0 || service_.is_out(now_), now_);
  while (!arrivals_.empty() && arrivals_.top().at <= now_) {
    const Arrival arrival = arrivals_.top();
    arrivals_.pop();
    arrive(arrival);
  }
  while (!answers_.empty() && answers_.top().at <= now_) {
    const size_t attempt = answers_.top().attempt;
    answers_.pop();
    end(attempt);
  }
  for (size_t hub = 0; hub < hubs_.size(); ++hub) work(hub);
  return true;
}

// ---- producers

void SickWorld::arrive(const Arrival& arrival) {
  Producer& producer = producers_[arrival.producer];
  const SickProducer& plan = producer.plan;
  if (now_ - kStart >= plan.until) return;
  auto batch = std::make_unique<Batch>(producer.account, now_, 512);
  Duration next = plan.every;
  if (plan.at_once > 0) {
    for (uint64_t n = 0; n < plan.at_once; ++n) issue(producer, arrival.producer, *batch);
  } else {
    next = std::max(kShortestRead, from_seconds(1 / plan.rate));
    const double due = to_seconds(now_ + next - kStart - plan.from) * plan.rate;
    while (static_cast<double>(producer.issued + 1) <= due + 1e-6) {
      issue(producer, arrival.producer, *batch);
    }
  }
  if (batch->count() > 0) hubs_[plan.hub]->accept(std::move(batch));
  if (next > Duration::zero()) arrivals_.push({.at = now_ + next, .producer = arrival.producer});
}

uint32_t SickWorld::target_of(const SickProducer& plan, uint64_t number) const {
  using enum SickProducer::Targets;
  const std::vector<uint32_t>& sick = service_.sick();
  const std::vector<uint32_t>& well = service_.well();
  switch (plan.targets) {
    case kWell:
      return well[number % well.size()];
    case kSick:
      return sick[number % sick.size()];
    case kOneSick:
      return sick.front();
    case kOneWell:
      return well.front();
    case kAll:
      break;
  }
  return static_cast<uint32_t>(number % plan_.service.targets);
}

bool SickWorld::is_culprit(const SickProducer& plan, uint32_t target) const {
  const SickServicePlan& service = plan_.service;
  return service_.is_sick(target) || plan.poisons || service.sick_kind == plan.kind ||
         service.sick_hub == plan.hub;
}

void SickWorld::issue(Producer& producer, size_t number, Batch& batch) {
  const uint32_t target = target_of(producer.plan, producer.issued++);
  const bool culprit = is_culprit(producer.plan, target);
  if (culprit && (plan_.alone || culprits_of_[target] >= plan_.culprits_each)) return;
  if (culprit) ++culprits_of_[target];
  const uint64_t seq = records_.add({.accepted = now_,
                                     .target = target,
                                     .producer = static_cast<uint16_t>(number),
                                     .culprit = culprit,
                                     .beside_poison = !culprit && is_poisoned_[target]});
  // Names of kinds of actions differ, so that they share no lane.
  const std::string name = std::string(name_of(producer.plan.kind)) + std::to_string(target);
  Action action{.kind = producer.plan.kind, .data = "x"};
  if (addresses_member(action.kind)) action.member = name;
  if (has_group(action.kind)) {
    action.group = addresses_member(action.kind) ? std::string_view("all") : name;
  }
  batch.add(action, seq, 100, 0);
}

// ---- the hubs

void SickWorld::work(size_t hub) {
  Pipeline& pipeline = *hubs_[hub];
  pipeline.advance(now_);
  ask_health(hub);
  while (Operation* operation = pipeline.next(now_)) start(hub, *operation);
  take_outcomes(hub);
}

void SickWorld::ask_health(size_t hub) {
  if (!hubs_[hub]->take_health_probe(now_)) return;
  ++health_probes_;
  const SickService::Health health = service_.health(now_);
  new_attempt({.hub = hub, .health = health}, health.after);
}

size_t SickWorld::new_attempt(Attempt attempt, Duration after) {
  if (free_attempts_.empty()) {
    free_attempts_.push_back(attempts_.size());
    attempts_.emplace_back();
  }
  const size_t place = free_attempts_.back();
  free_attempts_.pop_back();
  attempts_[place] = std::move(attempt);
  answers_.push({.at = now_ + after, .number = ++requests_, .attempt = place});
  return place;
}

void SickWorld::start(size_t hub, Operation& operation) {
  Attempt attempt{.hub = hub, .operation = &operation, .method = method_of(operation)};
  SickRequest request{.hub = hub,
                      .kind = operation.action().kind,
                      .has_filter = has_filter(operation.present_form())};
  for (const Member& member : operation.members) {
    const uint64_t seq = member.entry->accepted->seq;
    attempt.members.emplace_back(seq, member.entry);
    const SickRecord& record = records_[seq];
    request.to_sick_target |= service_.is_sick(record.target);
    request.poisoned |= producers_[record.producer].plan.poisons;
  }
  SickService::Answer answer = service_.answer(request, now_);
  note_starts(attempt, answer.has_effect);
  attempt.response = std::move(answer.response);
  new_attempt(std::move(attempt), answer.after);
}

void SickWorld::note_starts(const Attempt& attempt, bool has_effect) {
  const bool out = service_.is_out(now_);
  records_.note_start(out, now_);
  for (const auto& [seq, entry] : attempt.members) {
    SickRecord& record = records_[seq];
    if (out && record.ambiguous && now_ < record.due) records_.note_ambiguous_probe();
    ++record.starts;
    record.last_start = now_;
    if (has_effect) ++record.effects;
  }
}

void SickWorld::end(size_t number) {
  const Attempt attempt = std::move(attempts_[number]);
  free_attempts_.push_back(number);
  Pipeline& pipeline = *hubs_[attempt.hub];
  if (attempt.operation == nullptr) {
    pipeline.health_ended(attempt.health.reached, attempt.health.good, now_);
    return;
  }
  const HttpResponse& response = attempt.response;
  AttemptEnd end{.verdict = judge(response, {.is_send = is_send(*attempt.operation),
                                             .coalesced = attempt.members.size() > 1}),
                 .http_status = response.status};
  if (end.verdict.kind != VerdictKind::kDone) {
    end.description = describe(response);
    if (end.verdict.kind == VerdictKind::kGiveUp) end.body = readable_body(response);
  }
  pipeline.complete(*attempt.operation, end, now_);
  take_outcomes(attempt.hub);
  if (end.verdict.kind != VerdictKind::kDone) note_back_off(attempt, end.verdict);
}

void SickWorld::take_outcomes(size_t hub) {
  Pipeline& pipeline = *hubs_[hub];
  for (const Outcome& outcome : pipeline.outcomes()) {
    records_.note_settled(outcome.seq, outcome.kind, now_);
  }
  pipeline.outcomes().clear();
  pipeline.releases().clear();
}

// Only an entry without an Outcome may still be looked at.
void SickWorld::note_back_off(const Attempt& attempt, const Verdict& verdict) {
  for (const auto& [seq, entry] : attempt.members) {
    SickRecord& record = records_[seq];
    if (record.is_settled()) continue;
    record.ambiguous = verdict.ambiguous;
    record.due = entry->operation() == nullptr ? now_ : entry->operation()->retry.due;
  }
}

uint64_t SickWorld::outcomes(OutcomeKind kind) const {
  uint64_t sum = 0;
  for (const auto& hub : hubs_) sum += hub->ledger().with(kind);
  return sum;
}

}  // namespace awps
