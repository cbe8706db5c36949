#pragma once

// LaneMode: how an action stands in a lane or a barrier. Two actions commute there if they stand in
// it in the same mode, and that mode is not kAlone.

#include <cstddef>
#include <cstdint>

namespace awps {

enum class LaneMode : uint8_t {
  kAbsent,             // not in it
  kAlone,              // with nobody
  kShared,             // with everybody who is kShared, too
  kUserChanges,        // memberships of users: with each other
  kConnectionChanges,  // memberships of connections: with each other
  kFilters,            // sends whose filter reads groups: with each other
  kEnds,               // of all memberships of a member, or of its connections: with each other
};

inline constexpr size_t kLaneModes = 7;

constexpr bool commute(LaneMode a, LaneMode b) {
  return a == b && a != LaneMode::kAlone;
}

}  // namespace awps
