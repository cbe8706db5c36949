#pragma once

// FailureRow: the failures since anybody was answered well. A value.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace awps {

struct FailureRow {
  struct Target {
    uint64_t target = 0;
    Instant failed;  // last
  };

  Instant began = kNever;
  uint32_t attempts = 0;
  std::vector<Target> targets;  // different ones, as many as anybody asks for: who failed last

  bool empty() const { return attempts == 0; }
  void note(Instant now) {
    if (empty()) began = now;
    ++attempts;
  }
  void note(uint64_t target, size_t most_targets, Instant now) {
    note(now);
    const auto known = std::ranges::find(targets, target, &Target::target);
    if (known != targets.end()) {
      known->failed = now;
    } else if (targets.size() < most_targets) {
      targets.push_back({target, now});
    } else if (!targets.empty()) {
      *std::ranges::min_element(targets, {}, &Target::failed) = {target, now};
    }
  }
  /// Has another one failed at that time or since?
  bool has_another_since(Instant since, uint64_t target) const {
    return std::ranges::any_of(targets, [&](const Target& other) {
      return other.target != target && other.failed >= since;
    });
  }
  /// How many have failed at that time or since.
  size_t count_since(Instant since) const {
    const auto is_later = [&](const Target& one) { return one.failed >= since; };
    return static_cast<size_t>(std::ranges::count_if(targets, is_later));
  }
};

}  // namespace awps
