#include "tests/simulation/world.h"

#include <algorithm>
#include <span>

#include "queue/hub_entrance.h"
#include "service_api/judge.h"
#include "tests/simulation/coalesce_rules.h"

namespace awps {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};
constexpr Duration kArrivalsWithin = seconds(20);
constexpr Duration kWellAfter = seconds(60);
constexpr Duration kLongest = std::chrono::hours(6);
constexpr uint32_t kMaxInFlight = 6;
constexpr std::array<std::string_view, 4> kNames = {"a", "b", "c", "d"};

// All but removeUserFromAllGroups, which has been as frequent as any other from the first.
bool is_barrier(ActionKind kind) {
  return kind == ActionKind::kCloseAllConnections || is_bulk_change(kind) ||
         kind == ActionKind::kRemoveConnectionFromAllGroups;
}

HttpMethod method_of(ActionKind kind) {
  using enum ActionKind;
  if (kind == kAddUserToGroup || kind == kAddConnectionToGroup || kind == kGrantPermission) {
    return HttpMethod::kPut;
  }
  const bool closes_many = is_close(kind) && kind != kCloseClientConnection;
  return is_send(kind) || closes_many || is_bulk_change(kind) ? HttpMethod::kPost
                                                              : HttpMethod::kDelete;
}

HttpMethod method_of(OperationForm form, const Action& first) {
  const bool by_filter = form == OperationForm::kFanOut || form == OperationForm::kBulkMembership;
  return by_filter ? HttpMethod::kPost : method_of(first.kind);
}

CoalesceOptions coalesce_options() {
  return {.linger = milliseconds(20),
          .fan_out = CoalesceOptions::FanOut::kUsersAndConnections,
          .fan_out_min = 2,
          .bulk_membership = true,
          .max_members = 3,
          .merge = {{.groups = "a", .format = MergeFormat::kLines, .max_bytes = 3}}};
}

}  // namespace

PipelineOptions World::hub_options(int number) const {
  return {.hub = "hub" + std::to_string(number),
          .order = {.ordering = options_.ordering},
          .coalesce = options_.coalesce ? coalesce_options() : CoalesceOptions{.enabled = false},
          .give_up_ambiguous = options_.give_up_ambiguous,
          .requests_per_second = options_.requests_per_second,
          .max_in_flight = kMaxInFlight,
          .retry = {.max_attempts = 3}};
}

World::World(const Options& options)
    : options_(options),
      random_(options.seed),
      service_(options.faults, kStart + kWellAfter, options.seed ^ 0x5eedU),
      now_(kStart),
      endpoint_(std::make_unique<EndpointState>(EndpointState::Options{})),
      outcome_queue_([] {}) {
  for (int i = 0; i < options.hubs; ++i) {
    hubs_.emplace_back();
    make_queue(hubs_.back(), hub_options(i).hub);
  }
  for (int i = 0; i < options.hubs; ++i) make_pipeline(hubs_[static_cast<size_t>(i)], i);
  for (size_t i = 0; i < static_cast<size_t>(options.hubs * options.producers); ++i) {
    owners_.push_back(&add_account(i / hubs_.size() + 1, is_stream(i / hubs_.size())));
  }
  generate();
  plan_withdrawals();
  for (int i = 0; i < options.restarts; ++i) {
    restarts_.push_back(arrivals_[random_.below(arrivals_.size())].at + milliseconds(1));
  }
  std::ranges::sort(restarts_);
}

const ActionOptions& World::random_options(ActionKind kind) {
  ActionOptions options;
  if (random_.chance(0.1)) options.ordering_key = kNames[random_.below(2)];
  if (kind == ActionKind::kGrantPermission || kind == ActionKind::kRevokePermission) {
    options.target_name = kNames[random_.below(2)];
  }
  if (options_.coalesce && is_send(kind) && random_.chance(0.3)) {
    options.conflation_key = kNames[random_.below(2)];
  }
  if (is_bulk_change(kind)) {
    options.filter = random_.chance(0.5) ? "'a' in groups" : "userId eq 'a'";
    options.groups = std::span(kNames).subspan(random_.below(2), 1 + random_.below(2));
  }
  const bool may_filter = kind == ActionKind::kSendToAll || kind == ActionKind::kSendToUser;
  if (may_filter && random_.chance(0.3)) {
    options.filter = random_.chance(0.7) ? "'a' in Groups" : "userId eq 'a'";
  }
  return *arena_.make(options);
}

Action World::random_action() {
  Action action;
  // Barriers are rarer than what they hold up.
  do {
    action.kind = static_cast<ActionKind>(random_.below(kActionKinds));
  } while (is_barrier(action.kind) && random_.chance(0.8));
  if (!member_key(action.kind).empty()) action.member = kNames[random_.below(3)];
  if (has_group(action.kind)) action.group = kNames[random_.below(3)];
  action.unordered = may_be_unordered(action.kind) && random_.chance(0.15);
  if (random_.chance(0.5)) action.permission = Permission::kJoinLeaveGroup;
  if (options_.with_ttl && random_.chance(0.3)) {
    action.time_to_live = milliseconds(1 + random_.below(3000));
  }
  action.options = &random_options(action.kind);
  return action;
}

