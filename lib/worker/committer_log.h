#pragma once

// CommitterLog: what a durable hub's committer tells the log; never once per action. A disk that
// fails is a line at once and one each minute, and one line says when it takes everything again. A
// full one is a line each minute at most; the end of that is not told. Late refusals are a line
// each 10 s.
//
// One thread: the committer's.

#include <spdlog/logger.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "spool/io_error.h"
#include "worker/storage_state.h"

namespace awps {

/// What is met of what logs may take of the disk, for people; empty: nothing.
std::string_view limit_of_disk(Budget::Room why);

class CommitterLog {
 public:
  /// `goes_on`: without its disk as well, in memory.
  CommitterLog(std::string hub, bool goes_on, spdlog::logger& logger)
      : hub_(std::move(hub)), goes_on_(goes_on), logger_(logger) {}

  void failed(const IoError& error, Instant now);
  /// Another try made it good, or makes it.
  void overcome(const IoError& error, Instant now);
  void full(Budget::Room why, Instant now);
  void good_again();
  void refused(uint64_t actions, uint64_t unheard);
  void lost(uint64_t all_lost);
  void unreadable(const std::string& reason);
  void unread(const IoError& error, Instant now);
  /// Once in a while: writes what is due.
  void tick(Instant now);
  /// The last line: `kept` are in the log, `lost` could not be written.
  void stopped(uint64_t kept, uint64_t lost);

 private:
  const std::string hub_;
  const bool goes_on_;
  spdlog::logger& logger_;
  StorageState::Kind told_ = StorageState::Kind::kGood;
  Instant next_failed_{};
  Instant next_overcome_{};
  Instant next_full_{};
  Instant next_unread_{};
  Instant next_refused_{};
  uint64_t refused_ = 0;
  uint64_t unheard_ = 0;
  uint64_t lost_ = 0;
  uint64_t unreadable_ = 0;
  std::string unreadable_reason_;
  Instant next_unreadable_{};
};

}  // namespace awps
