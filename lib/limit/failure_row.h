#pragma once

// FailureRow: the failures since anybody was answered well. A value.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace awps {

struct FailureRow {
  Instant began = kNever;
  uint32_t attempts = 0;
  std::vector<uint64_t> targets;  // different ones, as many as anybody asks for

  bool empty() const { return attempts == 0; }
  void note(Instant now) {
    if (empty()) began = now;
    ++attempts;
  }
  void note(uint64_t target, size_t most_targets, Instant now) {
    note(now);
    const bool is_new = std::ranges::find(targets, target) == targets.end();
    if (is_new && targets.size() < most_targets) targets.push_back(target);
  }
};

}  // namespace awps