void World::generate() {
  uint32_t ordered_batches = 0;
  while (issued_.size() < static_cast<size_t>(options_.actions)) {
    Arrival arrival;
    arrival.at = kStart + Duration(static_cast<int64_t>(
                              random_.below(static_cast<uint64_t>(kArrivalsWithin.count()))));
    arrival.hub = random_.below(hubs_.size());
    arrival.producer = random_.below(static_cast<uint64_t>(options_.producers));
    const size_t account = arrival.producer * hubs_.size() + arrival.hub;
    const uint32_t batch = random_.chance(0.1) ? ++ordered_batches : 0;
    for (uint64_t n = 1 + random_.below(8); n > 0; --n) {
      Issued issued;
      issued.action = random_action();
      issued.account = owners_[account];
      issued.hub = arrival.hub;
      issued.order.producer = issued.account->producer;
      issued.order.ordered_batch = batch;
      issued.poisoned = options_.faults.refuses_actions && random_.chance(0.05);
      arrival.issued.push_back(issued_.size());
      issued_.push_back(issued);
    }
    arrivals_.push_back(std::move(arrival));
  }
  for (Issued& issued : issued_) issued.order.action = &issued.action;
  std::ranges::stable_sort(arrivals_, {}, &Arrival::at);
}

void World::arrive(const Arrival& arrival) {
  Issued& first = issued_[arrival.issued.front()];
  auto batch = std::make_unique<Batch>(*first.account, now_, 256);
  for (const size_t number : arrival.issued) {
    Issued& issued = issued_[number];
    issued.accepted = now_;
    issued.taken = true;
    issued.number = issued.place = hubs_[arrival.hub].issued.size();
    batch->add(issued.action, number, static_cast<uint32_t>(charge_of(issued.action)),
               issued.order.ordered_batch);
    hubs_[arrival.hub].issued.push_back(number);
  }
  (void)entrance_of(hubs_[arrival.hub], *first.account)
      .enter(/*intake_thread=*/0, std::move(batch));
  spread_exemption(arrival.hub);
}

void World::work(size_t number) {
  Hub& hub = hubs_[number];
  take_batches(hub);
  hub.pipeline->advance(now_);
  take_outcomes();
  if (hub.pipeline->take_health_probe(now_)) {
    hub.pipeline->health_ended(/*reached=*/true, !service_.is_down(now_), now_);
  }
  while (Operation* operation = hub.pipeline->next(now_)) start(number, *operation);
  if (hub.pipeline->wake_at(now_) <= now_) mistake("a worker that may do nothing would spin");
}

void World::start(size_t number, Operation& operation) {
  ++starts_;
  Answering attempt{.hub = number, .operation = &operation};
  bool poisoned = false;
  for (const Member& member : operation.members) {
    attempt.members.push_back(member.entry->accepted->seq);
    poisoned |= issued_[attempt.members.back()].poisoned;
  }
  if (attempt.members.size() > 1) coalesced_ += attempt.members.size();
  for (size_t i = 0; i < attempt.members.size(); ++i) check_start(attempt.members, i);
  for (const size_t member : attempt.members) issued_[member].active = true;
  if (hubs_[number].pipeline->in_flight() > kMaxInFlight) mistake("more in flight than allowed");
  if (now_ < pause_until_) mistake("a request started within a pause");
  const Action& first = issued_[attempt.members.front()].action;
  attempt.method = method_of(operation.present_form(), first);
  ServiceModel::Answer answer = service_.answer(attempt.method, poisoned, now_);
  attempt.at = now_ + answer.after;
  attempt.response = std::move(answer.response);
  answering_.push_back(std::move(attempt));
}

// Values of one target with different conflationKeys stand where the first of their place stood.
bool World::waits_for(const Issued& later, const Issued& earlier) const {
  if (came_apart(later, earlier)) return exclude(later, earlier);
  if (!must_wait(later.order, earlier.order, options_.ordering)) return false;
  const PipelineOptions options = {.order = {.ordering = options_.ordering},
                                   .coalesce = {.conflate = options_.coalesce}};
  if (wait_only_as_values(later.order, earlier.order, options)) {
    return earlier.place < later.place;
  }
  return earlier.number < later.number;
}

