// What the header of Backlog says of each entry, after each call.

#include "hub/backlog.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "tests/hub/backlog_harness.h"

namespace awps {
namespace {

using enum ActionKind;
using std::chrono::milliseconds;
using std::chrono::seconds;

const ActionOptions kKey{.conflation_key = "k"};
constexpr std::string_view kGroup = "g";
const ActionOptions kBulk{.filter = "userId eq 'u'", .groups = {&kGroup, 1}};

Action to_user(std::string_view user, std::string_view data = "same") {
  return {.kind = kSendToUser, .member = user, .data = data};
}
Action value(std::string_view user, std::string_view data = "value") {
  return {.kind = kSendToUser, .member = user, .data = data, .options = &kKey};
}
Action to_group(std::string_view group) {
  return {.kind = kSendToGroup, .group = group};
}

class BacklogTest : public testing::Test {
 protected:
  void make(const CoalesceOptions& options) { hub_ = std::make_unique<BacklogAlone>(options); }
  static std::string place_of(const Entry* entry) { return BacklogAlone::place_of(*entry); }
  void TearDown() override { EXPECT_EQ(hub_->mistake(), ""); }

  std::unique_ptr<BacklogAlone> hub_ = std::make_unique<BacklogAlone>();
};

TEST_F(BacklogTest, ANewEntryWaitsForItsTurnOrBehindAnother) {
  EXPECT_EQ(place_of(hub_->enter({to_group("g")})), "turn");
  EXPECT_EQ(place_of(hub_->enter({to_group("g")})), "behind");
  EXPECT_EQ(place_of(hub_->enter({to_group("h")})), "turn");
  EXPECT_EQ(hub_->backlog.waiting(), 2U);
}

TEST_F(BacklogTest, WhoeverWaitedForASettledOneIsNext) {
  hub_->enter({to_group("g")});
  const Entry* second = hub_->enter({to_group("g")});
  hub_->deliver(*hub_->start_next());
  EXPECT_EQ(place_of(second), "turn");
}

TEST_F(BacklogTest, WhatIsTakenTogetherLeavesTurnsAndGroupsTogether) {
  make({.fan_out_min = 2});
  hub_->enter({to_user("u"), to_user("v"), to_user("w")});
  EXPECT_EQ(hub_->backlog.gatherer().ready_alike(to_user("u")), 3U);
  const Operation* operation = hub_->start_next(/*crowded=*/true);
  EXPECT_EQ(operation->members.size(), 3U);
  EXPECT_EQ(hub_->backlog.gatherer().ready_alike(to_user("u")), 0U);
  EXPECT_EQ(hub_->backlog.waiting(), 0U);
}

TEST_F(BacklogTest, AReplacedEntryKeepsItsPlaceAndChangesItsGroup) {
  hub_->enter({value("u", "1")});
  const Entry* entry = hub_->enter({value("u", "2")});
  EXPECT_EQ(place_of(entry), "turn");
  EXPECT_EQ(hub_->backlog.waiting(), 1U);
  EXPECT_EQ(hub_->backlog.gatherer().ready_alike(value("v", "1")), 0U);
  EXPECT_EQ(hub_->backlog.gatherer().ready_alike(value("v", "2")), 1U);
  EXPECT_EQ(hub_->settler.ledger().with(OutcomeKind::kSuperseded), 1U);
}

TEST_F(BacklogTest, AParkedEntryIsReplacedInItsOperation) {
  hub_->enter({value("u", "1")});
  Operation* operation = hub_->start_next();
  hub_->park(*operation);
  const Entry* entry = hub_->enter({value("u", "2")});
  EXPECT_EQ(entry->operation(), operation);
  EXPECT_EQ(operation->members.front().sent, 0U) << "a member without a past";
}

TEST_F(BacklogTest, AnOperationIsFreedWithItsLastMember) {
  make({.fan_out_min = 2});
  Action brief = to_user("u");
  brief.time_to_live = seconds(5);
  hub_->enter({brief, to_user("v")});
  Operation* operation = hub_->start_next(/*crowded=*/true);
  hub_->end(*operation);
  hub_->backlog.defer(*operation);
  hub_->backlog.retry(*operation);
  hub_->pass(seconds(6));
  ASSERT_EQ(operation->members.size(), 1U);
  EXPECT_EQ(hub_->settler.ledger().with(OutcomeKind::kExpired), 1U);
  hub_->backlog.abandon(*operation->members.front().entry, Kept::kInFile);
  EXPECT_EQ(hub_->backlog.waiting(), 0U);
  hub_->enter({to_user("w")});
  EXPECT_EQ(hub_->start_next(), operation) << "its memory is used again";
}

TEST_F(BacklogTest, ALingeringEntryWaitsForItsTurnAfterwards) {
  make({.linger = milliseconds(100)});
  const Entry* entry = hub_->enter({to_user("u")});
  EXPECT_EQ(place_of(entry), "lingers");
  EXPECT_EQ(hub_->start_next(), nullptr);
  hub_->pass(milliseconds(100));
  EXPECT_EQ(place_of(entry), "turn");
}

TEST_F(BacklogTest, WhatIsUnderWayDoesNotExpire) {
  Action brief = to_user("u");
  brief.time_to_live = seconds(1);
  const Entry* entry = hub_->enter({brief});
  Operation* operation = hub_->start_next();
  hub_->pass(seconds(2));
  EXPECT_EQ(place_of(entry), "operation");
  hub_->park(*operation);
  hub_->pass(Duration::zero());
  EXPECT_EQ(hub_->settler.ledger().with(OutcomeKind::kExpired), 1U);
}

TEST_F(BacklogTest, TheLaterPartOfAMergeFollowsWhenItsLaneOpens) {
  make({.merge = {{.groups = "g"}}});
  const Action json{.kind = kSendToGroup, .data_type = DataType::kJson, .group = "g", .data = "1"};
  hub_->enter({json, json});
  hub_->part(*hub_->start_next());
  EXPECT_EQ(hub_->backlog.waiting(), 1U);
  Operation* first = hub_->start_next();
  EXPECT_EQ(hub_->start_next(), nullptr);
  hub_->deliver(*first);
  EXPECT_NE(hub_->start_next(), nullptr);
}

TEST_F(BacklogTest, WhatIsOfAHeldKindStandsAsideUntilItIsReleased) {
  hub_->retries.kind_holds().forbid(kSendToGroup, hub_->now);
  const Entry* entry = hub_->enter({to_group("g")});
  EXPECT_EQ(hub_->start_next(), nullptr);
  EXPECT_EQ(place_of(entry), "held");
  EXPECT_EQ(hub_->backlog.waiting(), 0U);
  hub_->retries.kind_holds().end(kSendToGroup);
  hub_->backlog.release_kinds();
  EXPECT_EQ(place_of(entry), "turn");
}

TEST_F(BacklogTest, WhenAHeldKindMayBeAskedOneAsks) {
  hub_->retries.kind_holds().forbid(kSendToGroup, hub_->now);
  const Entry* first = hub_->enter({to_group("g")});
  const Entry* second = hub_->enter({to_group("h")});
  EXPECT_EQ(hub_->start_next(), nullptr);
  const Instant at = hub_->backlog.held_kinds_at(hub_->now);
  ASSERT_GT(at, hub_->now);
  hub_->pass(at - hub_->now);
  hub_->backlog.let_kinds_ask(hub_->now);
  EXPECT_EQ(place_of(first), "turn");
  EXPECT_EQ(place_of(second), "held");
}

TEST_F(BacklogTest, WhatStoodAsideForTooLongIsTakenUnsent) {
  hub_->retries.kind_holds().forbid(kSendToGroup, hub_->now);
  Entry* entry = hub_->enter({to_group("g")});
  EXPECT_EQ(hub_->start_next(), nullptr);
  EXPECT_EQ(hub_->backlog.take_held_too_long(hub_->now), nullptr);
  hub_->pass(std::chrono::hours(24));
  Operation* operation = hub_->backlog.take_held_too_long(hub_->now);
  ASSERT_NE(operation, nullptr);
  EXPECT_EQ(operation->members.front().entry, entry);
  hub_->backlog.settle(*entry, {.kind = OutcomeKind::kDeadLettered});
  hub_->operations.free(*operation);
}

// ---- whatever happens

class RandomBacklog {
 public:
  explicit RandomBacklog(uint64_t seed)
      : random_(seed),
        hub_({.linger = seed % 2 == 0 ? milliseconds(50) : milliseconds(0),
              .fan_out_min = 2,
              .bulk_membership = true,
              .merge = {{.groups = "m"}}}) {}

