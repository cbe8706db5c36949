#include "hub/fault_target.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace awps {
namespace {

using enum ActionKind;

constexpr uint64_t kHub = 17;
constexpr uint64_t kOtherHub = 18;

/// Operations of entries that it makes.
class FaultTargetTest : public testing::Test {
 protected:
  Operation& operation_of(OperationForm form, const std::vector<Action>& actions) {
    Operation& operation = operations_.emplace_back();
    operation.form = form;
    for (const Action& action : actions) {
      Entry& entry = entries_.emplace_back();
      entry.accepted = &batch_.add(action, 1, 100, 0);
      entry.turn = &turns_.emplace_back();
      operation.members.push_back({.entry = &entry});
    }
    return operation;
  }
  static uint64_t target_of(const Action& action) { return fault_target_of(action, kHub); }

  Account account_;
  Batch batch_{account_, Instant(), 1000};
  std::deque<EntryTurn> turns_;
  std::deque<Entry> entries_;
  std::deque<Operation> operations_;
};

TEST_F(FaultTargetTest, IsWhoeverTheActionIsFor) {
  const ActionOptions filter{.filter = "userId eq 'u'"};
  const ActionOptions other_filter{.filter = "userId eq 'v'"};
  constexpr std::string_view kAB[] = {"a", "b"};
  const ActionOptions bulk{.filter = "userId eq 'u'", .groups = kAB};
  const ActionOptions bulk_of_one{.filter = "userId eq 'u'", .groups = std::span(kAB).first(1)};
  const ActionOptions bulk_of_others{.filter = "userId eq 'v'", .groups = kAB};
  const std::vector<Action> different = {
      {.kind = kAddConnectionsToGroups, .options = &bulk},
      {.kind = kAddConnectionsToGroups, .options = &bulk_of_one},
      {.kind = kAddConnectionsToGroups, .options = &bulk_of_others},
      {.kind = kRemoveConnectionsFromGroups, .options = &bulk},
      {.kind = kCloseUserConnections, .member = "a"},
      {.kind = kRemoveConnectionFromAllGroups, .member = "a"},
      {.kind = kSendToAll},
      {.kind = kSendToAll, .options = &filter},
      {.kind = kSendToAll, .options = &other_filter},
      {.kind = kSendToGroup, .group = "a"},
      {.kind = kSendToGroup, .group = "b"},
      {.kind = kSendToGroup, .group = "a", .options = &filter},
      {.kind = kSendToUser, .member = "a"},
      {.kind = kSendToUser, .member = "b"},
      {.kind = kSendToConnection, .member = "a"},
      {.kind = kAddUserToGroup, .member = "a", .group = "b"},
      {.kind = kAddUserToGroup, .member = "b", .group = "a"},
      {.kind = kRemoveUserFromGroup, .member = "a", .group = "b"},
      {.kind = kAddConnectionToGroup, .member = "a", .group = "b"},
      {.kind = kRemoveUserFromAllGroups, .member = "a"},
      {.kind = kCloseClientConnection, .member = "a"}};
  std::map<uint64_t, size_t> seen;
  for (size_t i = 0; i < different.size(); ++i) {
    const auto [slot, is_new] = seen.try_emplace(target_of(different[i]), i);
    EXPECT_TRUE(is_new) << i << " is as " << slot->second;
  }
}

TEST_F(FaultTargetTest, WhatIsSentMakesNoDifference) {
  EXPECT_EQ(target_of({.kind = kSendToGroup, .group = "a", .data = "1"}),
            target_of({.kind = kSendToGroup, .group = "a", .data = "2"}));
  const ActionOptions key{.ordering_key = "k"};
  EXPECT_EQ(target_of({.kind = kSendToGroup, .group = "a", .options = &key}),
            target_of({.kind = kSendToGroup, .group = "a"}));
}

TEST_F(FaultTargetTest, TwoHubsGroupsOfOneNameAreTwo) {
  const Action action{.kind = kSendToGroup, .group = "a"};
  EXPECT_NE(fault_target_of(action, kHub), fault_target_of(action, kOtherHub));
  const Action broadcast{.kind = kSendToAll};
  EXPECT_NE(fault_target_of(broadcast, kHub), fault_target_of(broadcast, kOtherHub));
}

TEST_F(FaultTargetTest, AnOperationOfOneIsItsActions) {
  const Action action{.kind = kSendToUser, .member = "u"};
  EXPECT_EQ(fault_target_of(operation_of(OperationForm::kFanOut, {action}), kHub),
            target_of(action));
}

TEST_F(FaultTargetTest, ACoalescedRequestIsAnotherByItsForm) {
  const Action first{.kind = kSendToUser, .member = "u"};
  const Action second{.kind = kSendToUser, .member = "v"};
  const uint64_t fan_out =
      fault_target_of(operation_of(OperationForm::kFanOut, {first, second}), kHub);
  const uint64_t bulk =
      fault_target_of(operation_of(OperationForm::kBulkMembership, {first, second}), kHub);
  EXPECT_NE(fan_out, target_of(first));
  EXPECT_NE(bulk, target_of(first));
  EXPECT_NE(fan_out, bulk);
}

TEST_F(FaultTargetTest, HasANameForPeople) {
  const Action first{.kind = kSendToUser, .member = "ann"};
  const Action second{.kind = kSendToUser, .member = "bob"};
  const std::string single = fault_target_name(operation_of(OperationForm::kFanOut, {first}));
  EXPECT_NE(single.find("ann"), std::string::npos) << single;
  const std::string both = fault_target_name(operation_of(OperationForm::kFanOut, {first, second}));
  EXPECT_NE(both.find("fan_out of 2"), std::string::npos) << both;
  EXPECT_NE(both.find("ann"), std::string::npos) << both;
}

}  // namespace
}  // namespace awps
