#include "worker/letter_keeper.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/fault_point.h"
#include "worker/settled_positions.h"

namespace awps {

namespace {

constexpr size_t kMostGroupBytes = size_t{16} << 20U;
// Letters that went out of turn leave gaps, each of which costs a group of its own.
constexpr int kMostGroups = 16;
constexpr Duration kFirstRetry = std::chrono::seconds(1);
constexpr Duration kLongestRetry = std::chrono::seconds(30);
constexpr Duration kHouseAfter = std::chrono::seconds(10);  // without anything to write

std::string text_of_error(const Log::CommitError& error) {
  switch (error.kind) {
    case Log::CommitError::Kind::kSpoolFull:
    case Log::CommitError::Kind::kHubFull:
      return "spool.max_bytes is reached";
    case Log::CommitError::Kind::kDiskFull:
      return "the disk is full, or has spool.min_free_bytes left";
    case Log::CommitError::Kind::kFailed:
      return to_text(error.io);
  }
  return "";
}

}  // namespace

LetterBox& LetterKeeper::keep(const std::string& hub, std::unique_ptr<Log> log) {
  auto made = std::make_unique<Kept>();
  made->hub = hub;
  made->box = std::make_unique<LetterBox>(log->status().committed - 1, parts_.wake);
  made->log = std::move(log);
  // What earlier processes left is tidied up.
  if (made->log->status().segments > 0) made->next_house = parts_.clock.now() + kHouseAfter;
  LetterBox& box = *made->box;
  const MutexLock lock(mutex_);
  AWPS_CHECK(kept_.emplace(hub, std::move(made)).second);
  return box;
}

LetterBox* LetterKeeper::find(const std::string& hub) const {
  const MutexLock lock(mutex_);
  const auto found = kept_.find(hub);
  return found == kept_.end() ? nullptr : found->second->box.get();
}

std::vector<LetterKeeper::Kept*> LetterKeeper::all() const {
  const MutexLock lock(mutex_);
  std::vector<Kept*> all;
  for (const auto& [hub, kept] : kept_) all.push_back(kept.get());
  return all;
}

void LetterKeeper::turn() {
  const Instant now = parts_.clock.now();
  for (Kept* kept : all()) {
    if (is_due(*kept, now)) write(*kept, now);
    if (now >= kept->next_house) keep_house(*kept, now);
  }
}

Instant LetterKeeper::next_turn() const {
  const Instant now = parts_.clock.now();
  Instant at = kNever;
  for (const Kept* kept : all()) {
    at = std::min(at, kept->next_house);
    if (has_work(*kept)) at = std::min(at, kept->box->is_hurried() ? now : kept->try_at);
  }
  return at == kNever ? at : std::max(at, now);
}

void LetterKeeper::finish() {
  for (Kept* kept : all()) {
    uint64_t before = UINT64_MAX;  // a write() takes kMostGroups at most
    while (has_work(*kept) && kept->box->unwritten() < before) {
      before = kept->box->unwritten();
      write(*kept, parts_.clock.now());
    }
  }
}

std::vector<LetterKeeper::Unwritten> LetterKeeper::unwritten() const {
  std::vector<Unwritten> all_unwritten;
  for (const Kept* kept : all()) {
    const uint64_t letters = kept->box->unwritten();
    if (letters == 0) continue;
    all_unwritten.push_back({.hub = kept->hub, .letters = letters, .error = kept->box->error()});
  }
  return all_unwritten;
}

// Releases of a commit that failed stay in the log.
bool LetterKeeper::has_work(const Kept& kept) const {
  return kept.box->has_work() || kept.log->has_group() || kept.log->has_unsynced();
}

bool LetterKeeper::is_due(const Kept& kept, Instant now) const {
  return (now >= kept.try_at || kept.box->is_hurried()) && has_work(kept);
}

void LetterKeeper::write(Kept& kept, Instant now) {
  kept.try_at = now + kSyncPause;
  kept.last_write = now;
  bool is_all = false;
  for (int i = 0; i < kMostGroups && !is_all; ++i) {
    if (!disk_.during([&] { return write_group(kept, now, is_all); })) break;
  }
  kept.next_house = std::min(kept.next_house, now);
  kept.box->end_try();
}

// As much as there is room for; what is gone as well.
LetterBox::Group LetterKeeper::take_what_fits(const Kept& kept) {
  LetterBox::Group group = kept.box->take(kMostGroupBytes);
  while (group.count > 1 && kept.log->full_for(group.records.size())) {
    kept.box->give_back(group);
    LetterBox::Group less = kept.box->take(group.records.size() / 2);
    less.gone.insert(less.gone.end(), group.gone.begin(), group.gone.end());
    group = std::move(less);
  }
  return group;
}

// Releases are written also where there is no room for letters: they make some.
bool LetterKeeper::write_group(Kept& kept, Instant now, bool& is_all) {
  Log& log = *kept.log;
  const LetterBox::Group group = take_what_fits(kept);
  is_all = group.is_all;
  const Position committed = log.status().committed;
  bool releases = !group.replaced.empty();
  for (PositionRange range : ranges_of(group.gone)) {
    if (range.first >= committed) continue;  // never was on disk
    range.count = std::min(range.end(), committed) - range.first;
    log.release(range);
    releases = true;
  }
  const auto full = group.count > 0 ? log.full_for(group.records.size()) : std::nullopt;
  if (full) {
    (void)log.commit(parts_.clock.wall_now());
    note_failure(kept, group, {.kind = *full}, now);
    return false;
  }
  if (group.count > 0) {
    log.skip_to(group.first);
    AWPS_CHECK(log.add(group.records, group.count) == group.first);
    for (const LetterBox::Gone& one : group.replaced) log.replace({one.number, 1});
  }
  const Result<void, Log::CommitError> written = log.commit(parts_.clock.wall_now());
  for (const IoError& error : log.take_errors()) {
    if (!written) continue;  // else another try made it good
    parts_.logger.warn("hub {}: {}; its dead letters are safe", kept.hub, to_text(error));
  }
  if (!written) {
    log.drop_records();
    note_failure(kept, group, written.error(), now);
    return false;
  }
  if (group.count > 0) pass(FaultPoint::kLetterSynced);
  if (releases) pass(FaultPoint::kLetterReleased);
  kept.box->wrote(group);
  if (!is_all || std::exchange(kept.pause, Duration::zero()) == Duration::zero()) return true;
  parts_.logger.info("hub {}: its dead letters are on disk again", kept.hub);
  return true;
}

void LetterKeeper::note_failure(Kept& kept, const LetterBox::Group& group,
                                const Log::CommitError& error, Instant now) {
  const std::string text = text_of_error(error);
  kept.box->failed(group, text);
  const bool is_first = kept.pause == Duration::zero();
  kept.pause = is_first ? kFirstRetry : std::min(2 * kept.pause, kLongestRetry);
  kept.try_at = now + kept.pause;
  if (!is_first) return;
  parts_.logger.error(
      "hub {}: its new dead letters cannot be written to disk, so a stop or a crash would lose "
      "them: {}; awpsd tries again",
      kept.hub, text);
}

// A log in which nothing lives closes its files after a while.
void LetterKeeper::keep_house(Kept& kept, Instant now) {
  static constexpr uint64_t kManySegments = 8;  // some of them may be moved
  const bool is_quiet = !has_work(kept) && has_passed(kept.last_write, kHouseAfter, now);
  disk_.during([&] { kept.log->tend(parts_.clock.wall_now(), is_quiet); });
  tell_of_house(kept, kept.log->take_errors(), now);
  const bool is_tidy = kept.untidy_at == kNever;
  const bool is_done = is_quiet && is_tidy && kept.log->status().segments <= kManySegments;
  kept.next_house = is_done ? kNever : now + kHouseAfter;
}

// Letters are safe, but what is thrown away stays on disk.
void LetterKeeper::tell_of_house(Kept& kept, const std::vector<IoError>& errors, Instant now) {
  // For a while after a failure the log tries nothing, see Log::tend().
  static constexpr Duration kSurelyTried = std::chrono::seconds(2);
  const bool was_tidy = kept.untidy_at == kNever;
  if (!errors.empty()) {
    kept.untidy_at = now;
    const std::string text = to_text(errors.back());
    kept.box->set_house_error("files that are not needed stay: " + text);
    if (!was_tidy) return;
    parts_.logger.warn(
        "hub {}: {}; its dead letters are safe, but files of theirs that are not needed stay; "
        "awpsd tries again",
        kept.hub, text);
    return;
  }
  if (was_tidy || !has_passed(kept.untidy_at, kSurelyTried, now)) return;
  kept.untidy_at = kNever;
  kept.box->set_house_error("");
  parts_.logger.info("hub {}: files of its dead letters are tidied up again", kept.hub);
}

}  // namespace awps