  void step() {
    switch (random_.below(8)) {
      case 0:
      case 1:
      case 2:
        enter();
        return;
      case 3:
      case 4:
        if (Operation* operation = hub_.start_next(random_.chance(0.5))) {
          under_way_.push_back(operation);
        }
        return;
      case 5:
        end_one();
        return;
      case 6:
        hub_.pass(milliseconds(random_.below(400)));
        hub_.backlog.let_kinds_ask(hub_.now);
        return;
      default:
        hold_or_release();
    }
  }
  std::string mistake() { return hub_.mistake(); }
  /// "": nobody and nothing is left.
  std::string what_is_left() {
    hub_.settler.for_each([&](Entry& entry) { hub_.backlog.abandon(entry, Kept::kInFile); });
    if (hub_.backlog.waiting() != 0) return "turns";
    if (hub_.backlog.order().lanes() != 0 || hub_.backlog.order().producers() != 0) return "order";
    if (hub_.backlog.held_kinds_at(hub_.now) != kNever) return "held kinds";
    return hub_.settler.ledger().unsettled() == 0 ? "" : "entries";
  }

 private:
  void enter() {
    static constexpr std::array kKinds = {kSendToUser,
                                          kSendToUser,
                                          kSendToGroup,
                                          kAddUserToGroup,
                                          kRemoveUserFromGroup,
                                          kSendToAll,
                                          kSendToConnection,
                                          kRemoveUserFromAllGroups,
                                          kCloseUserConnections,
                                          kRemoveConnectionFromAllGroups,
                                          kAddConnectionsToGroups};
    static constexpr std::array kUsers = {"u", "v", "w"};
    static constexpr std::array kGroups = {"g", "m"};
    std::vector<Action> actions(1 + random_.below(4));
    for (Action& action : actions) {
      action.kind = kKinds[random_.below(kKinds.size())];
      if (!member_key(action.kind).empty()) action.member = kUsers[random_.below(kUsers.size())];
      if (has_group(action.kind)) action.group = kGroups[random_.below(kGroups.size())];
      action.data = "same";
      if (is_bulk_change(action.kind)) action.options = &kBulk;
      if (action.kind == kSendToUser && random_.chance(0.4)) action = value(action.member);
      if (random_.chance(0.3)) action.time_to_live = milliseconds(1 + random_.below(2000));
    }
    hub_.enter(actions, 1 + random_.below(2));
  }
  void end_one() {
    if (under_way_.empty()) return;
    const auto one = under_way_.begin() + static_cast<ptrdiff_t>(random_.below(under_way_.size()));
    Operation& operation = **one;
    under_way_.erase(one);
    if (operation.members.size() > 1 && random_.chance(0.5)) {
      hub_.part(operation);
    } else if (random_.chance(0.5)) {
      hub_.park(operation);
    } else {
      hub_.deliver(operation);
    }
  }
  void hold_or_release() {
    KindHolds& holds = hub_.retries.kind_holds();
    const ActionKind kind = random_.chance(0.5) ? kSendToUser : kAddUserToGroup;
    if (!holds.any()) {
      holds.forbid(kind, hub_.now);
    } else if (holds.end(kind)) {
      hub_.backlog.release_kinds();
    }
  }

  Random random_;
  BacklogAlone hub_;
  std::vector<Operation*> under_way_;
};

TEST(Backlog, KeepsEachEntryInOnePlaceWhateverHappens) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    RandomBacklog backlog(seed);
    for (int step = 0; step < 300; ++step) {
      backlog.step();
      ASSERT_EQ(backlog.mistake(), "") << "seed " << seed << ", step " << step;
    }
    ASSERT_EQ(backlog.what_is_left(), "") << "seed " << seed;
  }
}

}  // namespace
}  // namespace awps
