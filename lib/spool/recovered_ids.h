#pragma once

// RecoveredIds: the known ids that a log's recovery finds, as many as may count.
//
// Pure; one thread. Memory: about 100 bytes for each id that may be kept, while it collects.

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "spool/id_frames.h"
#include "spool/log_options.h"
#include "spool/log_state.h"

namespace awps {

class RecoveredIds {
 public:
  explicit RecoveredIds(const LogOptions& options)
      : most_(options.max_ids),
        since_(options.opened_at - options.id_window),
        now_(options.opened_at) {}

  /// The frames of the last segment of the state follow.
  void begin_segment() { frames_ = IdFrames(); }
  /// A good frame of it. False: it is one of ids, and malformed.
  [[nodiscard]] bool take(const FrameHeader& header, std::string_view payload, LogState& state);
  /// The records from `next` on are gone.
  void take_back(Position next);
  void clear() { found_.clear(); }
  /// In the order accepted; of two of one hash the later one.
  std::vector<KnownId> finish();

 private:
  struct Found {
    KnownId id;
    Position end = 0;  // its record lies before it; 0: anywhere
  };

  void forget_old();

  size_t most_;
  WallTime since_;
  WallTime now_;
  IdFrames frames_;
  std::vector<Found> found_;
};

}  // namespace awps
