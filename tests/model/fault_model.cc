#include "tests/model/fault_model.h"

#include <algorithm>
#include <deque>
#include <map>
#include <queue>
#include <unordered_map>

#include "base/random.h"
#include "limit/gcra.h"

namespace awps {

namespace {

constexpr Instant kStart{std::chrono::seconds(1000)};
constexpr Duration kBase = std::chrono::milliseconds(200);
constexpr Duration kLongestBackoff = std::chrono::seconds(30);
constexpr uint32_t kMostFailuresOfTheWay = 3;

struct Event {
  enum class What : uint8_t { kAnswer, kDue, kHealth };
  Instant at;
  uint64_t number = 0;
  What what = What::kAnswer;
  size_t action = 0;
  uint64_t timer = 0;    // kDue
  ModelAnswer answer{};  // kAnswer
  bool good = false;     // kHealth
  friend bool operator>(const Event& a, const Event& b) {
    return a.at != b.at ? a.at > b.at : a.number > b.number;
  }
};

class Model {
 public:
  Model(const FaultPlan& plan, uint64_t seed)
      : plan_(plan),
        random_(seed),
        trouble_({}),
        pace_({.units_per_second = plan.pace}),
        turns_(plan.most_under_way, trouble_, actions_) {}

  FaultResult run();

