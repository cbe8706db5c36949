#include "tests/simulation/stream_world.h"

#include <algorithm>
#include <utility>

namespace awps {

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Something is settled, or committed: what fails for good is given up for its age, a roomful of its
// hub after another; in a hold that is its own fault its age counts only while it is being tried.
constexpr Duration kUntilNext = minutes(10);
constexpr int kMostStepsAtOnce = 5000;

}  // namespace

StreamWorld::StreamWorld(const Options& options)
    : options_(options),
      random_(options.seed),
      now_(kStart),
      clock_(now_),
      truth_(options.partitions),
      broker_({.partitions = options.partitions,
               .is_eager = options.is_eager,
               .slowest_records = milliseconds(500),
               .seed = options.seed + 1},
              kStart),
      judge_({}, truth_, broker_, now_),
      service_({.faults = options.service,
                .has_sick_group = options.has_sick_group,
                .is_sick_for_good = options.is_sick_for_good,
                .slow = 0.03,
                .well_from = kStart + kUntilHealed,
                .seed = options.seed + 2}),
      records_(options.content, truth_),
      refuses_commits_(static_cast<size_t>(options.partitions)) {
  daemons_.resize(static_cast<size_t>(options.daemons));
  script();
}

StreamWorld::~StreamWorld() = default;

StreamDaemon::Options StreamWorld::daemon_options() {
  StreamDaemon::Options daemon;
  daemon.stream = {.name = "orders",
                   .topic = "actions",
                   .group = "fleet",
                   .hub = std::string(StreamRecords::kOwnHub),
                   .hubs = {std::string(StreamRecords::kOtherHub)},
                   .max_ahead = options_.max_ahead};
  daemon.hubs = {std::string(StreamRecords::kOwnHub), std::string(StreamRecords::kOtherHub),
                 std::string(StreamRecords::kForbiddenHub)};
  daemon.pipeline = {.max_in_flight = 6,
                     .retry = {.max_attempts = 4, .max_age = seconds(60), .max = seconds(10)}};
  daemon.pipeline.coalesce.enabled = options_.coalesce;
  daemon.budget.max_bytes = options_.hub_bytes;
  daemon.block_when_full = options_.block_when_full;
  daemon.has_disk = options_.has_disk;
  daemon.slowest_sync = milliseconds(200);
  daemon.writes_letters = options_.writes_letters;
  daemon.seed = random_.next();
  return daemon;
}

void StreamWorld::start_daemon(size_t place) {
  if (daemons_[place] != nullptr) return;
  daemons_[place] = std::make_unique<StreamDaemon>(
      daemon_options(), StreamDaemon::Parts{.broker = broker_,
                                            .service = service_,
                                            .truth = truth_,
                                            .judge = judge_,
                                            .clock = clock_,
                                            .last_producer = last_producer_});
}

StreamDaemon* StreamWorld::random_daemon() {
  return daemons_[random_.below(daemons_.size())].get();
}

void StreamWorld::end_daemon(size_t place) {
  StreamDaemon& daemon = *daemons_[place];
  for (size_t i = 0; i < daemon.hubs(); ++i) {
    const Ledger& ledger = daemon.hub(i).pipeline().ledger();
    for (size_t kind = 0; kind < outcomes_.size(); ++kind) {
      outcomes_[kind] += ledger.outcomes[kind];
    }
  }
  rejected_ += values_of(daemon.counters()).rejected;
  daemons_[place].reset();
}

void StreamWorld::reap() {
  for (size_t place = 0; place < daemons_.size(); ++place) {
    StreamDaemon* const daemon = daemons_[place].get();
    if (daemon == nullptr || daemon->is_frozen() || !daemon->has_stopped()) continue;
    end_daemon(place);
    if (!is_ending_) at(now_ + up_to(seconds(10)), [this, place] { start_daemon(place); });
  }
}

void StreamWorld::note_commits() {
  for (int32_t p = 0; p < options_.partitions; ++p) {
    const bool refused = refuses_commits_[static_cast<size_t>(p)];
    judge_.commits_work(p, !broker_.is_away() && !commits_fail_ && !refused);
  }
}

Duration StreamWorld::up_to(Duration longest) {
  return Duration(static_cast<int64_t>(random_.below(static_cast<uint64_t>(longest.count()))));
}

