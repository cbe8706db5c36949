#include "spool/log_state.h"

#include <algorithm>
#include <numeric>

#include "base/check.h"
#include "base/id_hash.h"

namespace awps {

namespace {

constexpr size_t kMostMarks = 4096;
constexpr Duration kLeastBetweenMarks = std::chrono::seconds(1);
constexpr WallTime kLatest{WallTime::duration::max() / 2};
constexpr size_t kFreeSegments = 8;
constexpr uint64_t kMostBytesALiveByte = 4;

}  // namespace

uint64_t Segment::live_bytes() const {
  const uint64_t here = records == 0 ? 0 : (record_bytes / records + 1) * live;
  return here + moved_bytes;
}

void LogState::add(PositionRange range, uint64_t bytes) {
  Segment& last = segments_.back();
  if (last.first == last.next) last.first = range.first;
  last.next = range.end();
  last.records += range.count;
  last.record_bytes += bytes;
  last.live += range.count;
  live_.add(range);
}

bool LogState::move(Position position, const MovedPlace& to) {
  if (!live_.contains(position)) return false;
  const auto known = moved_.find(position);
  if (known != moved_.end()) {
    if (Segment* from = segment(known->second.segment); from != nullptr) {
      --from->moved_live;
      from->moved_bytes -= known->second.length;
    }
  } else if (const Segment* home = home_of(position); home != nullptr) {
    --segment(home->number)->live;
  }
  Segment& target = *segment(to.segment);
  ++target.moved_live;
  target.moved_bytes += to.length;
  moved_.insert_or_assign(position, to);
  return true;
}

void LogState::restore(Position position, const MovedPlace& at) {
  if (move(position, at)) return;
  live_.add({position, 1});
  Segment& target = *segment(at.segment);
  ++target.moved_live;
  target.moved_bytes += at.length;
  moved_.insert_or_assign(position, at);
}

uint64_t LogState::release(PositionRange range) {
  uint64_t released = 0;
  for (auto moved = moved_.lower_bound(range.first);
       moved != moved_.end() && moved->first < range.end();) {
    if (Segment* at = segment(moved->second.segment); at != nullptr) {
      --at->moved_live;
      at->moved_bytes -= moved->second.length;
    }
    released += live_.remove({moved->first, 1});
    moved = moved_.erase(moved);
  }
  auto home = std::ranges::upper_bound(segments_, range.first, {}, &Segment::next);
  for (; home != segments_.end() && home->first < range.end(); ++home) {
    const Position first = std::max(range.first, home->first);
    const Position end = std::min(range.end(), home->next);
    if (first >= end) continue;
    const uint64_t here = live_.remove({first, end - first});
    home->live -= here;
    released += here;
  }
  return released;
}

uint64_t LogState::place_of(Position position) const {
  const auto moved = moved_.find(position);
  if (moved != moved_.end()) return moved->second.segment;
  const Segment* home = home_of(position);
  return home == nullptr ? 0 : home->number;
}

bool LogState::is_in(const Segment& segment, Position position) const {
  const auto moved = moved_.find(position);
  if (moved != moved_.end()) return moved->second.segment == segment.number;
  return segment.first <= position && position < segment.next;
}

std::vector<Position> LogState::moved_to(const Segment& segment, size_t most) const {
  std::vector<Position> positions;
  if (segment.moved_live == 0) return positions;
  for (const auto& [position, place] : moved_) {
    if (positions.size() == most) break;
    if (place.segment == segment.number) positions.push_back(position);
  }
  return positions;
}

Segment* LogState::segment(uint64_t number) {
  const auto found = std::ranges::lower_bound(segments_, number, {}, &Segment::number);
  return found != segments_.end() && found->number == number ? &*found : nullptr;
}

const Segment* LogState::home_of(Position position) const {
  const auto found = std::ranges::upper_bound(segments_, position, {}, &Segment::next);
  return found != segments_.end() && found->first <= position ? &*found : nullptr;
}

uint64_t LogState::bytes() const {
  return std::accumulate(segments_.begin(), segments_.end(), uint64_t{0},
                         [](uint64_t sum, const Segment& segment) { return sum + segment.bytes; });
}

uint64_t LogState::live_bytes() const {
  return std::accumulate(
      segments_.begin(), segments_.end(), uint64_t{0},
      [](uint64_t sum, const Segment& segment) { return sum + segment.live_bytes(); });
}

void LogState::add_ids(uint64_t count, WallTime newest) {
  Segment& last = segments_.back();
  last.ids += count;
  last.newest_id = std::max(last.newest_id, newest);
}

bool LogState::keeps_ids() const {
  return std::ranges::any_of(segments_,
                             [this](const Segment& segment) { return keeps_ids(segment); });
}

// Of the ids that count.
uint64_t LogState::id_bytes() const {
  uint64_t bytes = 0;
  for (const Segment& segment : segments_) {
    if (keeps_ids(segment)) bytes += segment.ids * sizeof(KnownId);
  }
  return bytes;
}

bool LogState::is_thin() const {
  return segments_.size() > kFreeSegments &&
         bytes() > kMostBytesALiveByte * (live_bytes() + id_bytes());
}

bool LogState::wants_moving() const {
  return !segments_.empty() && !segments_.front().is_empty() && is_thin();
}

bool LogState::wants_moving_ids() const {
  return !segments_.empty() && segments_.front().is_empty() && keeps_ids(segments_.front()) &&
         is_thin();
}

const Segment* LogState::to_go() const {
  if (segments_.size() < 2 || !segments_.front().is_empty()) return nullptr;
  if (keeps_ids(segments_.front())) return nullptr;
  return &segments_.front();
}

// What a header says may be anything; times that are subtracted must not be.
void LogState::mark_time(Position next, WallTime now) {
  now = std::clamp(now, WallTime{}, kLatest);
  if (!marks_.empty() && now - marks_.back().at < between_marks_) return;
  const Position oldest = live_.first_from(0).value_or(next);
  while (marks_.size() > 1 && marks_[1].position <= oldest) marks_.pop_front();
  if (marks_.size() < kMostMarks / 4) between_marks_ = kLeastBetweenMarks;
  marks_.push_back({next, now});
  if (marks_.size() <= kMostMarks) return;
  // Every second one goes: the age of a long backlog is known less exactly.
  size_t kept = 0;
  for (size_t i = 0; i < marks_.size(); i += 2) marks_[kept++] = marks_[i];
  marks_.resize(kept);
  between_marks_ *= 2;
}

std::optional<WallTime> LogState::oldest_since() const {
  const std::optional<Position> oldest = live_.first_from(0);
  if (!oldest) return std::nullopt;
  const auto after = std::ranges::upper_bound(marks_, *oldest, {}, &Mark::position);
  if (after != marks_.begin()) return std::prev(after)->at;
  // It was moved, and where it was is gone: it is at least as old as what is known.
  return marks_.empty() ? std::nullopt : std::optional(marks_.front().at);
}

}  // namespace awps