void World::check_start(const std::vector<size_t>& members, size_t position) {
  const Issued& issued = issued_[members[position]];
  const StreamLease* lease = issued.account->lease.get();
  if (lease != nullptr && !lease->covers(now_)) mistake("a record started without its lease");
  if (issued.account->is_withdrawn) mistake("an action started after it was withdrawn");
  if (issued.active || issued.settled) mistake("an action started twice at once, or after its end");
  const Duration time_to_live = issued.action.time_to_live;
  if (time_to_live > Duration::zero() && now_ >= issued.accepted + time_to_live) {
    mistake("an action started after its time to live");
  }
  if (issued.failures > 0 && issued.ambiguous && options_.give_up_ambiguous) {
    mistake("a send was repeated although it may have arrived, under give_up");
  }
  const auto ahead = std::span(members).first(position);
  for (const size_t number : hubs_[issued.hub].issued) {
    const Issued& earlier = issued_[number];
    if (came_apart(issued, earlier)) {
      check_alone(issued, earlier);
      continue;
    }
    if (&earlier == &issued || earlier.settled || !waits_for(issued, earlier)) continue;
    if (earlier.exempt && waits_only_as_logout_barrier(issued.order, earlier.order)) continue;
    if (std::ranges::find(ahead, number) != ahead.end()) continue;
    mistake(std::string(name_of(issued.action.kind)) + " " + std::to_string(issued.number) +
            " did not wait for " + std::string(name_of(earlier.action.kind)) + " " +
            std::to_string(number) + " [key " + std::string(issued.action.options->ordering_key) +
            "/" + std::string(earlier.action.options->ordering_key) + ", batch " +
            std::to_string(issued.order.ordered_batch) + "/" +
            std::to_string(earlier.order.ordered_batch) + ", producer " +
            std::to_string(issued.order.producer) + "/" + std::to_string(earlier.order.producer) +
            "]");
  }
}

void World::answer(const Answering& answering) {
  const bool sends = is_send(issued_[answering.members.front()].action.kind);
  const Verdict verdict =
      judge(answering.response, {.is_send = sends, .coalesced = answering.members.size() > 1});
  for (const size_t member : answering.members) {
    Issued& issued = issued_[member];
    issued.active = false;
    issued.deferrals += verdict.kind == VerdictKind::kDone ? 0 : 1;
    if (verdict.kind != VerdictKind::kRetry) continue;
    ++issued.failures;
    issued.ambiguous = verdict.ambiguous && sends;
  }
  hubs_[answering.hub].pipeline->complete(
      *answering.operation, {.verdict = verdict, .http_status = answering.response.status}, now_);
  // Of a suspect of throttling it is the target's own.
  pause_until_ = endpoint_->trouble().report().paused_until;
  spread_exemption(answering.hub);
}

// A send that failed twice may be parked with a charge; it, and what waits behind it. Who
// stands in another's place may be waited for by an earlier one: until nothing changes.
void World::spread_exemption(size_t number) {
  const std::vector<size_t>& in_order = hubs_[number].issued;
  for (bool changed = true; changed;) {
    changed = false;
    for (const size_t one : in_order) {
      Issued& issued = issued_[one];
      if (issued.settled || issued.exempt) continue;
      const bool charged = is_send(issued.action.kind) && issued.deferrals >= 2;
      issued.exempt =
          charged || std::ranges::any_of(in_order, [&](size_t other) {
            const Issued& earlier = issued_[other];
            return other != one && earlier.exempt && !earlier.settled && waits_for(issued, earlier);
          });
      changed |= issued.exempt;
    }
  }
}

Instant World::next_event() const {
  Instant at = arrivals_.empty() ? kNever : arrivals_.front().at;
  for (const Answering& answering : answering_) at = std::min(at, answering.at);
  if (!restarts_.empty()) at = std::min(at, restarts_.front());
  if (!lapses_.empty()) at = std::min(at, lapses_.front().at);
  if (!withdrawals_.empty()) at = std::min(at, withdrawals_.front().at);
  for (const Hub& hub : hubs_) {
    at = std::min(at, hub.pipeline->wake_at(now_));
    if (hub.log != nullptr) at = std::min(at, hub.log->committer().next_turn());
  }
  return at;
}

void World::run() {
  while (settled_ < issued_.size() && mistakes_.empty()) {
    const Instant at = next_event();
    if (at == kNever || at > kStart + kLongest) {
      mistake("nothing will happen any more, but " + std::to_string(issued_.size() - settled_) +
              " actions have no outcome");
      return;
    }
    now_ = std::max(now_, at);
    while (!arrivals_.empty() && arrivals_.front().at <= now_) {
      arrive(arrivals_.front());
      arrivals_.pop_front();
    }
    for (size_t i = 0; i < answering_.size();) {
      if (answering_[i].at > now_) {
        ++i;
        continue;
      }
      const Answering answering = std::move(answering_[i]);
      answering_.erase(answering_.begin() + static_cast<ptrdiff_t>(i));
      answer(answering);
      take_outcomes();
    }
    withdraw_due();
    for (size_t hub = 0; hub < hubs_.size(); ++hub) work(hub);
    check_law();
    if (restarts_.empty() || restarts_.front() > now_) continue;
    restarts_.pop_front();
    restart();
  }
  for (Hub& hub : hubs_) {
    const bool holds_more = hub.log != nullptr && !hub.log->committer().is_drained();
    if (held_bytes(hub) != 0 || holds_more) mistake("bytes are held by nobody");
    if (hub.pipeline->order().lanes() != 0) mistake("a lane is left over");
    if (hub.pipeline->order().producers() != 0) mistake("a producer is left over");
  }
}

void World::mistake(std::string text) {
  mistakes_.push_back("at " + std::to_string(to_seconds(now_ - kStart)) + " s: " + std::move(text));
}

}  // namespace awps
