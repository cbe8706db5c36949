#pragma once

// LogOracle: what a log may hold, from what it was told and what it answered; no disk, no format.
//
// 1. What commit() acknowledged and nobody released is live. So is what an opening found, once
//    something was committed behind it.
// 2. What was never acknowledged may be live, until an opening did not find it: then it never is.
// 3. What was released may be live until the release was synced.
// 4. The id of what was acknowledged, or is live, is known as long as it counts, released or not.
//    The id of what may be live and is not, is not known.
//
// A value: a copy goes its own way.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/id_hash.h"
#include "spool/position.h"

namespace awps {

/// A record as the log gives it back.
using LiveRecord = std::pair<Position, std::string>;

class LogOracle {
 public:
  /// The bytes of a new record, each of which its number decides.
  std::string new_record(size_t bytes);
  /// The log gave positions from `first` on to the last `count` new records.
  void added(Position first, uint32_t count);
  /// The record at this position, added and not committed, has an id. Its number decides it.
  KnownId identified(Position position, WallTime now);
  void dropped() { group_.clear(); }
  void committed();
  void released(PositionRange range);
  /// A call has failed: what an opening finds may be in memory alone.
  void doubt_openings() { trusts_openings_ = false; }
  /// They were given up, after reads that failed.
  void lost(PositionRange range);
  /// A new process found these.
  void reopened(const std::vector<LiveRecord>& live);

  /// What is wrong with `live`, which is all from `from` on; "": nothing.
  std::string check(const std::vector<LiveRecord>& live, Position from = 0) const;
  /// The same of what a log that is open gives back: nothing that it has not committed.
  std::string check_reading(const std::vector<LiveRecord>& live, Position from) const;
  /// The same of the ids that an opening found beside `live`. Those accepted before `since` do not
  /// count.
  std::string check_ids(const std::vector<KnownId>& known, const std::vector<LiveRecord>& live,
                        WallTime since) const;
  /// Bytes of all ids that there were.
  uint64_t id_bytes() const;
  /// Must be live: acknowledged, not released.
  std::vector<Position> must_live() const;
  bool has_group() const { return !group_.empty(); }

 private:
  // kForgotten: asked for, and that process has ended since.
  enum class Release : uint8_t { kNone, kAsked, kSynced, kForgotten };
  struct Record {
    Position position = 0;
    size_t bytes = 0;
    bool is_acknowledged = false;
    bool was_found = false;  // by an opening
    bool is_gone = false;
    bool may_be_lost = false;
    Release release = Release::kNone;
    std::optional<WallTime> accepted_at{};  // it has an id
  };

  static uint64_t number_of(const LiveRecord& live);  // 0: it has none
  static IdHash hash_of(uint64_t number) {
    return {.high = number * 0x9E3779B97F4A7C15, .low = number};
  }
  std::string check_id(const KnownId& id, const std::set<uint64_t>& live) const;
  static std::string bytes_of(uint64_t number, size_t bytes);
  std::string check_one(const LiveRecord& live) const;
  static bool must_be_live(const Record& record);
  std::vector<uint64_t> live_in(PositionRange range) const;

  std::map<uint64_t, Record> records_;             // by number
  std::multimap<Position, uint64_t> by_position_;  // dropped and released ones' are given again
  std::vector<uint64_t> fresh_;
  std::vector<uint64_t> group_;
  uint64_t last_number_ = 0;
  bool trusts_openings_ = true;
};

}  // namespace awps
