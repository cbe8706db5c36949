#pragma once

// RefusalNotes: what is told of connections or actions that were refused: a line a minute for each
// reason, so that nobody fills the log by sending.
//
// Pure; one thread.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "base/clock.h"

namespace awps {

class RefusalNotes {
 public:
  static constexpr size_t kMostReasons = 64;

  /// One was refused for this reason. Set if a line is due: how many were, since the last line.
  std::optional<uint64_t> note(uint64_t reason, Instant now);

 private:
  struct Told {
    Instant at;
    uint64_t since = 0;
  };
  std::map<uint64_t, Told> told_;
};

}  // namespace awps
