#include "daemon/awpsd/stream_table.h"

#include <algorithm>
#include <set>
#include <thread>

#include "daemon/awpsd/options.h"
#include "daemon/awpsd/stream_words.h"

namespace awps {

namespace {

// Numbers of connections begin at 1, those of the gateway's clients at 2^39.
constexpr uint64_t kBeforeFirstProducer = uint64_t{1} << 38U;
// What hubs are given for an answer, for a commit, and for what the broker is told at the end.
constexpr Duration kAroundTheEnd = std::chrono::seconds(15);
// A stream that waits for a commit hears of the hurry after that.
constexpr Duration kHurriedStop = std::chrono::seconds(3);
// A consumer tells its brokers good-bye.
constexpr Duration kLongestClose = std::chrono::seconds(3);
// A turn may hold a commit that is waited for.
constexpr Duration kLongestStreamTurn = std::chrono::seconds(30);

// What is under way is waited for, see stream.h.
Duration longest_stop_of(const StreamPlan& plan) {
  return kAroundTheEnd + std::min(plan.service_timeout, plan.config.session_timeout / 2);
}

// The default hub may be there though no plan names it any more, until the next start.
bool has_hub(const HubDirectory& hubs, const std::string& hub) {
  return hub.empty() || hubs.find(hub) != nullptr;
}

}  // namespace

StreamTable::StreamTable(Parts parts)
    : parts_(std::move(parts)),
      last_producer_(kBeforeFirstProducer),
      identities_({.clock = parts_.clock,
                   .logger = parts_.logger,
                   .make_transport = parts_.make_transport,
                   .on_recovered = [] {}}) {}

StreamTable::~StreamTable() {
  begin_stop();
  // In bounded time: begin_stop() has said when streams that hang are given up.
  while (!has_stopped()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  close();
}

// ---- the streams

StreamTable::Units StreamTable::units() const {
  const MutexLock lock(mutex_);
  return units_;
}

StreamTable::Directory StreamTable::directory() const {
  const MutexLock lock(mutex_);
  return directory_;
}

void StreamTable::room_again() {
  for (const Unit& unit : units()) unit->thread->room_again();
}

void StreamTable::use(std::vector<IntakeHub> hubs) {
  const auto directory = std::make_shared<const HubDirectory>(std::move(hubs), "");
  Units present;
  {
    const MutexLock lock(mutex_);
    directory_ = directory;
    present = units_;
  }
  for (const Unit& unit : present) unit->thread->use(directory);
}

std::vector<StreamView> StreamTable::views() const {
  std::vector<StreamView> views;
  for (const Unit& unit : units()) views.push_back(view_of(*unit, parts_.clock));
  std::ranges::sort(views, {}, &StreamView::name);
  return views;
}

Result<void> StreamTable::alive(AwakeInstant now) const {
  for (const Unit& unit : units()) {
    if (unit->thread->has_stopped() || now - unit->thread->last_turn() <= kLongestStreamTurn)
      continue;
    return Error{"the thread of the stream " + unit->plan.name + " hangs"};
  }
  return {};
}

// ---- a stream is made

void StreamTable::open(const Plan& plan, std::vector<IntakeHub> hubs) {
  use(std::move(hubs));
  (void)apply(plan);  // all are new
}

StreamTable::Unit StreamTable::make(const StreamPlan& plan, int slot) {
  auto unit = std::make_shared<StreamUnit>();
  unit->plan = plan;
  unit->applied = plan;
  unit->slot = slot;
  unit->max_ahead = plan.config.max_ahead;
  const auto waker = std::make_shared<StreamWaker>();
  StreamEnds ends = parts_.make_ends(plan, ties_of(plan, waker));
  unit->thread = std::make_unique<StreamThread>(
      stream_thread_options(plan), directory(),
      StreamThread::Parts{.source = std::move(ends.source),
                          .letters = std::move(ends.letters),
                          .clock = parts_.clock,
                          .counters = unit->counters,
                          .next_producer = [this] { return ++last_producer_; },
                          .log = log_of(parts_.logger),
                          .slot = slot,
                          .waker = waker,
                          .on_part = [this, name = plan.name](
                                         const SharedPart& part) { parts_.on_part(name, part); }});
  return unit;
}

// What asks for tokens ends with the source that uses them, in the stream's thread.
StreamTies StreamTable::ties_of(const StreamPlan& plan, const std::shared_ptr<StreamWaker>& waker) {
  StreamTies ties{.wake = [waker] { waker->wake(); },
                  .log = library_log_of(plan.name, parts_.logger, parts_.clock),
                  .token = {}};
  if (!plan.identity) return ties;
  ties.token = tokens_of(identities_.keeper_of(plan.identity->identity, plan.identity->transport));
  identities_.start_identities(Duration::zero());
  return ties;
}

// The one whose turn it is, and its place in the hubs' queues.
std::optional<std::pair<StreamPlan, int>> StreamTable::next_that_waits() {
  const MutexLock lock(mutex_);
  if (is_stopping_) return std::nullopt;
  std::set<int> taken;
  std::set<std::string> running;
  for (const Unit& unit : units_) {
    taken.insert(unit->slot);
    running.insert(unit->plan.name);
  }
  int slot = parts_.first_slot;
  while (taken.contains(slot)) ++slot;
  if (slot >= parts_.first_slot + static_cast<int>(kMostStreams)) return std::nullopt;
  const auto next = std::ranges::find_if(
      waiting_, [&](const StreamPlan& plan) { return !running.contains(plan.name); });
  if (next == waiting_.end()) return std::nullopt;
  std::pair<StreamPlan, int> found{std::move(*next), slot};
  waiting_.erase(next);
  return found;
}

// The hubs as they are then. nullptr: the stop has begun meanwhile.
StreamTable::Directory StreamTable::add(const Unit& unit) {
  const MutexLock lock(mutex_);
  if (is_stopping_) return nullptr;
  units_.push_back(unit);
  return directory_;
}

std::vector<std::string> StreamTable::make_what_waits() {
  std::vector<std::string> names;
  while (const auto next = next_that_waits()) {
    const auto& [plan, slot] = *next;
    const Unit unit = make(plan, slot);
    const Directory directory = add(unit);
    if (directory == nullptr) return names;
    unit->thread->use(directory);  // it may have become another one meanwhile
    unit->thread->start();
    names.push_back(plan.name);
    parts_.logger.info("stream {} reads the topic {} at {} in the group {}", plan.name,
                       plan.config.topic, plan.brokers, plan.config.group);
  }
  return names;
}

// ---- a reload

StreamTable::Changes StreamTable::compare(const Plan& plan) {
  const MutexLock lock(mutex_);
  Changes changes;
  if (is_stopping_) return changes;
  waiting_.clear();
  std::set<std::string> present;
  for (const Unit& unit : units_) {
    if (unit->is_ending) continue;
    const auto planned = std::ranges::find(plan.streams, unit->plan.name, &StreamPlan::name);
    // Without its hub it could keep nothing that is refused.
    if (planned == plan.streams.end() || !has_hub(*directory_, unit->plan.config.hub)) {
      unit->is_ending = true;
      changes.ended.push_back(unit);
      continue;
    }
    present.insert(unit->plan.name);
    unit->applied = plan_after_reload(unit->applied, *planned);
    unit->max_ahead = unit->applied.config.max_ahead;
    changes.changed.push_back(unit);
  }
  std::ranges::copy_if(plan.streams, std::back_inserter(waiting_),
                       [&](const StreamPlan& planned) { return !present.contains(planned.name); });
  return changes;
}

std::vector<std::string> StreamTable::apply(const Plan& plan) {
  const MutexLock one(changes_mutex_);
  const Changes changes = compare(plan);
  for (const Unit& unit : changes.ended) {
    parts_.logger.info("stream {} is taken out: it gives back what it has", unit->plan.name);
    unit->thread->begin_stop();
  }
  for (const Unit& unit : changes.changed) {
    unit->thread->set_options(stream_thread_options(unit->applied));
  }
  std::vector<std::string> names = make_what_waits();
  const MutexLock lock(mutex_);
  for (const StreamPlan& waits : waiting_) names.push_back(waits.name);
  return names;
}

bool StreamTable::retire() {
  if (!changes_mutex_.try_lock()) return true;  // a reload: in the next turn
  (void)drop_what_has_ended();
  (void)make_what_waits();
  changes_mutex_.unlock();
  const MutexLock lock(mutex_);
  return !waiting_.empty() ||
         std::ranges::any_of(units_, [](const Unit& unit) { return unit->is_ending; });
}

// Are there others? Whoever has one still may destroy it: its thread has ended.
bool StreamTable::drop_what_has_ended() {
  Units ended;  // outlives the lock
  const MutexLock lock(mutex_);
  const auto rest = std::stable_partition(
      units_.begin(), units_.end(), [](const Unit& unit) { return !unit->thread->has_ended(); });
  ended.assign(rest, units_.end());
  units_.erase(rest, units_.end());
  return !units_.empty();
}

// ---- stop

Duration StreamTable::longest_stop() const {
  Duration longest{};
  const MutexLock lock(mutex_);
  for (const Unit& unit : units_) longest = std::max(longest, longest_stop_of(unit->applied));
  return longest;
}

void StreamTable::begin_stop() {
  const Duration longest = longest_stop();
  Units present;
  {
    const MutexLock lock(mutex_);
    if (is_stopping_) return;
    is_stopping_ = true;
    given_up_at_ = parts_.clock.now() + longest;
    waiting_.clear();
    for (const Unit& unit : units_) unit->is_ending = true;
    present = units_;
  }
  for (const Unit& unit : present) unit->thread->begin_stop();
}

void StreamTable::hurry_stop() {
  for (const Unit& unit : units()) unit->thread->hurry_stop();
  const MutexLock lock(mutex_);
  given_up_at_ = std::min(given_up_at_, parts_.clock.now() + kHurriedStop);
}

bool StreamTable::has_stopped() {
  const auto is_running = [](const Unit& unit) { return !unit->thread->has_stopped(); };
  const Units present = units();
  if (std::ranges::none_of(present, is_running)) return true;
  const MutexLock lock(mutex_);
  return parts_.clock.now() >= given_up_at_;
}

void StreamTable::close() {
  for (const Unit& unit : units()) {
    if (unit->thread->has_stopped()) continue;
    parts_.logger.error(
        "stream {}: its thread has not stopped, and is left behind; what was not committed is "
        "read again by whoever owns its partitions next",
        unit->plan.name);
  }
  static constexpr int kTries = kLongestClose / std::chrono::milliseconds(1);
  for (int i = 0; i < kTries && drop_what_has_ended(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

bool StreamTable::has_threads_left() const {
  const MutexLock lock(mutex_);
  return !units_.empty();
}

}  // namespace awps
