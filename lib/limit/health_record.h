#pragma once

// HealthRecord: what HEAD /api/health has said. A value.

#include <algorithm>
#include <optional>

#include "base/clock.h"

namespace awps {

struct HealthRecord {
  Instant asked = Instant::min();  // last
  Instant good = Instant::min();   // last
  Instant good_since = kNever;     // all that were heard since were good; kNever: the last was not
  std::optional<bool> hopeful;     // what it said last, in this trouble

  /// `longest_gap`: who was not heard for longer begins anew.
  void note(bool is_good, Duration longest_gap, Instant now) {
    if (!is_good) {
      good_since = kNever;
      return;
    }
    if (good_since == kNever || now - good > longest_gap) good_since = now;
    good = now;
  }
  /// For so long it was good without a break, up to the last time, and all of it since `began`.
  bool was_good_for(Duration length, Instant began) const {
    return good_since != kNever && good - std::max(good_since, began) >= length;
  }
};

}  // namespace awps
