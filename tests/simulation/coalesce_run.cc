#include "tests/simulation/coalesce_run.h"

#include <algorithm>

#include "service_api/judge.h"
#include "tests/simulation/coalesce_rules.h"

namespace awps {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};
constexpr uint64_t kMostSteps = 200'000;  // of the loop: far more than any program needs

Random chance_of(uint64_t seed, size_t action, uint64_t attempt) {
  return Random(seed * 0x9e3779b97f4a7c15U + action * 1'000'003 + attempt);
}

HttpResponse with_status(int status, std::string_view target = {}) {
  HttpResponse response{.status = status};
  if (status == 404) response.error_code = "Warning.User.NotExisted";
  if (status > 404) response.error_code = "Error.TooLarge";
  if (status == 400) {
    response.error_code = "Error.BadRequest";
    response.body = R"({"code":"Error.BadRequest","message":"no","target":")" +
                    std::string(target.empty() ? "data" : target) + "\"}";
  }
  return response;
}

std::string_view text_of(HttpMethod method) {
  return name_of(method);
}

}  // namespace

CoalesceRun::CoalesceRun(const Program& program, const std::vector<bool>& kept)
    : program_(program),
      kept_(kept),
      pipeline_(program.hub(), endpoint_, program.seed()),
      builder_(kEndpoint, program.hub().hub, "2024-12-01"),
      service_(program.clients()),
      history_(program),
      now_(kStart),
      has_withdrawn_(program.withdrawn().producer == 0) {
  for (uint64_t producer = 0; producer <= 3; ++producer) {
    auto account = std::make_unique<Account>();
    account->producer = producer;
    account->wants_outcomes = true;
    accounts_.push_back(std::move(account));
  }
}

// ---- the loop

std::string CoalesceRun::run() {
  const std::vector<Step>& steps = program_.steps();
  uint64_t count = 0;
  while (history_.mistake().empty()) {
    while (next_step_ < steps.size() && !kept_[next_step_]) ++next_step_;
    if (next_step_ == steps.size() && history_.unsettled() == 0) break;
    const Instant at = next_event();
    if (at == kNever) {
      history_.report("nothing will happen any more, but " + std::to_string(history_.unsettled()) +
                      " actions have no outcome");
      break;
    }
    now_ = std::max(now_, at);
    step();
    if (++count > kMostSteps) history_.report("the run does not end");
  }
  if (history_.mistake().empty()) history_.compare(program_.clients(), service_);
  if (history_.mistake().empty() && pipeline_.order().lanes() != 0) {
    history_.report("a lane is left over");
  }
  return history_.mistake();
}

Instant CoalesceRun::next_event() const {
  Instant at = pipeline_.wake_at(now_);
  const std::vector<Step>& steps = program_.steps();
  if (next_step_ < steps.size()) at = std::min(at, kStart + steps[next_step_].at);
  if (!has_withdrawn_) at = std::min(at, kStart + program_.withdrawn().at);
  for (const Flight& flight : flights_) {
    at = std::min({at, flight.effect_at, flight.answer_at});
  }
  return at;
}

void CoalesceRun::step() {
  arrive();
  for (Flight& flight : flights_) {
    if (flight.effect_at <= now_) take_effect(flight);
  }
  for (size_t i = 0; i < flights_.size() && history_.mistake().empty();) {
    if (flights_[i].answer_at > now_) {
      ++i;
      continue;
    }
    Flight flight = std::move(flights_[i]);
    flights_.erase(flights_.begin() + static_cast<ptrdiff_t>(i));
    answer(flight);
  }
  if (!has_withdrawn_ && kStart + program_.withdrawn().at <= now_) withdraw();
  if (history_.mistake().empty()) work();
}

void CoalesceRun::withdraw() {
  has_withdrawn_ = true;
  const uint64_t producer = program_.withdrawn().producer;
  pipeline_.withdraw([&](const Account& account) { return account.producer == producer; }, now_);
  take_outcomes();
  history_.check_withdrawn(producer);
}

void CoalesceRun::arrive() {
  const std::vector<Step>& steps = program_.steps();
  while (next_step_ < steps.size() && kStart + steps[next_step_].at <= now_) {
    const Step& first = steps[next_step_];
    auto batch = std::make_unique<Batch>(*accounts_[first.producer], now_, 1024);
    for (; next_step_ < steps.size() && steps[next_step_].batch == first.batch; ++next_step_) {
      if (!kept_[next_step_]) continue;
      const Step& step = steps[next_step_];
      batch->add(step.action, next_step_, static_cast<uint32_t>(charge_of(step.action)),
                 step.ordered_batch);
      history_.accepted(next_step_, now_);
    }
    if (batch->count() > 0) pipeline_.accept(std::move(batch));
    take_outcomes();
  }
}

