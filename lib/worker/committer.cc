#include "worker/committer.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/fault_point.h"
#include "queue/duplicates.h"
#include "queue/memory_position.h"
#include "worker/late_refusal.h"

namespace awps {

namespace {

Budget::Room room_of(Log::CommitError::Kind kind) {
  switch (kind) {
    case Log::CommitError::Kind::kSpoolFull:
      return Budget::Room::kSpoolFull;
    case Log::CommitError::Kind::kHubFull:
      return Budget::Room::kHubSpoolFull;
    case Log::CommitError::Kind::kDiskFull:
      return Budget::Room::kDiskFull;
    case Log::CommitError::Kind::kFailed:
      return Budget::Room::kStorageFailed;
  }
  return Budget::Room::kStorageFailed;
}

}  // namespace

uint64_t Committer::arrivals_bytes(uint64_t max_queued_bytes, uint64_t commit_bytes) {
  static constexpr uint64_t kLeast = uint64_t{16} << 20U;
  return std::min(max_queued_bytes, std::max(4 * commit_bytes, kLeast));
}

Committer::Committer(const Options& options, const Parts& parts, std::unique_ptr<Log> log)
    : options_(options),
      parts_(parts),
      times_(options.commit_interval, overflows()),
      log_(std::move(log)),
      run_(log_->run(), parts.clock),
      entrance_(parts.arrivals, run_),
      tail_({.log = *log_,
             .arrivals = parts.arrivals,
             .window = parts.window,
             .clock = parts.clock,
             .run = run_,
             .reporter = reporter_,
             .withheld = options_.withheld}),
      group_(options.ids),
      disk_(parts.clock),
      lines_(parts.arrivals.hub(), overflows(), parts.logger),
      counters_(parts.counters) {
  group_.ids().restore(log_->take_known_ids());
  log_->count_ids_known_to(
      [this](const IdHash& hash) { return group_.ids().known().contains(hash); });
  const uint64_t recovered = log_->status().records - options_.withheld.size();
  accepted_.store(recovered, std::memory_order_relaxed);
  parts_.counters.recovered.set(recovered);
  parts_.arrivals.budget().set_producer_spool_limit(options_.producer_spool_bytes);
  counters_.publish(*log_, tail_, storage_);
}

Committer::~Committer() = default;

void Committer::turn() {
  const Instant now = parts_.clock.now();
  if (adopts_.exchange(false, std::memory_order_relaxed)) {
    log_->adopt_store();
    is_adopting_ = true;
    if (log_->has_unsynced()) unsynced_since_ = now - kLongestUnsynced;  // at once
  }
  const bool closes = is_closing();
  if (overflows() && !closes) pass_directly();
  if (head_.is_waiting()) write_head(now);
  if (closes) {
    end_window(now);
  } else if (is_commit_due(now) || waits_for_window_) {
    commit(now);
  } else if (settled_.any() && has_passed(last_release_, options_.release_interval, now)) {
    write_releases(now);
  }
  // A worker that waits for the end may have left by now: see end_window().
  if (storage_.must_refuse(now) && !overflows() && !is_closing()) refuse_all();
  look_for_room(now);
  if (!closed_ && !tail_.is_direct()) {
    if (const auto read = disk_.during([&] { return tail_.refill(now); }); !read) {
      counters_.count(read.error());
      lines_.unread(read.error(), now);
    }
    hand_over_unreadable();
  }
  const bool is_full = storage_.kind() == StorageState::Kind::kFull;
  if (is_full && now >= next_look_ && !closed_) look_through();
  if (now >= next_house_) keep_house(now);
  note_errors(now);
  note_synced();
  const bool takes_nothing = storage_.kind() != StorageState::Kind::kGood;
  if (is_adopting_ && (takes_nothing || !log_->has_unsynced())) {
    is_adopting_ = false;
    parts_.adopted();
  }
  parts_.arrivals.budget().close(room_at_doors());
  counters_.publish(*log_, tail_, storage_);
  // A worker that is to end sleeps while it has nothing.
  if (stopping_ && is_drained()) parts_.window.wake_worker();
}

Instant Committer::next_turn() const {
  const Instant now = parts_.clock.now();
  if (is_closing() || adopts_ || head_.is_waiting()) return now;
  if (has_waiting() && takes_directly()) return now;
  Instant at = std::min(times_.commit_at(work()), next_house_);
  if (!closed_) at = std::min(at, tail_.refill_at(now));
  const bool is_failed = storage_.kind() == StorageState::Kind::kFailed;
  const bool is_full = storage_.kind() == StorageState::Kind::kFull;
  const bool may_refuse = !overflows() && has_waiting();
  if (may_refuse) at = std::min(at, storage_.refuse_at());
  // Doors are let in again, or it is looked for room.
  const bool looks = is_full && group_.empty();
  if (looks || (is_failed && !storage_.may_try(now))) at = std::min(at, storage_.try_at());
  if (is_full && !tail_.is_direct()) at = std::min(at, next_look_);
  if (settled_.any() && !is_failed && !group_.is_in_log()) {
    at = std::min(
        at, last_release_ == Instant::min() ? now : last_release_ + options_.release_interval);
  }
  return std::max(at, now);
}

// ---- commit

CommitWork Committer::work() const {
  const bool is_failed = storage_.kind() == StorageState::Kind::kFailed;
  return {.has_arrivals = has_arrivals(),
          .has_group = !group_.empty(),
          .is_in_log = group_.is_in_log(),
          .group_has_room = log_->group_bytes() < options_.commit_bytes,
          .is_large = overflows() && is_large(),
          .has_releases = settled_.any() || (log_->has_group() && !group_.is_in_log()),
          .may_only_try = is_failed && needs_disk(),
          .waits_for_window = passes_through_ && waits_for_window_,
          .group_since = group_since_,
          .unsynced_since = log_->has_unsynced() ? unsynced_since_ : kNever,
          .last_commit = last_commit_,
          .storage = storage_};
}

// A hub that is one in memory now has no more to do with it than to leave it.
bool Committer::needs_disk() const {
  const bool has_more = settled_.any() || log_->has_group() || log_->has_unsynced();
  return !is_leaving() || has_more || log_->status().records > 0;
}

bool Committer::is_commit_due(Instant now) const {
  // A stop gives a failed disk one more chance.
  const bool may_try_once_more = stopping_ && !tried_after_stop_ && !overflows();
  if (may_try_once_more && storage_.kind() == StorageState::Kind::kFailed) return true;
  return now >= times_.commit_at(work());
}

void Committer::commit(Instant now) {
  const bool was_last_try = stopping_ && !tried_after_stop_;
  tried_after_stop_ = stopping_;
  last_commit_ = now;
  release_settled();
  // Releases have room where records have none, and make some.
  const bool has_releases = log_->has_group() || log_->has_unsynced();
  if (storage_.kind() == StorageState::Kind::kFull && has_releases) write_group(now);
  const bool tries = storage_.kind() == StorageState::Kind::kFailed && needs_disk();
  if (tries && times_.is_write_due(work(), now)) log_->want_frame();
  if (passes_through_) {
    pass_through();
  } else {
    fill_group(now);
  }
  if (!group_.empty()) pass(FaultPoint::kBatchQueued);
  // Where all are duplicates of what is safe, there is nothing to write.
  const bool has_work = log_->has_group() || log_->has_unsynced() || group_.is_in_log();
  if (has_work && times_.is_write_due(work(), now)) write_group(now);
  if (overflows() || !was_last_try || is_closing()) return;
  if (storage_.kind() == StorageState::Kind::kFailed) refuse_all();
}

void Committer::fill_group(Instant now) {
  const bool has_records = has_waiting();
  if (!has_records || takes_directly() || !has_room(now)) return;
  last_record_ = now;
  if (group_.empty()) group_since_ = now;
  for (CommitGroup::Member& member : group_.members()) enter_log(member);
  std::unique_ptr<Batch> batch;
  while (log_->group_bytes() < options_.commit_bytes && parts_.arrivals.pop({&batch, 1}) > 0) {
    enter_log(group_.add(std::move(batch), run_.now()));
  }
  if (overflows() && !closed_) accept_group();
}

void Committer::enter_log(CommitGroup::Member& member) {
  if (member.first != 0) return;
  const Batch::Uncommitted& uncommitted = member.batch->uncommitted();
  member.first = log_->add(uncommitted.records, member.fresh);
  // What had to wait for room is not accepted before this.
  const WallTime at = (member.is_accepted ? member.taken_at : run_.now()) +
                      (parts_.clock.wall_now() - run_.now());  // as the next process sees it
  Position position = member.first;
  for (const ActionId& id : uncommitted.ids) {
    if (id.is_duplicate) continue;
    if (id.is_set) log_->know({.hash = id.hash, .accepted_at = at}, position);
    ++position;
  }
}

bool Committer::has_room(Instant now) {
  static constexpr uint64_t kLeast = uint64_t{4} << 10U;
  const uint64_t held = parts_.arrivals.budget().held_bytes();
  const uint64_t bytes = std::max(kLeast, std::min(held, options_.commit_bytes));
  const auto full = disk_.during([&] { return log_->full_for(bytes); });
  if (!full) return true;
  storage_.is_full_of(room_of(*full), now);
  lines_.full(room_of(*full), now);
  next_house_ = std::min(next_house_, now);  // it may make some
  return false;
}

// Doors that refuse bring nothing to try it with.
void Committer::look_for_room(Instant now) {
  const bool is_due = storage_.kind() == StorageState::Kind::kFull && storage_.may_try(now);
  if (!is_due || !group_.empty() || !has_room(now)) return;
  storage_.succeeded();
  lines_.good_again();
}

void Committer::write_group(Instant now) {
  const bool has_records = group_.is_in_log();
  pass(FaultPoint::kBeforeWrite);
  const auto written = disk_.during([this] { return log_->commit(parts_.clock.wall_now()); });
  if (!written) return note_failure(written.error(), now);
  next_house_ = std::min(next_house_, now);
  if (storage_.kind() == StorageState::Kind::kFailed || has_records) {
    storage_.succeeded();
    lines_.good_again();
  }
  if (!has_records) return pass(FaultPoint::kAfterReleaseSync);
  pass(FaultPoint::kAfterSync);
  if (group_.actions() > 0) {
    parts_.counters.commits.add();
    parts_.counters.commit_actions.add(group_.actions());
    parts_.counters.commit.add(parts_.clock.now() - now);
  }
  publish_group();
}

void Committer::note_failure(const Log::CommitError& error, Instant now) {
  if (error.kind == Log::CommitError::Kind::kFailed) {
    storage_.has_failed(now);
    lines_.failed(error.io, now);
    const MutexLock lock(told_mutex_);
    failure_ = to_text(error.io);
    return;
  }
  storage_.is_full_of(room_of(error.kind), now);
  lines_.full(room_of(error.kind), now);
  // They wait here: the log's group is for releases, which have room and make some.
  log_->drop_records();
  for (CommitGroup::Member& member : group_.members()) member.first = 0;
}

// ---- publish

void Committer::publish_group() {
  std::vector<CommitGroup::Member> members = group_.take(run_.now());
  for (CommitGroup::Member& member : members) {
    accept(member);
    if (member.first == 0 || !member.batch->was_letters()) continue;
    mail_.post_letters(member.batch->uncommitted().letters);
  }
  pass(FaultPoint::kBeforePublish);
  for (CommitGroup::Member& member : members) publish(std::move(member));
  pass(FaultPoint::kPublished);
  receipts_.give(reporter_);
  pass(FaultPoint::kCommittedTold);
  parts_.window.wake_worker();
}

// Before the worker or the tail has it.
void Committer::accept(CommitGroup::Member& member) {
  if (member.is_accepted) return;
  member.is_accepted = true;
  receipts_.note(*member.batch);
  // Release pairs with the acquire in counts().
  accepted_.fetch_add(member.fresh, std::memory_order_release);
}

void Committer::publish(CommitGroup::Member member) {
  Batch& batch = *member.batch;
  if (batch.has_ids()) take_out_duplicates(batch);
  if (batch.count() == 0) return;
  const uint64_t charge = batch.charge();
  const Budget& window = parts_.window.budget();
  const uint64_t held = window.held_bytes();
  const bool has_room = held == 0 || held + charge <= window.max_bytes();
  if (member.first != 0 && tail_.is_direct() && (closed_ || !has_room)) {
    tail_.begin(member.first);
    pass(FaultPoint::kToTail);
  }
  if (member.first != 0 && !tail_.is_direct()) {
    tail_.add(batch, member.first, batch.uncommitted().records.size());
    parts_.arrivals.budget().release(charge, batch.account());
    return;
  }
  to_window(std::move(member.batch), member.first);
}

// `first`: its position; 0: it has none.
void Committer::to_window(std::unique_ptr<Batch> batch, Position first) {
  Account& account = batch->account();
  const uint64_t charge = batch->charge();
  Position position = first;
  for (Accepted* accepted = batch->first(); accepted != nullptr; accepted = accepted->next) {
    accepted->position = position;
    position += first != 0 ? 1 : 0;
  }
  // The letters of what is in memory alone end with its actions.
  if (is_on_disk(first) || !batch->was_letters()) batch->forget_uncommitted();
  // In the window first, see account.h.
  parts_.window.budget().add(charge, account);
  parts_.arrivals.budget().release(charge, account);
  parts_.window.push(0, std::move(batch));
}

// With the last of the batch its account may be gone.
void Committer::take_out_duplicates(Batch& batch) {
  std::vector<Outcome> outcomes;
  Account& account = batch.account();
  const TakenOut taken = awps::take_out_duplicates(batch, outcomes);
  duplicates_.fetch_add(taken.actions, std::memory_order_relaxed);
  reporter_.push(outcomes);
  if (taken.actions > 0) parts_.arrivals.budget().release(taken.charge, account);
}

// The hub is one in memory, and its log is empty.
void Committer::pass_through() {
  Budget& window = parts_.window.budget();
  std::unique_ptr<Batch> batch;
  while (window.held_bytes() < window.max_bytes() && parts_.arrivals.pop({&batch, 1}) > 0) {
    group_.add(std::move(batch), run_.now());
    publish_group();
  }
  waits_for_window_ = has_arrivals() && window.must_wait_for_half();
}

// ---- refuse

// The order is kept: what is in the group came before what is not.
void Committer::refuse_all() {
  log_->drop_records();
  for (CommitGroup::Member& member : group_.take_refused()) refuse(std::move(member));
  std::unique_ptr<Batch> batch;
  while (parts_.arrivals.pop({&batch, 1}) > 0) refuse({.batch = std::move(batch)});
  parts_.window.wake_worker();
}

void Committer::refuse(CommitGroup::Member member) {
  Batch& batch = *member.batch;
  Account& account = batch.account();
  if (member.is_accepted) return lose(batch);
  if (account.reports == nullptr) {
    // It was accepted once, as something else: it is sent without a place on disk. Release pairs
    // with the acquire in counts().
    accepted_.fetch_add(batch.count(), std::memory_order_release);
    if (!closed_) return publish({.batch = std::move(member.batch)});
    return lose(batch);
  }
  refuse_late(batch, parts_.arrivals.hub(), reporter_);
  // Relaxed: only for the words of a line in the log.
  const bool is_unheard = account.is_orphan.load(std::memory_order_relaxed);
  lines_.refused(batch.count(), is_unheard ? batch.count() : 0);
  parts_.counters.late_refused.add(batch.count());
  parts_.arrivals.budget().release(batch.charge(), account);
}

// It is accepted, the disk has not taken it, and no worker is there any more.
void Committer::lose(Batch& batch) {
  if (batch.has_ids()) take_out_duplicates(batch);
  if (batch.count() == 0) return;
  // Release pairs with the acquire in counts().
  unkept_.fetch_add(batch.count(), std::memory_order_release);
  report_lost(batch, reporter_);
  parts_.arrivals.budget().release(batch.charge(), batch.account());
}

}  // namespace awps
