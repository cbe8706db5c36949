#include "tests/model/fault_model.h"

#include <algorithm>
#include <map>
#include <set>

namespace awps {

namespace {

constexpr Instant kStart{std::chrono::seconds(1000)};
constexpr Duration kBase = std::chrono::milliseconds(200);
constexpr Duration kLongestBackoff = std::chrono::seconds(30);
// Of so many permits that others want, too, one.
constexpr uint32_t kPermitsASuspect = 32;
constexpr uint32_t kPermitsANewcomer = 16;

struct ModelAction {
  uint64_t target = 0;
  Instant arrived{};
  bool is_sick = false;
  uint32_t attempts = 0;
  uint32_t charged = 0;
  uint32_t failures = 0;
  Duration charged_age{0};
  bool may_charge = false;
  bool was_throttled = false;
  bool needs_own_back_off = false;  // its last attempt was ambiguous
  FailedAttempt last{};
  Instant due{};
  uint64_t timer = 0;  // the number of its live timer
};

struct Event {
  Instant at;
  uint64_t number = 0;
  enum class What : uint8_t { kArrival, kAnswer, kDue, kHealth } what = What::kArrival;
  size_t action = 0;
  Attempt attempt{};
  ModelAnswer answer{};
  bool good = false;
  friend bool operator>(const Event& a, const Event& b) {
    return a.at != b.at ? a.at > b.at : a.number > b.number;
  }
};

class Model {
 public:
  Model(const FaultPlan& plan, uint64_t seed)
      : plan_(plan), random_(seed), trouble_({}), pace_({.units_per_second = plan.pace}) {}

  FaultResult run();

 private:
  void schedule(Event event) {
    event.number = ++events_;
    queue_.push(std::move(event));
  }
  void arrive(const FaultPlan::Arrival& arrival);
  void make_ready(size_t number);
  void queue_up(size_t number, std::deque<size_t>& otherwise);
  bool newcomer_may() const;
  bool stands_aside(size_t number) const;
  uint32_t newcomer_slots() const;
  size_t take_front(std::deque<size_t>& from);
  bool is_newcomer(size_t number) const { return !trouble_.is_known(actions_[number].target); }
  void start_what_may();
  size_t pick(Passage passage);
  size_t pick_probe();
  void start(size_t number, Passage passage);
  void end(const Event& event);
  void park(size_t number, const Ruling& ruling);
  void wake(size_t number);
  void release();
  void settle(size_t number, bool is_dead);
  bool suspects_may() const;
  Instant wake_at() const;
  void take_turn();

  static constexpr size_t kNobody = SIZE_MAX;

