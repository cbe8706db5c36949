// Which entries are detached, against an oracle that compares every pair.

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "hub/order.h"

namespace awps {
namespace {

using enum ActionKind;

constexpr auto kMemberships = static_cast<size_t>(BarrierKind::kMemberships);
constexpr std::array<std::string_view, 3> kNames = {"a", "b", "c"};
const ActionOptions kReadsGroups{.filter = "'g' in groups"};
constexpr std::string_view kGroup = "g";
const ActionOptions kBulk{.filter = "userId eq 'a'", .groups = {&kGroup, 1}};
const std::array<ActionOptions, 2> kKeys = {ActionOptions{.ordering_key = "a"},
                                            ActionOptions{.ordering_key = "b"}};

/// An Order, and beside it those that are in it with what they touch, in the order entered.
class DetachModel {
 public:
  explicit DetachModel(uint64_t seed) : random_(seed) {}

  void step() {
    const uint64_t what = random_.below(10);
    if (present_.empty() || what < 5) {
      enter(random_action(), 1 + random_.below(2));
    } else if (what < 9) {
      leave(random_.below(present_.size()));
    } else {
      detach(random_.below(present_.size()));
    }
  }
  /// "": the Order says of everybody what the oracle says.
  std::string difference() const {
    for (const Present& one : present_) {
      if (one.entry->detached == one.detached) continue;
      return std::string(name_of(one.action.kind)) + " of '" + std::string(one.action.member) +
             "' in '" + std::string(one.action.group) + "', entered as " +
             std::to_string(one.number) + (one.detached ? " is not detached" : " is detached");
    }
    return "";
  }

 private:
  struct Present {
    Action action;
    OrderPlan plan;
    uint64_t producer = 0;
    Entry* entry = nullptr;
    size_t number = 0;
    bool detached = false;
  };

  static bool waits_for(const Present& later, const Present& earlier) {
    for (size_t i = 0; i < later.plan.lane_count; ++i) {
      for (size_t k = 0; k < earlier.plan.lane_count; ++k) {
        const LaneUse& mine = later.plan.lanes[i];
        const LaneUse& other = earlier.plan.lanes[k];
        if (mine.lane == other.lane && !commute(mine.mode, other.mode)) return true;
      }
    }
    const LaneMode mine = later.plan.barriers[kMemberships];
    const LaneMode other = earlier.plan.barriers[kMemberships];
    return later.producer == earlier.producer && mine != LaneMode::kAbsent &&
           other != LaneMode::kAbsent && !commute(mine, other);
  }
  void spread() {
    for (size_t later = 0; later < present_.size(); ++later) {
      for (size_t earlier = 0; earlier < later && !present_[later].detached; ++earlier) {
        present_[later].detached =
            present_[earlier].detached && waits_for(present_[later], present_[earlier]);
      }
    }
  }

  Action random_action() {
    static constexpr std::array kKinds = {kSendToGroup,           kSendToUser,
                                          kSendToConnection,      kAddUserToGroup,
                                          kAddUserToGroup,        kRemoveUserFromGroup,
                                          kAddConnectionToGroup,  kGrantPermission,
                                          kCloseClientConnection, kRemoveUserFromAllGroups,
                                          kCloseUserConnections,  kRemoveConnectionFromAllGroups,
                                          kAddConnectionsToGroups};
    Action action{.kind = kKinds[random_.below(kKinds.size())]};
    if (!member_key(action.kind).empty()) action.member = kNames[random_.below(3)];
    if (has_group(action.kind)) action.group = kNames[random_.below(2)];
    if (action.kind == kSendToUser && random_.chance(0.7)) action.options = &kReadsGroups;
    if (is_bulk_change(action.kind)) action.options = &kBulk;
    if (random_.chance(0.15)) action.options = &kKeys[random_.below(2)];
    return action;
  }
  void enter(const Action& action, uint64_t producer) {
    Present one{.action = action, .producer = producer, .number = ++entered_};
    one.plan = plan_order(action, {.producer = producer}, {});
    one.entry = pool_.make(one.plan);
    one.entry->batch = &batches_.try_emplace(producer, account_, Instant(), 64).first->second;
    order_.enter(*one.entry, one.plan, producer, 0);
    present_.push_back(one);
    spread();
  }
  void leave(size_t place) {
    Order::Startable startable;
    Entry* entry = present_[place].entry;
    order_.leave(*entry, startable);
    pool_.free(entry);
    present_.erase(present_.begin() + static_cast<ptrdiff_t>(place));
  }
  void detach(size_t place) {
    Order::Startable startable;
    order_.detach(*present_[place].entry, startable);
    present_[place].detached = true;
    spread();
  }

  Random random_;
  Account account_;
  std::map<uint64_t, Batch> batches_;  // one for each producer
  EntryPool pool_;
  Order order_;
  std::vector<Present> present_;
  size_t entered_ = 0;
};

TEST(Detach, ReachesWhateverWaitsAndNothingElse) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    DetachModel model(seed);
    for (int step = 0; step < 200; ++step) {
      model.step();
      ASSERT_EQ(model.difference(), "") << "seed " << seed << ", step " << step;
    }
  }
}

}  // namespace
}  // namespace awps
