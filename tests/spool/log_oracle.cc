#include "tests/spool/log_oracle.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "base/check.h"
#include "base/random.h"

namespace awps {

std::string LogOracle::bytes_of(uint64_t number, size_t bytes) {
  std::string text(bytes, '\0');
  std::memcpy(text.data(), &number, sizeof number);
  Random random(number);
  for (size_t i = sizeof number; i < bytes; ++i) text[i] = static_cast<char>(random.next());
  return text;
}

std::string LogOracle::new_record(size_t bytes) {
  bytes = std::max(bytes, sizeof(uint64_t));
  records_[++last_number_].bytes = bytes;
  fresh_.push_back(last_number_);
  return bytes_of(last_number_, bytes);
}

void LogOracle::added(Position first, uint32_t count) {
  AWPS_CHECK(fresh_.size() == count);
  for (const uint64_t number : fresh_) {
    records_[number].position = first;
    by_position_.emplace(first++, number);
    group_.push_back(number);
  }
  fresh_.clear();
}

void LogOracle::committed() {
  for (const uint64_t number : group_) {
    records_[number].is_acknowledged = true;
  }
  group_.clear();
  for (auto& [number, record] : records_) {
    record.is_acknowledged |= record.was_found && trusts_openings_;
    if (record.release == Release::kAsked) record.release = Release::kSynced;
  }
}

std::vector<uint64_t> LogOracle::live_in(PositionRange range) const {
  std::vector<uint64_t> numbers;
  for (auto found = by_position_.lower_bound(range.first);
       found != by_position_.end() && found->first < range.end(); ++found) {
    if (must_be_live(records_.at(found->second))) numbers.push_back(found->second);
  }
  return numbers;
}

void LogOracle::released(PositionRange range) {
  for (const uint64_t number : live_in(range)) records_[number].release = Release::kAsked;
}

void LogOracle::lost(PositionRange range) {
  for (const uint64_t number : live_in(range)) records_[number].may_be_lost = true;
}

void LogOracle::reopened(const std::vector<LiveRecord>& live) {
  std::set<uint64_t> found;
  for (const LiveRecord& record : live) found.insert(number_of(record));
  for (auto& [number, record] : records_) {
    record.was_found = found.contains(number);
    if (!record.was_found && !record.is_acknowledged) record.is_gone = true;
    if (record.release == Release::kAsked) record.release = Release::kForgotten;
    if (record.was_found && record.release == Release::kForgotten) record.release = Release::kNone;
  }
  group_.clear();
}

uint64_t LogOracle::number_of(const LiveRecord& live) {
  uint64_t number = 0;
  if (live.second.size() < sizeof number) return 0;
  std::memcpy(&number, live.second.data(), sizeof number);
  return number;
}

bool LogOracle::must_be_live(const Record& record) {
  return record.is_acknowledged && !record.may_be_lost && record.release == Release::kNone;
}

std::string LogOracle::check_one(const LiveRecord& live) const {
  const std::string at = "position " + std::to_string(live.first) + ": ";
  const uint64_t number = number_of(live);
  const auto found = records_.find(number);
  if (found == records_.end()) return at + "nobody added this";
  const Record& record = found->second;
  const std::string which = at + "record " + std::to_string(number) + " ";
  if (record.position != live.first) {
    return which + "was added at " + std::to_string(record.position);
  }
  if (live.second != bytes_of(number, record.bytes)) return which + "has other bytes";
  if (record.is_gone) return which + "was not there at an earlier opening";
  if (record.release == Release::kSynced) return which + "was released, which was synced";
  return "";
}

std::string LogOracle::check(const std::vector<LiveRecord>& live, Position from) const {
  Position last = 0;
  std::set<Position> found;
  for (const LiveRecord& record : live) {
    if (record.first <= last) return "position " + std::to_string(record.first) + " out of order";
    last = record.first;
    found.insert(last);
    if (std::string problem = check_one(record); !problem.empty()) return problem;
  }
  for (const auto& [number, record] : records_) {
    if (record.position < from || !must_be_live(record) || found.contains(record.position))
      continue;
    return "position " + std::to_string(record.position) + ": record " + std::to_string(number) +
           " was acknowledged, and is not there";
  }
  return "";
}

std::string LogOracle::check_reading(const std::vector<LiveRecord>& live, Position from) const {
  for (const LiveRecord& record : live) {
    const auto found = records_.find(number_of(record));
    if (found == records_.end()) break;  // check() says it
    if (!found->second.is_acknowledged && !found->second.was_found) {
      return "position " + std::to_string(record.first) + " is read and not committed";
    }
  }
  return check(live, from);
}

// ---- ids

KnownId LogOracle::identified(Position position, WallTime now) {
  for (const uint64_t number : group_) {
    Record& record = records_.at(number);
    if (record.position != position) continue;
    record.accepted_at = now;
    return {.hash = hash_of(number), .accepted_at = now};
  }
  AWPS_CHECK(false);
}

std::string LogOracle::check_id(const KnownId& id, const std::set<uint64_t>& live) const {
  const uint64_t number = id.hash.low;
  const std::string which = "the id of record " + std::to_string(number) + " ";
  const auto found = records_.find(number);
  if (found == records_.end() || id.hash != hash_of(number)) return which + "is nobody's";
  const Record& record = found->second;
  if (record.accepted_at != id.accepted_at) return which + "is of another time";
  if (record.is_acknowledged || record.may_be_lost || live.contains(number)) return "";
  // An earlier opening had it, and it has been released since.
  if (record.was_found && record.release != Release::kNone) return "";
  return which + "is known, and the record is not there";
}

std::string LogOracle::check_ids(const std::vector<KnownId>& known,
                                 const std::vector<LiveRecord>& live, WallTime since) const {
  std::set<uint64_t> live_numbers;
  for (const LiveRecord& record : live) live_numbers.insert(number_of(record));
  std::set<uint64_t> known_numbers;
  WallTime last = since;
  for (const KnownId& id : known) {
    if (id.accepted_at < last) return "ids out of order";
    last = id.accepted_at;
    if (!known_numbers.insert(id.hash.low).second) return "an id is there twice";
    if (std::string problem = check_id(id, live_numbers); !problem.empty()) return problem;
  }
  for (const auto& [number, record] : records_) {
    if (!record.accepted_at || *record.accepted_at < since || record.may_be_lost) continue;
    if (!record.is_acknowledged && !live_numbers.contains(number)) continue;
    if (known_numbers.contains(number)) continue;
    return "the id of record " + std::to_string(number) + " is not known";
  }
  return "";
}

uint64_t LogOracle::id_bytes() const {
  return sizeof(KnownId) * static_cast<uint64_t>(std::ranges::count_if(records_, [](const auto& r) {
           return r.second.accepted_at.has_value();
         }));
}

std::vector<Position> LogOracle::must_live() const {
  std::vector<Position> positions;
  for (const auto& [number, record] : records_) {
    if (must_be_live(record)) positions.push_back(record.position);
  }
  return positions;
}

}  // namespace awps