void CoalesceRun::work() {
  look_for_release();
  pipeline_.advance(now_);
  if (pipeline_.take_health_probe(now_)) pipeline_.health_ended(true, true, now_);
  take_outcomes();
  for (;;) {
    // As it was when it was decided: next() itself may let the endpoint forget what it has learnt.
    pace_was_learnt_ = endpoint_.pace().is_learnt();
    Operation* operation = pipeline_.next(now_);
    if (operation == nullptr) break;
    start(*operation);
    if (!history_.mistake().empty()) return;
  }
  if (pipeline_.wake_at(now_) <= now_) history_.report("a worker that may do nothing would spin");
  if (!pipeline_.ledger().balances()) history_.report("the law does not hold");
  if (pipeline_.ledger().unsettled() != history_.unsettled()) {
    history_.report("unsettled is not what has no outcome");
  }
  check_idle();
}

void CoalesceRun::look_for_release() {
  const uint64_t kinds_held = pipeline_.kind_holds().count();
  if (endpoint_.trouble().recoveries() != recoveries_ || kinds_held < kinds_held_)
    history_.released();
  recoveries_ = endpoint_.trouble().recoveries();
  kinds_held_ = kinds_held;
}

// With nothing under way, parked or held back, whoever was accepted first can start.
void CoalesceRun::check_idle() {
  const Ledger& ledger = pipeline_.ledger();
  const bool held_back = pipeline_.in_flight() > 0 || ledger.in(EntryState::kDeferred) > 0 ||
                         program_.hub().requests_per_second > 0 || endpoint_.earliest() > now_;
  if (!held_back) history_.check_nobody_waits(now_);
}

// ---- an attempt

void CoalesceRun::start(Operation& operation) {
  ++attempts_;
  Flight flight;
  flight.operation = &operation;
  flight.form = operation.members.size() > 1 ? operation.form : OperationForm::kSingle;
  for (const Member& member : operation.members) {
    flight.members.push_back(member.entry->accepted->seq);
  }
  if (flight.members.empty()) {
    history_.report("an operation without members");
    return;
  }
  if (flight.members.size() > 1) coalesced_ += flight.members.size();
  if (operation.attempt.is_probe) history_.asks(flight.members);
  history_.started(flight.members, now_);
  if (!history_.mistake().empty()) return;
  writer_.write(builder_, operation, request_);
  flight.method = request_.method;
  flight.url = request_.url;
  flight.content_type = request_.content_type;
  flight.body = request_.body;
  if (flight.form == OperationForm::kMerge) check_merge(flight);
  if (flight.form == OperationForm::kFanOut || flight.form == OperationForm::kBulkMembership) {
    check_named(flight);
    check_fan_out(flight);
  }
  if (pipeline_.in_flight() > program_.hub().max_in_flight) {
    history_.report("more in flight than allowed");
  }
  decide(flight);
  flights_.push_back(std::move(flight));
}

void CoalesceRun::check_merge(const Flight& flight) {
  const CoalesceOptions& rules = program_.hub().coalesce;
  const Action& first = program_.steps()[flight.members.front()].action;
  const auto limit = [&] {
    for (const CoalesceOptions::Merge& rule : rules.merge) {
      const bool fits = rule.format == MergeFormat::kJsonArray ? first.data_type == DataType::kJson
                                                               : first.data_type == DataType::kText;
      if (fits) return rule.max_bytes;
    }
    return size_t{0};
  }();
  const auto has_line_feed = [&](size_t number) {
    return program_.steps()[number].action.data.find('\n') != std::string_view::npos;
  };
  if (first.data_type == DataType::kText && std::ranges::any_of(flight.members, has_line_feed)) {
    history_.report("a text with a line feed was merged by lines");
  }
  if (flight.body.size() > limit) history_.report("a merged message above max_bytes");
}

void CoalesceRun::check_named(const Flight& flight) {
  const CoalesceOptions& rules = program_.hub().coalesce;
  if (flight.form == OperationForm::kFanOut && flight.url.size() > rules.max_url_bytes) {
    history_.report("a URL above max_url_bytes");
  }
  const std::string filter = model::filter_of({.method = text_of(flight.method),
                                               .url = flight.url,
                                               .content_type = flight.content_type,
                                               .body = flight.body});
  const auto names = model::names_in(filter);
  std::multiset<std::string> expected;
  for (const size_t number : flight.members) {
    const Action& action = program_.steps()[number].action;
    expected.emplace(action.member);
    if (action.kind != program_.steps()[flight.members.front()].action.kind) {
      history_.report("two kinds of actions share a filter");
    }
  }
  if (!names || std::multiset<std::string>(names->begin(), names->end()) != expected) {
    history_.report("the filter does not name the members: " + filter);
    return;
  }
  if (std::set<std::string>(names->begin(), names->end()).size() != names->size()) {
    history_.report("a name stands twice in " + filter);
  }
  if (names->size() > rules.max_members) history_.report("more members than max_members");
}

// Across lanes only while more are ready than permits.
void CoalesceRun::check_fan_out(const Flight& flight) {
  const auto is_repeated = [&](size_t number) { return history_.attempts(number) > 1; };
  if (std::ranges::any_of(flight.members, is_repeated)) return;
  if (forbidden_.contains(flight.form)) history_.report("the identity may not send this form");
  if (program_.hub().requests_per_second > 0 || pace_was_learnt_) return;
  const uint64_t permits = program_.hub().max_in_flight - (pipeline_.in_flight() - 1);
  if (history_.could_start(flight.members) <= permits) {
    history_.report("a fan-out although permits suffice for single requests");
  }
}

