#include "hub/order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace awps {
namespace {

using enum ActionKind;

using Entries = std::vector<Entry*>;

/// Entries that enter and leave an Order by hand.
class OrderTest : public testing::Test {
 protected:
  Entry& enter(const Action& action, uint64_t producer = 1) {
    const OrderPlan plan = plan_order(action, {.producer = producer}, {});
    Entry& entry = *pool_.make(plan);
    entry.batch = &batches_.try_emplace(producer, account_, Instant(), 64).first->second;
    order_.enter(entry, plan, producer, 0);
    return entry;
  }
  /// Those that may start because it left.
  std::vector<Entry*> leave(Entry& entry) {
    std::vector<Entry*> startable;
    order_.leave(entry, startable);
    return startable;
  }
  Entries detach(Entry& entry) {
    Entries startable;
    order_.detach(entry, startable);
    return startable;
  }
  static bool may_start(const Entry& entry) { return entry.blocked_by == 0; }

  Account account_;
  std::map<uint64_t, Batch> batches_;  // one for each producer
  EntryPool pool_;
  Order order_;
};

TEST_F(OrderTest, ALaneServesOneAfterTheOther) {
  Entry& a = enter({.kind = kSendToGroup, .group = "g"});
  Entry& b = enter({.kind = kSendToGroup, .group = "g"});
  Entry& c = enter({.kind = kSendToGroup, .group = "g"});
  EXPECT_TRUE(may_start(a));
  EXPECT_FALSE(may_start(b));
  EXPECT_EQ(leave(a), Entries{&b});
  EXPECT_FALSE(may_start(c));
  EXPECT_EQ(leave(b), Entries{&c});
  EXPECT_EQ(leave(c), Entries{});
  EXPECT_EQ(order_.lanes(), 0U);
  EXPECT_EQ(order_.producers(), 0U);
}

TEST_F(OrderTest, WhatCommutesGoesTogetherAndTheNextWaitsForAll) {
  Entry& u = enter({.kind = kAddUserToGroup, .member = "u", .group = "g"});
  Entry& v = enter({.kind = kAddUserToGroup, .member = "v", .group = "g"});
  Entry& message = enter({.kind = kSendToGroup, .group = "g"});
  Entry& w = enter({.kind = kAddUserToGroup, .member = "w", .group = "g"});
  EXPECT_TRUE(may_start(u) && may_start(v));
  EXPECT_FALSE(may_start(message) || may_start(w));
  EXPECT_EQ(leave(v), Entries{});
  EXPECT_EQ(leave(u), Entries{&message});
  EXPECT_EQ(leave(message), Entries{&w});
}

TEST_F(OrderTest, AWaitingEntryThatLeavesLetsItsNeighboursMeet) {
  Entry& u = enter({.kind = kAddUserToGroup, .member = "u", .group = "g"});
  Entry& message = enter({.kind = kSendToGroup, .group = "g"});
  Entry& v = enter({.kind = kAddUserToGroup, .member = "v", .group = "g"});
  EXPECT_EQ(leave(message), Entries{&v});
  EXPECT_TRUE(may_start(u) && may_start(v));
}

TEST_F(OrderTest, AnEntryWaitsForTheLastOfItsLanes) {
  Entry& grant = enter({.kind = kGrantPermission, .member = "c"});
  Entry& message = enter({.kind = kSendToConnection, .member = "c"});
  Entry& close = enter({.kind = kCloseClientConnection, .member = "c"});
  EXPECT_TRUE(may_start(grant) && may_start(message));
  EXPECT_EQ(leave(grant), Entries{});
  EXPECT_EQ(leave(message), Entries{&close});
}

TEST_F(OrderTest, ALogoutIsABarrierAmongItsProducersGroupActions) {
  Entry& before = enter({.kind = kSendToGroup, .group = "g"});
  Entry& other_producer = enter({.kind = kSendToGroup, .group = "h"}, 2);
  Entry& logout = enter({.kind = kRemoveUserFromAllGroups, .member = "u"});
  Entry& after = enter({.kind = kSendToGroup, .group = "i"});
  Entry& to_user = enter({.kind = kSendToUser, .member = "u"});
  EXPECT_TRUE(may_start(before) && may_start(other_producer) && may_start(to_user));
  EXPECT_FALSE(may_start(logout) || may_start(after));
  EXPECT_EQ(leave(before), Entries{&logout});
  EXPECT_EQ(leave(logout), Entries{&after});
}

constexpr std::string_view kGroups[] = {"g", "h"};
const ActionOptions kBulk{.filter = "userId eq 'u'", .groups = kGroups};

// What changes groups that no lane knows, and what comes before and after it.
class GroupBarrier : public OrderTest, public testing::WithParamInterface<Action> {};

TEST_P(GroupBarrier, IsOneAmongItsProducersGroupActions) {
  Entry& before = enter({.kind = kSendToGroup, .group = "x"});
  Entry& other_producer = enter({.kind = kSendToGroup, .group = "y"}, 2);
  Entry& barrier = enter(GetParam());
  Entry& again = enter(GetParam());
  Entry& change = enter({.kind = kAddUserToGroup, .member = "v", .group = "z"});
  Entry& to_user = enter({.kind = kSendToUser, .member = "v"});
  EXPECT_TRUE(may_start(before) && may_start(other_producer) && may_start(to_user));
  EXPECT_FALSE(may_start(barrier) || may_start(again) || may_start(change));
  EXPECT_EQ(leave(before), Entries{&barrier});
  EXPECT_EQ(leave(barrier), Entries{&again});
  EXPECT_EQ(leave(again), Entries{&change});
}

TEST_P(GroupBarrier, TakesPartInTheBarrierOfClosingAll) {
  Entry& barrier = enter(GetParam());
  Entry& close = enter({.kind = kCloseAllConnections});
  Entry& again = enter(GetParam());
  EXPECT_FALSE(may_start(close) || may_start(again));
  EXPECT_EQ(leave(barrier), Entries{&close});
  EXPECT_EQ(leave(close), Entries{&again});
}

TEST_P(GroupBarrier, DoesNotWaitForADetachedSend) {
  Entry& poisoned = enter({.kind = kSendToGroup, .group = "x"});
  Entry& barrier = enter(GetParam());
  EXPECT_FALSE(may_start(barrier));
  EXPECT_EQ(detach(poisoned), Entries{&barrier});
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, GroupBarrier,
    testing::Values(Action{.kind = kRemoveUserFromAllGroups, .member = "u"},
                    Action{.kind = kRemoveConnectionFromAllGroups, .member = "c"},
                    Action{.kind = kAddConnectionsToGroups, .options = &kBulk},
                    Action{.kind = kRemoveConnectionsFromGroups, .options = &kBulk}),
    [](const auto& row) { return std::string(name_of(row.param.kind)); });

// A message that fails for good says nothing of where its receiver belongs.
TEST_F(OrderTest, ARemovalFromAllGroupsDoesNotWaitForADetachedMessageToItsMember) {
  Entry& to_connection = enter({.kind = kSendToConnection, .member = "c"});
  Entry& to_user = enter({.kind = kSendToUser, .member = "u"});
  detach(to_connection);
  detach(to_user);
  Entry& of_connection = enter({.kind = kRemoveConnectionFromAllGroups, .member = "c"});
  EXPECT_TRUE(may_start(of_connection));
  leave(of_connection);
  Entry& of_user = enter({.kind = kRemoveUserFromAllGroups, .member = "u"});
  EXPECT_TRUE(may_start(of_user));
  leave(of_user);
  EXPECT_TRUE(may_start(enter({.kind = kSendToGroup, .group = "g"})));
}

struct Goodbye {
  ActionKind message;
  ActionKind close;
  ActionKind removal;
  ActionKind join;
};

/// A message to somebody that is retried, and the close that waits for it.
class BehindAClose : public OrderTest, public testing::WithParamInterface<Goodbye> {
 protected:
  Entry& enter_of_x(ActionKind kind) { return enter({.kind = kind, .member = "x"}); }
  void SetUp() override {
    poisoned_ = &enter_of_x(GetParam().message);
    detach(*poisoned_);
    close_ = &enter_of_x(GetParam().close);
    EXPECT_FALSE(may_start(*close_));
  }

