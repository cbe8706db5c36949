#pragma once

// OrderPlan: which lanes an action touches, and in which mode; which of its producer's barriers it
// takes part in. The table of DESIGN.md §3, as a pure function.
//
// Lanes are named by a 64-bit hash of kind and names. Two targets that collide share a lane: they
// are carried out in order without need, which is slower and still right.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "action/action.h"
#include "base/pattern_index.h"
#include "hub/lane_mode.h"

namespace awps {

enum class Ordering : uint8_t { kTarget, kStrict, kNone };

struct OrderOptions {
  struct Rule {
    std::string groups;  // '*' stands for any characters
    Ordering ordering = Ordering::kNone;
  };
  Ordering ordering = Ordering::kTarget;
  std::vector<Rule> rules;  // the first that matches a group's send decides, but under kStrict
};

struct LaneUse {
  uint64_t lane;
  LaneMode mode;
};

/// A producer's barriers, see plan_order().
enum class BarrierKind : uint8_t { kEverything, kGroupActions, kMemberships };
inline constexpr size_t kBarrierKinds = 3;

struct OrderPlan {
  static constexpr size_t kMostLanes = 5;

  std::array<LaneUse, kMostLanes> lanes;  // not set but for the first lane_count
  uint8_t lane_count = 0;
  bool has_target_lane = false;  // lanes[0] is the target's own lane of messages
  std::array<LaneMode, kBarrierKinds> barriers{};

  LaneMode barrier(BarrierKind kind) const { return barriers[static_cast<size_t>(kind)]; }
};

/// Where the action came from, for lanes that belong to a producer.
struct OrderOrigin {
  uint64_t producer = 0;
  uint32_t ordered_batch = 0;  // 0: in none
};

/// Plans actions under one hub's options. However many rules there are, it costs about the same.
class OrderPlanner {
 public:
  /// Borrows `options`.
  explicit OrderPlanner(const OrderOptions& options);
  /// The options that it borrows have changed.
  void options_changed();

  OrderPlan plan(const Action& action, const OrderOrigin& origin) const;

 private:
  Ordering ordering_of(const Action& action) const;

  const OrderOptions& options_;
  PatternIndex rules_;
};

/// Of a single action: reads all rules for it.
OrderPlan plan_order(const Action& action, const OrderOrigin& origin, const OrderOptions& options);

/// How many lanes, of the first in its plan, are of the action's own target under kTarget: a
/// group's, where others' changes stand, is none.
size_t own_lanes(ActionKind kind);

/// Does the filter read the membership of groups? Any letter case; a mention inside a literal
/// counts.
bool mentions_groups(std::string_view filter);

}  // namespace awps