 private:
  void schedule(Event event) {
    event.number = ++events_;
    queue_.push(std::move(event));
  }
  void arrive(const FaultPlan::Arrival& arrival);
  void take_turn();
  void handle(const Event& event);
  Instant wake_at() const;
  void start_what_may();
  size_t pick_probe();
  void start(size_t number, Passage passage);
  void end(size_t number, const ModelAnswer& answer);
  void fail(size_t number, const ModelAnswer& answer);
  void park(size_t number, const Ruling& ruling, bool was_way);
  void wake(size_t number);
  bool charge(ModelAction& action);
  void release();
  void settle(size_t number, bool is_dead);
  void sum_up();
  size_t asking() const;
  Instant asks_at() const;
  size_t second() const { return static_cast<size_t>((now_ - kStart) / std::chrono::seconds(1)); }
  static void count(std::vector<uint32_t>& by_second, size_t second) {
    by_second.resize(std::max(by_second.size(), second + 1));
    ++by_second[second];
  }

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
  ModelTurns turns_;
  std::unordered_map<uint64_t, std::deque<size_t>> lanes_;
  std::map<uint64_t, size_t> parked_;  // by the number of its timer: in the order of failures
  uint64_t recoveries_ = 0;
  Instant hub_success_ = Instant::min();
  std::vector<float> waits_;
  FaultResult result_;
};

void Model::arrive(const FaultPlan::Arrival& arrival) {
  actions_.push_back({.target = arrival.target, .arrived = now_, .is_sick = arrival.is_sick});
  std::deque<size_t>& lane = lanes_[arrival.target];
  lane.push_back(actions_.size() - 1);
  if (lane.size() == 1) turns_.push_first_attempt(lane.front());
}

// ---- attempts

void Model::start_what_may() {
  while (turns_.has_slot() && pace_.earliest() <= now_) {
    turns_.sort();
    const bool is_blocked = trouble_.is_blocked();
    const bool any = is_blocked ? turns_.has_probe() || asks_at() <= now_ : turns_.may_go();
    if (!any) return;
    const Passage passage = trouble_.admit(now_);
    if (passage == Passage::kWait) return;
    const size_t number = passage == Passage::kProbe ? pick_probe() : turns_.take();
    if (number == kNobody) return trouble_.probe_not_sent();
    (void)pace_.take(1, now_);
    start(number, passage);
  }
}

size_t Model::pick_probe() {
  if (!turns_.has_probe()) {
    const size_t number = asking();
    actions_[number].is_released = true;
    wake(number);
  }
  return turns_.has_probe() ? turns_.take_probe(trouble_.held_for(now_)) : kNobody;
}

void Model::start(size_t number, Passage passage) {
  ModelAction& action = actions_[number];
  if (action.was_ambiguous && now_ < action.due) ++result_.early_repeats;
  action.attempt = {.target = action.target,
                    .started = now_,
                    .of_suspect = trouble_.suspect_since(action.target) != kNever,
                    .of_known = action.is_released || trouble_.is_known(action.target),
                    .is_probe = passage == Passage::kProbe};
  action.is_released = false;
  trouble_.begin(action.attempt);
  turns_.note_start(number, action.attempt);
  ++action.attempts;
  ++result_.requests;
  count(result_.starts_by_second, second());
  const ModelAnswer answer = plan_.service(action.target, now_ - kStart);
  schedule({.at = now_ + answer.after, .action = number, .answer = answer});
}

void Model::end(size_t number, const ModelAnswer& answer) {
  turns_.note_end(number, actions_[number].attempt);
  switch (answer.kind) {
    case ModelAnswer::Kind::kGood:
      hub_success_ = now_;
      trouble_.answered(actions_[number].attempt, now_);
      turns_.note_success(actions_[number].attempt, now_);
      return settle(number, /*is_dead=*/false);
    case ModelAnswer::Kind::kOwn:
      trouble_.at_work(actions_[number].attempt, now_);
      return settle(number, /*is_dead=*/true);
    case ModelAnswer::Kind::kFailure:
      return fail(number, answer);
  }
}

void Model::fail(size_t number, const ModelAnswer& answer) {
  ModelAction& action = actions_[number];
  const Ruling ruling = trouble_.failed(action.attempt, answer.failure, now_);
  action.may_charge = ruling.may_charge;
  action.was_throttled = answer.failure.kind == FailureKind::kThrottled;
  action.was_ambiguous = answer.is_ambiguous;
  action.last = {.target = action.target,
                 .started = action.attempt.started,
                 .failed = now_,
                 .of_suspect = ruling.is_suspect,
                 .is_refusal = answer.is_refusal};
  park(number, ruling, answer.failure.kind == FailureKind::kWay);
}

// ---- retries

void Model::park(size_t number, const Ruling& ruling, bool was_way) {
  ModelAction& action = actions_[number];
  if (!was_way || action.failures < kMostFailuresOfTheWay) ++action.failures;
  const uint32_t doublings = std::min(action.failures - 1, 20U);
  const Duration ceiling = std::min(kBase * (1U << doublings), kLongestBackoff);
  // After "too many" at least half of the back-off, so that others are answered in between.
  const double jitter = action.was_throttled ? 0.5 + 0.5 * random_.unit() : random_.unit();
  action.due = now_ + ruling.pause + from_seconds(to_seconds(ceiling) * jitter);
  action.timer = ++timers_;
  parked_[action.timer] = number;
  schedule({.at = action.due, .what = Event::What::kDue, .action = number, .timer = action.timer});
}

// Is a try left?
bool Model::charge(ModelAction& action) {
  action.last.hub_success = hub_success_;
  const Evidence evidence = action.may_charge ? trouble_.evidence(action.last) : Evidence::kNone;
  action.may_charge = false;
  if (evidence == Evidence::kNone) return true;
  if (evidence == Evidence::kAnswered) {
    ++action.charged;
    if (!action.is_sick) ++result_.innocent_charges;
  }
  action.charged_age += now_ - action.last.started;
  const Instant since = trouble_.suspect_since(action.target);
  if (action.last.of_suspect && since != kNever) {
    action.charged_age = std::max(action.charged_age, now_ - std::max(since, action.arrived));
  }
  return action.charged < plan_.max_attempts && action.charged_age < plan_.max_age;
}

void Model::wake(size_t number) {
  ModelAction& action = actions_[number];
  parked_.erase(std::exchange(action.timer, 0));
  if (!charge(action)) return settle(number, /*is_dead=*/true);
  turns_.push_retry(number);
}

// What failed because of a hold that is over is due at once, in the order accepted.
void Model::release() {
  if (trouble_.recoveries() == recoveries_) return;
  result_.holds += trouble_.recoveries() - recoveries_;
  recoveries_ = trouble_.recoveries();
  std::vector<size_t> released;
  for (const auto& [timer, number] : parked_) {
    const ModelAction& action = actions_[number];
    if (action.last.of_suspect || action.was_throttled) continue;
    if (!trouble_.is_covered(action.last.started, action.last.failed)) continue;
    released.push_back(number);
    actions_[number].due = now_;
  }
  for (const size_t number : turns_.take_retries()) released.push_back(number);
  std::ranges::sort(released);
  for (const size_t number : released) {
    actions_[number].is_released = true;
    wake(number);
  }
}

// A parked one that can do no harm may be a probe before its time: whoever was tried longest ago.
size_t Model::asking() const {
  for (const auto& [timer, number] : parked_) {
    const ModelAction& action = actions_[number];
    if (!action.was_ambiguous && !action.last.of_suspect) return number;
  }
  return kNobody;
}

Instant Model::asks_at() const {
  const size_t number = asking();
  if (number == kNobody) return kNever;
  const uint32_t doublings = std::min(actions_[number].failures - 1, 5U);
  const Duration wait = std::chrono::seconds(std::min(1U << doublings, 30U));
  return actions_[number].last.failed + wait;
}

void Model::settle(size_t number, bool is_dead) {
  const ModelAction& action = actions_[number];
  result_.most_attempts = std::max(result_.most_attempts, action.attempts);
  if (!is_dead && !action.is_sick) {
    ++result_.healthy_done;
    waits_.push_back(static_cast<float>(1e3 * to_seconds(now_ - action.arrived)));
    count(result_.done_by_second, second());
  }
  if (is_dead) ++(action.is_sick ? result_.sick_dead : result_.innocent_dead);
  std::deque<size_t>& lane = lanes_[action.target];
  lane.pop_front();
  if (!lane.empty()) turns_.push_first_attempt(lane.front());
}

// ---- time

Instant Model::wake_at() const {
  const bool is_idle = turns_.waiting() == 0 && parked_.empty();
  Instant at = is_idle ? kNever : trouble_.health_at();
  if (!turns_.has_slot()) return std::min(at, turns_.next_overdue());
  const Instant permit = std::max(trouble_.admits_at(), pace_.earliest());
  if (!trouble_.is_blocked()) return turns_.may_go() ? std::min(at, permit) : at;
  return std::min(at, std::max(permit, turns_.has_probe() ? now_ : asks_at()));
}

void Model::take_turn() {
  turns_.advance(now_);
  release();
  const bool is_idle = turns_.waiting() == 0 && parked_.empty();
  if (!is_idle && trouble_.take_health(now_)) {
    ++result_.requests;
    schedule({.at = now_ + std::chrono::milliseconds(20),
              .what = Event::What::kHealth,
              .good = plan_.health(now_ - kStart)});
  }
  start_what_may();
}

void Model::handle(const Event& event) {
  switch (event.what) {
    case Event::What::kAnswer:
      return end(event.action, event.answer);
    case Event::What::kHealth:
      return trouble_.health_ended(/*reached=*/true, event.good, now_);
    case Event::What::kDue:
      if (actions_[event.action].timer == event.timer) wake(event.action);
  }
}

FaultResult Model::run() {
  size_t next = 0;
  for (;;) {
    take_turn();
    Instant at = queue_.empty() ? kNever : queue_.top().at;
    if (next < plan_.arrivals.size()) at = std::min(at, kStart + plan_.arrivals[next].at);
    at = std::min(at, std::max(wake_at(), now_ + Duration(1)));
    if (at >= kStart + plan_.length) break;
    now_ = std::max(now_, at);
    while (next < plan_.arrivals.size() && kStart + plan_.arrivals[next].at <= now_) {
      arrive(plan_.arrivals[next++]);
    }
    while (!queue_.empty() && queue_.top().at <= now_) {
      const Event event = queue_.top();
      queue_.pop();
      handle(event);
    }
  }
  sum_up();
  return std::move(result_);
}

void Model::sum_up() {
  for (const auto& [target, lane] : lanes_) {
    for (const size_t number : lane) {
      ++(actions_[number].is_sick ? result_.sick_left : result_.healthy_left);
      result_.most_attempts = std::max(result_.most_attempts, actions_[number].attempts);
    }
  }
  if (waits_.empty()) return;
  const auto place = static_cast<ptrdiff_t>(0.99 * static_cast<double>(waits_.size() - 1));
  std::nth_element(waits_.begin(), waits_.begin() + place, waits_.end());
  result_.healthy_p99_ms = static_cast<double>(waits_[static_cast<size_t>(place)]);
}

}  // namespace

FaultResult run_fault_model(const FaultPlan& plan, uint64_t seed) {
  return Model(plan, seed).run();
}

}  // namespace awps