  Entry* poisoned_ = nullptr;
  Entry* close_ = nullptr;
};

// Say goodbye, close, log out: what comes next must not wait until the message is given up.
TEST_P(BehindAClose, ARemovalFromAllGroupsDoesNotWait) {
  Entry& removal = enter_of_x(GetParam().removal);
  Entry& message = enter({.kind = kSendToGroup, .group = "g"});
  EXPECT_TRUE(may_start(removal));
  EXPECT_EQ(leave(removal), Entries{&message});
  EXPECT_EQ(leave(*poisoned_), Entries{close_});
}

// ORDER.md says so, "Behind a message that is being retried".
TEST_P(BehindAClose, AChangeOfMembershipWaitsAndSoDoesARemovalBehindIt) {
  Entry& join = enter({.kind = GetParam().join, .member = "x", .group = "h"});
  Entry& message = enter({.kind = kSendToGroup, .group = "g"});
  EXPECT_FALSE(may_start(join));
  EXPECT_TRUE(may_start(message)) << "it is in another group";
  EXPECT_EQ(leave(message), Entries{});
  Entry& removal = enter_of_x(GetParam().removal);
  Entry& later = enter({.kind = kSendToGroup, .group = "g"});
  Entry& of_another = enter({.kind = kSendToGroup, .group = "g"}, 2);
  EXPECT_FALSE(may_start(removal) || may_start(later) || may_start(of_another));
  EXPECT_EQ(leave(*poisoned_), Entries{close_});
  EXPECT_EQ(leave(*close_), Entries{&join});
  EXPECT_EQ(leave(join), Entries{&removal});
  EXPECT_EQ(leave(removal), Entries{&later});
  EXPECT_EQ(leave(later), Entries{&of_another});
}

INSTANTIATE_TEST_SUITE_P(Members, BehindAClose,
                         testing::Values(Goodbye{kSendToUser, kCloseUserConnections,
                                                 kRemoveUserFromAllGroups, kAddUserToGroup},
                                         Goodbye{kSendToConnection, kCloseClientConnection,
                                                 kRemoveConnectionFromAllGroups,
                                                 kAddConnectionToGroup}),
                         [](const auto& row) { return std::string(name_of(row.param.close)); });

// ORDER.md says so, too.
TEST_F(OrderTest, AFilterThatReadsGroupsWaitsBehindACloseOfAUserAndHoldsUpChanges) {
  const ActionOptions reads_groups{.filter = "'g' in groups"};
  Entry& poisoned = enter({.kind = kSendToUser, .member = "u"});
  detach(poisoned);
  Entry& close = enter({.kind = kCloseUserConnections, .member = "u"});
  Entry& filter = enter({.kind = kSendToAll, .options = &reads_groups});
  Entry& change = enter({.kind = kAddUserToGroup, .member = "v", .group = "g"});
  Entry& logout = enter({.kind = kRemoveUserFromAllGroups, .member = "v"});
  EXPECT_FALSE(may_start(filter) || may_start(change) || may_start(logout));
  EXPECT_EQ(leave(poisoned), Entries{&close});
  EXPECT_EQ(leave(close), Entries{&filter});
  EXPECT_EQ(leave(filter), Entries{&change});
  EXPECT_EQ(leave(change), Entries{&logout});
}

TEST_F(OrderTest, AFilterThatReadsGroupsAndACloseOfAUserWaitForEachOther) {
  const ActionOptions reads_groups{.filter = "'g' in groups"};
  Entry& filter = enter({.kind = kSendToAll, .options = &reads_groups});
  Entry& close = enter({.kind = kCloseUserConnections, .member = "u"});
  Entry& other_close = enter({.kind = kCloseUserConnections, .member = "v"});
  Entry& later = enter({.kind = kSendToUser, .member = "x", .options = &reads_groups});
  EXPECT_FALSE(may_start(close) || may_start(other_close) || may_start(later));
  EXPECT_EQ(leave(filter), (Entries{&close, &other_close}));
  EXPECT_EQ(leave(close), Entries{});
  EXPECT_EQ(leave(other_close), Entries{&later});
}

TEST_F(OrderTest, ACloseOfAUserIsNoBarrierAmongGroupActions) {
  Entry& message = enter({.kind = kSendToGroup, .group = "g"});
  Entry& close = enter({.kind = kCloseUserConnections, .member = "u"});
  Entry& later = enter({.kind = kAddUserToGroup, .member = "v", .group = "h"});
  EXPECT_TRUE(may_start(message) && may_start(close) && may_start(later));
}

TEST_F(OrderTest, ClosingAllWaitsForEverythingOfItsProducer) {
  Entry& message = enter({.kind = kSendToUser, .member = "u"});
  Entry& close = enter({.kind = kCloseAllConnections});
  Entry& after = enter({.kind = kSendToUser, .member = "v"});
  Entry& other_producer = enter({.kind = kSendToUser, .member = "w"}, 2);
  EXPECT_FALSE(may_start(close) || may_start(after));
  EXPECT_TRUE(may_start(other_producer));
  EXPECT_EQ(leave(message), Entries{&close});
  EXPECT_EQ(leave(close), Entries{&after});
}

TEST_F(OrderTest, ALogoutDoesNotWaitForADetachedSendAndWhatIsBehindIt) {
  Entry& poisoned = enter({.kind = kSendToGroup, .group = "g"});
  Entry& behind = enter({.kind = kSendToGroup, .group = "g"});
  Entry& healthy = enter({.kind = kSendToGroup, .group = "h"});
  Entry& logout = enter({.kind = kRemoveUserFromAllGroups, .member = "u"});
  std::vector<Entry*> startable;
  order_.detach(poisoned, startable);
  EXPECT_TRUE(startable.empty());
  EXPECT_FALSE(may_start(behind));
  EXPECT_EQ(leave(healthy), Entries{&logout});
  EXPECT_EQ(leave(poisoned), Entries{&behind});
}

TEST_F(OrderTest, WhatComesBehindADetachedSendIsDetachedToo) {
  Entry& poisoned = enter({.kind = kSendToGroup, .group = "g"});
  std::vector<Entry*> startable;
  order_.detach(poisoned, startable);
  Entry& behind = enter({.kind = kSendToGroup, .group = "g"});
  Entry& logout = enter({.kind = kRemoveUserFromAllGroups, .member = "u"});
  EXPECT_TRUE(behind.detached);
  EXPECT_TRUE(may_start(logout));
  // What comes after the logout still waits for it, wherever it goes.
  Entry& after = enter({.kind = kSendToGroup, .group = "h"});
  EXPECT_FALSE(may_start(after));
  EXPECT_EQ(leave(logout), Entries{&after});
  EXPECT_EQ(leave(after), Entries{});
  EXPECT_EQ(leave(poisoned), Entries{&behind});
  EXPECT_EQ(leave(behind), Entries{});
  EXPECT_EQ(order_.producers(), 0U);
}

TEST_F(OrderTest, ALogoutBehindADetachedSendIsStillWaitedFor) {
  Entry& poisoned = enter({.kind = kSendToGroup, .group = "g"});
  Entry& behind = enter({.kind = kAddUserToGroup, .member = "u", .group = "g"});
  Entry& logout = enter({.kind = kRemoveUserFromAllGroups, .member = "u"});
  Entry& after = enter({.kind = kSendToGroup, .group = "h"});
  std::vector<Entry*> startable;
  order_.detach(poisoned, startable);
  EXPECT_TRUE(startable.empty());
  EXPECT_TRUE(behind.detached && logout.detached);
  EXPECT_EQ(leave(poisoned), Entries{&behind});
  EXPECT_EQ(leave(behind), Entries{&logout});
  EXPECT_FALSE(may_start(after));
  EXPECT_EQ(leave(logout), Entries{&after});
}

const ActionOptions kReadsGroups{.filter = "'g' in groups"};

TEST_F(OrderTest, ALogoutDoesNotWaitForADetachedSendWhoseFilterReadsGroups) {
  Entry& poisoned = enter({.kind = kSendToUser, .member = "x", .options = &kReadsGroups});
  Entry& add = enter({.kind = kAddUserToGroup, .member = "v", .group = "h"});
  Entry& logout = enter({.kind = kRemoveUserFromAllGroups, .member = "u"});
  Entry& after = enter({.kind = kSendToGroup, .group = "i"});
  EXPECT_FALSE(may_start(add) || may_start(logout));
  EXPECT_EQ(detach(poisoned), Entries{&logout});
  EXPECT_TRUE(add.detached);
  EXPECT_FALSE(may_start(add) || may_start(after));
  // What comes later and waits for it is no dam, either.
  Entry& late = enter({.kind = kAddUserToGroup, .member = "w", .group = "h"});
  EXPECT_TRUE(late.detached);
  EXPECT_EQ(leave(logout), Entries{&after});
  EXPECT_EQ(leave(poisoned), (Entries{&add, &late}));
}

TEST_F(OrderTest, AFilterThatWaitsForADetachedChangeIsDetachedToo) {
  Entry& poisoned = enter({.kind = kSendToGroup, .group = "g"});
  enter({.kind = kAddUserToGroup, .member = "v", .group = "g"});
  Entry& filter = enter({.kind = kSendToAll, .options = &kReadsGroups});
  Entry& logout = enter({.kind = kRemoveUserFromAllGroups, .member = "u"});
  EXPECT_EQ(detach(poisoned), Entries{&logout});
  EXPECT_TRUE(filter.detached);
}

TEST_F(OrderTest, ALogoutAndAFilterStillWaitForEachOther) {
  Entry& filter = enter({.kind = kSendToAll, .options = &kReadsGroups});
  Entry& logout = enter({.kind = kRemoveUserFromAllGroups, .member = "u"});
  Entry& later = enter({.kind = kSendToUser, .member = "x", .options = &kReadsGroups});
  EXPECT_FALSE(may_start(logout) || may_start(later));
  EXPECT_EQ(leave(filter), Entries{&logout});
  EXPECT_EQ(leave(logout), Entries{&later});
}

TEST_F(OrderTest, ABarrierKeepsItsOrderWhenMostOfThoseThatWaitLeave) {
  Entry& first = enter({.kind = kSendToGroup, .group = "g"});
  Entries logouts;
  Entries sends;
  for (int i = 0; i < 300; ++i) {
    logouts.push_back(&enter({.kind = kRemoveUserFromAllGroups, .member = "u"}));
    sends.push_back(&enter({.kind = kSendToGroup, .group = "h"}));
  }
  for (size_t i = 0; i < 300; ++i) {
    if (i % 100 != 7) leave(*logouts[i]);
    if (i % 100 != 7) leave(*sends[i]);
  }
  EXPECT_EQ(leave(first), Entries{logouts[7]});
  EXPECT_EQ(leave(*logouts[7]), Entries{sends[7]});
  EXPECT_EQ(leave(*sends[7]), Entries{logouts[107]});
  EXPECT_EQ(leave(*logouts[107]), Entries{sends[107]});
  EXPECT_EQ(leave(*sends[107]), Entries{logouts[207]});
  EXPECT_EQ(leave(*logouts[207]), Entries{sends[207]});
  EXPECT_EQ(leave(*sends[207]), Entries{});
  EXPECT_EQ(order_.producers(), 0U);
}

TEST_F(OrderTest, ContendedLanesAreThoseInWhichSomebodyWaits) {
  Entry& a = enter({.kind = kSendToGroup, .group = "g"});
  EXPECT_EQ(order_.contended_lanes(), 0U);
  Entry& b = enter({.kind = kSendToGroup, .group = "g"});
  Entry& c = enter({.kind = kSendToGroup, .group = "g"});
  EXPECT_EQ(order_.contended_lanes(), 1U);
  leave(b);
  EXPECT_EQ(order_.contended_lanes(), 1U);
  leave(c);
  EXPECT_EQ(order_.contended_lanes(), 0U);
  leave(a);
}

}  // namespace
}  // namespace awps