  const FaultPlan& plan_;
  Random random_;
  Trouble trouble_;
  Gcra pace_;
  Instant now_ = kStart;
  uint64_t events_ = 0;
  uint64_t timers_ = 0;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> queue_;
  std::vector<ModelAction> actions_;
  std::unordered_map<uint64_t, std::deque<size_t>> lanes_;
  std::deque<size_t> ready_;
  std::deque<size_t> due_;
  std::deque<size_t> newcomers_;
  std::deque<size_t> suspects_;
  std::set<size_t> parked_;
  uint32_t under_way_ = 0;
  uint32_t suspects_under_way_ = 0;
  uint32_t newcomers_under_way_ = 0;
  double known_peak_ = 0;
  uint32_t others_since_suspect_ = 0;
  uint32_t others_since_newcomer_ = 0;
  uint64_t recoveries_ = 0;
  bool last_probe_was_new_ = false;
  bool from_the_back_ = false;
  Instant hub_success_ = Instant::min();
  std::vector<float> waits_;
  FaultResult result_;
};

void Model::arrive(const FaultPlan::Arrival& arrival) {
  actions_.push_back({.target = arrival.target, .arrived = now_, .is_sick = arrival.is_sick});
  std::deque<size_t>& lane = lanes_[arrival.target];
  lane.push_back(actions_.size() - 1);
  if (lane.size() == 1) make_ready(actions_.size() - 1);
}

void Model::make_ready(size_t number) {
  queue_up(number, ready_);
}

void Model::queue_up(size_t number, std::deque<size_t>& otherwise) {
  const bool is_suspect = trouble_.suspect_since(actions_[number].target) != kNever;
  (is_suspect ? suspects_ : otherwise).push_back(number);
}

// What the known ones used lately is kept for them, and half as much again.
uint32_t Model::newcomer_slots() const {
  const auto kept = static_cast<uint32_t>(known_peak_ * 1.5 + 2);
  if (trouble_.newcomers_are_doubtful()) return plan_.slots - plan_.slots / 2;
  return plan_.slots - (known_peak_ < 1 ? 0 : std::min(kept, plan_.slots / 2));
}

bool Model::newcomer_may() const {
  const uint32_t others = trouble_.newcomers_are_doubtful() ? kPermitsANewcomer : 1;
  return newcomers_under_way_ < newcomer_slots() && others_since_newcomer_ >= others;
}

bool Model::stands_aside(size_t number) const {
  if (!is_newcomer(number)) return false;
  const bool may_try = newcomers_under_way_ < newcomer_slots();
  return !may_try || trouble_.newcomers_are_doubtful() || actions_[number].was_throttled;
}

size_t Model::take_front(std::deque<size_t>& from) {
  const size_t number = from.front();
  from.pop_front();
  return number;
}

bool Model::suspects_may() const {
  const uint32_t most = std::max(1U, plan_.slots / 10);
  return !suspects_.empty() && suspects_under_way_ < most;
}

// First tries and retries take turns; a first try is taken from both ends: a burst of sick targets
// stands in front, what came since stands behind.
size_t Model::pick_probe() {
  // After a pause a first try tells more: a retry of whoever asked for it may only prolong it.
  const bool is_held = trouble_.hold_reason() != HoldReason::kNone;
  const bool prefers_due = is_held && last_probe_was_new_ && !due_.empty();
  last_probe_was_new_ = false;
  if (!ready_.empty() && !prefers_due) {
    last_probe_was_new_ = true;
    from_the_back_ = !from_the_back_;
    const size_t number = from_the_back_ ? ready_.back() : ready_.front();
    from_the_back_ ? ready_.pop_back() : ready_.pop_front();
    return number;
  }
  std::deque<size_t>& from = !due_.empty() ? due_ : !newcomers_.empty() ? newcomers_ : suspects_;
  if (from.empty()) return kNobody;
  const size_t number = from.front();
  from.pop_front();
  return number;
}

size_t Model::pick(Passage passage) {
  if (passage == Passage::kProbe) return pick_probe();
  // Newcomers that may not go now stand aside.
  for (std::deque<size_t>* from : {&due_, &ready_}) {
    while (!from->empty() && stands_aside(from->front())) {
      newcomers_.push_back(take_front(*from));
    }
  }
  const bool others = !due_.empty() || !ready_.empty();
  const bool newcomers = !newcomers_.empty() && newcomers_under_way_ < newcomer_slots();
  const bool is_turn = others_since_suspect_ >= kPermitsASuspect;
  if (suspects_may() && ((!others && !newcomers) || is_turn)) {
    others_since_suspect_ = 0;
    return take_front(suspects_);
  }
  if (!others && !newcomers) return kNobody;
  ++others_since_suspect_;
  if (newcomers && (!others || newcomer_may())) {
    others_since_newcomer_ = 0;
    return take_front(newcomers_);
  }
  ++others_since_newcomer_;
  return take_front(due_.empty() ? ready_ : due_);
}

void Model::start_what_may() {
  while (under_way_ < plan_.slots && pace_.earliest() <= now_) {
    const bool any = !ready_.empty() || !due_.empty() || !newcomers_.empty() || suspects_may() ||
                     (trouble_.is_blocked() && !suspects_.empty());
    if (!any) return;
    const Passage passage = trouble_.admit(now_);
    if (passage == Passage::kWait) return;
    const size_t number = pick(passage);
    if (number == kNobody) {
      if (passage == Passage::kProbe) trouble_.probe_not_sent();
      return;
    }
    (void)pace_.take(1, now_);
    start(number, passage);
  }
}

void Model::start(size_t number, Passage passage) {
  ModelAction& action = actions_[number];
  if (action.needs_own_back_off && now_ < action.due) ++result_.early_repeats;
  const Attempt attempt{.target = action.target,
                        .started = now_,
                        .of_suspect = trouble_.suspect_since(action.target) != kNever,
                        .of_known = trouble_.is_known(action.target),
                        .is_probe = passage == Passage::kProbe};
  trouble_.begin(attempt);
  ++action.attempts;
  ++under_way_;
  if (attempt.of_suspect) {
    ++suspects_under_way_;
  } else if (!attempt.of_known) {
    ++newcomers_under_way_;
  }
  known_peak_ = std::max(known_peak_ * 0.999, static_cast<double>(under_way_ - suspects_under_way_ -
                                                                  newcomers_under_way_));
  ++result_.requests;
  const auto second = static_cast<size_t>((now_ - kStart) / std::chrono::seconds(1));
  result_.starts_by_second.resize(std::max(result_.starts_by_second.size(), second + 1));
  ++result_.starts_by_second[second];
  const ModelAnswer answer = plan_.service(action.target, now_ - kStart);
  schedule({.at = now_ + answer.after,
            .what = Event::What::kAnswer,
            .action = number,
            .attempt = attempt,
            .answer = answer});
}

void Model::end(const Event& event) {
  --under_way_;
  if (event.attempt.of_suspect) {
    --suspects_under_way_;
  } else if (!event.attempt.of_known) {
    --newcomers_under_way_;
  }
  ModelAction& action = actions_[event.action];
  switch (event.answer.kind) {
    case ModelAnswer::Kind::kGood:
      hub_success_ = now_;
      trouble_.answered(event.attempt, now_);
      settle(event.action, false);
      return;
    case ModelAnswer::Kind::kOwn:
      trouble_.at_work(event.attempt, now_);
      settle(event.action, true);
      return;
    case ModelAnswer::Kind::kFailure:
      break;
  }
  const Ruling ruling = trouble_.failed(event.attempt, event.answer.failure, now_);
  action.may_charge = ruling.may_charge;
  action.was_throttled = event.answer.failure.kind == FailureKind::kThrottled;
  action.needs_own_back_off = event.answer.is_ambiguous;
  action.last = {.target = action.target,
                 .started = event.attempt.started,
                 .failed = now_,
                 .of_suspect = ruling.is_suspect,
                 .is_refusal = event.answer.is_refusal};
  park(event.action, ruling);
}

void Model::park(size_t number, const Ruling& ruling) {
  ModelAction& action = actions_[number];
  const uint32_t doublings = std::min(action.failures++, 20U);
  const Duration ceiling = std::min(kBase * (1U << doublings), kLongestBackoff);
  // After "too many" at least half of the back-off, so that others are answered in between.
  const double jitter = action.was_throttled ? 0.5 + 0.5 * random_.unit() : random_.unit();
  action.due = now_ + ruling.pause + from_seconds(to_seconds(ceiling) * jitter);
  action.timer = ++timers_;
  parked_.insert(number);
  schedule({.at = action.due,
            .number = 0,
            .what = Event::What::kDue,
            .action = number,
            .attempt = {.target = action.timer}});
}

void Model::wake(size_t number) {
  ModelAction& action = actions_[number];
  parked_.erase(number);
  action.timer = 0;
  action.last.hub_success = hub_success_;
  if (action.may_charge) {
    const Evidence evidence = trouble_.evidence(action.last);
    if (evidence == Evidence::kAnswered) ++action.charged;
    if (evidence != Evidence::kNone) action.charged_age += now_ - action.last.started;
    if (action.charged >= plan_.max_attempts || action.charged_age >= plan_.max_age) {
      settle(number, true);
      return;
    }
  }
  action.may_charge = false;
  queue_up(number, due_);
}

void Model::release() {
  if (trouble_.recoveries() == recoveries_) return;
  result_.holds += trouble_.recoveries() - recoveries_;
  recoveries_ = trouble_.recoveries();
  std::vector<size_t> released;
  for (const size_t number : parked_) {
    const ModelAction& action = actions_[number];
    const bool is_suspect = trouble_.suspect_since(action.target) != kNever;
    if (!is_suspect && trouble_.is_covered(action.last.started, action.last.failed)) {
      released.push_back(number);
    }
  }
  for (const size_t number : released) {
    actions_[number].due = now_;
    wake(number);
  }
}

void Model::settle(size_t number, bool is_dead) {
  ModelAction& action = actions_[number];
  result_.most_attempts = std::max(result_.most_attempts, action.attempts);
  if (!is_dead && !action.is_sick) {
    ++result_.healthy_done;
    waits_.push_back(static_cast<float>(1e3 * to_seconds(now_ - action.arrived)));
    const auto second = static_cast<size_t>((now_ - kStart) / std::chrono::seconds(1));
    result_.done_by_second.resize(std::max(result_.done_by_second.size(), second + 1));
    ++result_.done_by_second[second];
  }
  if (is_dead) ++(action.is_sick ? result_.sick_dead : result_.innocent_dead);
  std::deque<size_t>& lane = lanes_[action.target];
  lane.pop_front();
  if (!lane.empty()) make_ready(lane.front());
}

Instant Model::wake_at() const {
  const bool any = !ready_.empty() || !due_.empty() || !newcomers_.empty() || !suspects_.empty();
  Instant at = any ? trouble_.health_at() : kNever;
  const bool blocked = trouble_.is_blocked();
  const bool may = !ready_.empty() || !due_.empty() || suspects_may() ||
                   (!newcomers_.empty() && newcomers_under_way_ < newcomer_slots()) ||
                   (blocked && !suspects_.empty());
  if (may && under_way_ < plan_.slots) {
    at = std::min(at, std::max(trouble_.admits_at(), pace_.earliest()));
  }
  if (!parked_.empty()) at = std::min(at, trouble_.health_at());
  return at;
}

void Model::take_turn() {
  release();
  const bool waits = !ready_.empty() || !due_.empty() || !newcomers_.empty() ||
                     !suspects_.empty() || !parked_.empty();
  if (waits && trouble_.take_health(now_)) {
    ++result_.requests;
    schedule({.at = now_ + std::chrono::milliseconds(20),
              .what = Event::What::kHealth,
              .good = plan_.health(now_ - kStart)});
  }
  start_what_may();
}

FaultResult Model::run() {
  size_t next = 0;
  const Instant end_at = kStart + plan_.length;
  for (;;) {
    take_turn();
    Instant at = queue_.empty() ? kNever : queue_.top().at;
    if (next < plan_.arrivals.size()) at = std::min(at, kStart + plan_.arrivals[next].at);
    at = std::min(at, std::max(wake_at(), now_ + Duration(1)));
    if (at >= end_at) break;
    now_ = std::max(now_, at);
    while (next < plan_.arrivals.size() && kStart + plan_.arrivals[next].at <= now_) {
      arrive(plan_.arrivals[next++]);
    }
    while (!queue_.empty() && queue_.top().at <= now_) {
      const Event event = queue_.top();
      queue_.pop();
      if (event.what == Event::What::kAnswer) end(event);
      if (event.what == Event::What::kHealth) trouble_.health_ended(true, event.good, now_);
      const bool is_live =
          event.what == Event::What::kDue && actions_[event.action].timer == event.attempt.target;
      if (is_live) wake(event.action);
    }
  }
  for (const auto& [target, lane] : lanes_) {
    for (const size_t number : lane) {
      ++(actions_[number].is_sick ? result_.sick_left : result_.healthy_left);
    }
  }
  if (!waits_.empty()) {
    const auto place = static_cast<ptrdiff_t>(0.99 * static_cast<double>(waits_.size() - 1));
    std::nth_element(waits_.begin(), waits_.begin() + place, waits_.end());
    result_.healthy_p99_ms = static_cast<double>(waits_[static_cast<size_t>(place)]);
  }
  return std::move(result_);
}

}  // namespace

FaultResult run_fault_model(const FaultPlan& plan, uint64_t seed) {
  return Model(plan, seed).run();
}

}  // namespace awps