void CoalesceRun::decide(Flight& flight) {
  const size_t first = flight.members.front();
  Random random = chance_of(program_.seed(), first, history_.attempts(first));
  const uint64_t most = program_.moods().most_latency_ms;
  flight.effect_at = now_ + milliseconds(random.below(most + 1));
  flight.answer_at = flight.effect_at + milliseconds(random.below(most + 1));
  const bool is_well = now_ >= kStart + kWellAfter;
  if (!is_well && random.chance(program_.moods().failure_chance) && fail(flight, random)) return;
  (void)refuse(flight, random);
}

// What speaks of nobody in particular. Whether it had taken effect is part of it.
bool CoalesceRun::fail(Flight& flight, Random& random) {
  HttpResponse& response = flight.response;
  switch (random.below(7)) {
    case 0:
      response = with_status(429);
      if (random.chance(0.5)) response.retry_after = milliseconds(random.below(1500));
      break;
    case 1:
      response = with_status(503);
      if (random.chance(0.5)) response.retry_after = seconds(1);
      break;
    case 2:
      response.error = random.chance(0.5) ? TransportError::kConnect : TransportError::kNotSent;
      break;
    default:
      response = with_status(500);
      if (random.chance(0.3)) response = HttpResponse{.error = TransportError::kBroken};
      if (random.chance(0.3)) response = HttpResponse{.error = TransportError::kTimeout};
      flight.takes_effect = random.chance(0.5);
      return true;
  }
  flight.takes_effect = false;
  return true;
}

bool CoalesceRun::refuse(Flight& flight, Random& random) {
  const ServiceMoods& moods = program_.moods();
  const bool by_names =
      flight.form == OperationForm::kFanOut || flight.form == OperationForm::kBulkMembership;
  const bool poisoned = std::ranges::any_of(
      flight.members, [&](size_t number) { return program_.steps()[number].poisoned; });
  if (moods.forbids_filters && by_names) {
    flight.response = with_status(403);
    if (random.chance(0.5)) flight.response.error_code = "Error.Forbidden";
  } else if (moods.most_url_bytes != 0 && flight.url.size() > moods.most_url_bytes) {
    flight.response = with_status(random.chance(0.5) ? 414 : 431);
  } else if (moods.most_body_bytes != 0 && flight.body.size() > moods.most_body_bytes) {
    flight.response = with_status(413);
  } else if (moods.most_names != 0 && by_names && flight.members.size() > moods.most_names) {
    flight.response = with_status(400, "filter");
  } else if (poisoned) {
    flight.response = with_status(400);
  } else {
    return false;
  }
  if (flight.members.size() == 1) history_.refused_alone(flight.members.front());
  flight.takes_effect = false;
  return true;
}

void CoalesceRun::take_effect(Flight& flight) {
  flight.effect_at = kNever;
  if (!flight.takes_effect) return;
  const int status = service_.carry_out({.method = text_of(flight.method),
                                         .url = flight.url,
                                         .content_type = flight.content_type,
                                         .body = flight.body});
  const bool is_lost =
      flight.response.status != 0 || flight.response.error != TransportError::kNone;
  if (!is_lost) flight.response = with_status(status, "filter");
  if (status == 400) {
    if (flight.members.size() == 1) history_.refused_alone(flight.members.front());
    return;
  }
  history_.took_effect(flight.members, is_lost);
}

void CoalesceRun::answer(Flight& flight) {
  const bool is_send = awps::is_send(program_.steps()[flight.members.front()].action.kind);
  const bool coalesced = flight.members.size() > 1;
  const Verdict verdict = judge(flight.response, {.is_send = is_send, .coalesced = coalesced});
  const bool failed = verdict.kind != VerdictKind::kDone && verdict.kind != VerdictKind::kGiveUp;
  const bool is_parked = failed && !verdict.splittable;
  history_.answered(flight.members, is_parked);
  if (verdict.splittable && failed) forbidden_.insert(flight.form);
  pipeline_.complete(*flight.operation, {.verdict = verdict, .http_status = flight.response.status},
                     now_);
  if (is_parked) {
    for (const Member& member : flight.operation->members) {
      history_.parked_until(member.entry->accepted->seq, flight.operation->retry.due);
    }
  }
  history_.spread_exemption();
  take_outcomes();
}

void CoalesceRun::take_outcomes() {
  std::vector<Outcome> outcomes;
  outcomes.swap(pipeline_.outcomes());
  pipeline_.releases().clear();
  if (pipeline_.idle() && pipeline_.in_flight() == 0) pipeline_.release_memory();
  for (const Outcome& outcome : outcomes) {
    if (outcome.account != accounts_[program_.steps()[outcome.seq].producer].get()) {
      history_.report("an outcome went to another account");
    }
    history_.ended(outcome, now_);
  }
}

}  // namespace awps