// Everything that is due. False: nothing ever will be.
bool StreamWorld::step() {
  Instant next = events_.empty() ? kNever : events_.front().at;
  next = std::min(next, broker_.next_event());
  for (const auto& daemon : daemons_) {
    if (daemon != nullptr) next = std::min(next, daemon->next_event());
  }
  if (next == kNever) return false;
  now_ = std::max(now_, next);
  steps_at_once_ = stepped_at_ == now_ ? steps_at_once_ + 1 : 0;
  stepped_at_ = now_;
  if (steps_at_once_ > kMostStepsAtOnce) judge_.mistake("time stands still");
  while (!events_.empty() && events_.front().at <= now_) {
    const Event event = std::move(events_.front());
    events_.pop_front();
    event.happens();
  }
  note_commits();
  broker_.advance(now_);
  for (const auto& daemon : daemons_) {
    if (daemon != nullptr) daemon->turn();
  }
  for (const auto& daemon : daemons_) {
    if (daemon != nullptr) daemon->check();
  }
  judge_.check();
  check_parts();
  for (const std::string& text : broker_.mistakes()) judge_.mistake(text);
  reap();
  return true;
}

// Who waits for a commit hears of a loss after it.
void StreamWorld::check_parts() {
  double sum = 0;
  int members = 0;
  for (const auto& daemon : daemons_) {
    if (daemon == nullptr || now_ < broker_.blocked_until(daemon->member())) continue;
    sum += daemon->part();
    ++members;
  }
  if (sum > 1 + members * kLeastPart + 1e-9) {
    judge_.mistake("the parts of the limit are " + std::to_string(sum) + " together");
  }
}

bool StreamWorld::is_done() {
  if (!is_healed_) return false;
  for (int32_t p = 0; p < options_.partitions; ++p) {
    const bool is_refused = refuses_commits_[static_cast<size_t>(p)];
    // Each next owner begins anew, and may be stopped in the middle.
    if (is_refused && (is_ending_ || judge_.has_settled_what_it_may(p))) continue;
    if (!truth_.is_all_settled(p)) return false;
    if (is_refused) continue;
    const int64_t committed = std::max(broker_.committed(p), int64_t{0});
    if (broker_.first_record_from(p, committed) < broker_.end_of(p)) return false;
  }
  return true;
}

std::string StreamWorld::what_is_open() const {
  std::string text;
  for (int32_t p = 0; p < options_.partitions; ++p) {
    text += "; partition " + std::to_string(p) + " of " +
            std::to_string(broker_.owner(p).value_or(SIZE_MAX)) + ": committed " +
            std::to_string(broker_.committed(p)) + " of " + std::to_string(broker_.end_of(p)) +
            ", open: " + truth_.what_is_open(p);
  }
  for (const auto& daemon : daemons_) {
    if (daemon == nullptr) continue;
    const StreamStatus status = daemon->status();
    text += "; member " + std::to_string(daemon->member()) + " is " +
            std::string(name_of(status.state)) + " " + status.cause;
    for (const PartitionStatus& one : status.partitions) {
      text += ", " + std::to_string(one.number) + " waits for '" + std::string(name_of(one.wait)) +
              "', settled " + std::to_string(one.settled);
      if (one.oldest.has_value()) text += ", " + one.oldest->action + ": " + one.oldest->why;
    }
  }
  return text;
}

// Of all partitions together; it only grows.
uint64_t StreamWorld::progress() const {
  uint64_t sum = truth_.settled();
  for (int32_t p = 0; p < options_.partitions; ++p) {
    sum += static_cast<uint64_t>(std::max(broker_.committed(p), int64_t{0}));
  }
  return sum;
}

void StreamWorld::run() {
  uint64_t progress_before = 0;
  Instant progressed_at = now_;
  while (!is_done() && mistakes().empty()) {
    const bool steps = step();
    const uint64_t progress_now = progress();
    if (!is_healed_ || std::exchange(progress_before, progress_now) != progress_now) {
      progressed_at = now_;
    }
    if (steps && now_ < progressed_at + kUntilNext) continue;
    return judge_.mistake("not everything is settled and committed" + what_is_open());
  }
  if (mistakes().empty()) stop_all();
  if (!mistakes().empty()) judge_.mistake("it stands so" + what_is_open());
}

// As an operator would.
void StreamWorld::stop_all() {
  is_ending_ = true;
  for (const auto& daemon : daemons_) {
    if (daemon != nullptr) daemon->begin_stop();
  }
  const auto is_there = [](const auto& daemon) { return daemon != nullptr; };
  while (mistakes().empty() && std::ranges::any_of(daemons_, is_there)) {
    if (!step()) return judge_.mistake("a daemon that is to stop does nothing more");
  }
  if (mistakes().empty() && !is_done()) judge_.mistake("a stop undid what was done");
}

}  // namespace awps
