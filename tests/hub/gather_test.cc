// fan_out, bulk_membership and merge in the hub: what goes together, and what must not.

#include "tests/hub/coalesce_harness.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const ActionOptions kFilter{.filter = "true) or (true"};
const ActionOptions kOrdered{.ordering_key = "o"};

class Gather : public CoalesceTest {
 protected:
  using enum ActionKind;

  static Action to_user(std::string_view user, std::string_view data = "hi") {
    return {.kind = kSendToUser, .member = user, .data = data};
  }
  static Action reading(std::string_view data, std::string_view group = "m") {
    return {.kind = kSendToGroup, .data_type = DataType::kJson, .group = group, .data = data};
  }
  static Action change(ActionKind kind, std::string_view user, std::string_view group = "g") {
    return {.kind = kind, .member = user, .group = group};
  }
  static PipelineOptions merging(size_t max_bytes = 1000) {
    PipelineOptions options = one_at_a_time();
    options.coalesce.merge = {{.groups = "m*", .max_bytes = max_bytes}};
    return options;
  }
  static PipelineOptions bulk() {
    PipelineOptions options = one_at_a_time();
    options.coalesce.bulk_membership = true;
    return options;
  }
  /// With the one permit taken `actions` are accepted; then it is free.
  void accept_waiting(const std::vector<Action>& actions) {
    Operation& occupied = occupy();  // seq 1
    accept(actions);
    finish(occupied);
  }
};

// ---- fan_out

TEST_F(Gather, SendsOfOneMessageBecomeABroadcastByName) {
  make(one_at_a_time());
  accept_waiting({to_user("ann"), to_user("o'hara"), to_user("Ann")});
  Operation& operation = *next();
  EXPECT_EQ(seqs_of(operation), "2,3,4");
  const ServiceRequest request = request_of(operation);
  EXPECT_EQ(request.url,
            "http://x/api/hubs/hub/:send?api-version=2024-12-01&filter=userId%20in%20%28%27ann%27"
            "%2C%27o%27%27hara%27%2C%27Ann%27%29");
  EXPECT_EQ(request.body_text, "hi");
  finish(operation);
  EXPECT_EQ(outcome_of(3), "delivered");
  EXPECT_EQ(ledger().carried_by(OperationForm::kFanOut), 3U);
}

TEST_F(Gather, WherePermitsSufficeAllGoSingly) {
  PipelineOptions options = one_at_a_time();
  options.max_in_flight = 3;
  make(options);
  accept({to_user("a"), to_user("b"), to_user("c")});
  for (const char* seq : {"1", "2", "3"}) EXPECT_EQ(seqs_of(*next()), seq);
}

TEST_F(Gather, AsFewAsTheLeastGoSingly) {
  PipelineOptions options = one_at_a_time();
  options.coalesce.fan_out_min = 4;
  make(options);
  accept_waiting({to_user("a"), to_user("b"), to_user("c")});
  EXPECT_EQ(deliver_next(), "2");
}

TEST_F(Gather, SwitchedOffByAReloadWhatWaitsGoesSingly) {
  PipelineOptions options = one_at_a_time();
  make(options);
  accept_waiting({to_user("a"), to_user("b"), to_user("c")});
  options.hub = "hub";
  options.coalesce.fan_out = CoalesceOptions::FanOut::kOff;
  pipeline_->reconfigure(options);
  for (const char* seq : {"2", "3", "4"}) EXPECT_EQ(deliver_next(), seq);
}

TEST_F(Gather, SwitchedOffAllGoSingly) {
  PipelineOptions options = one_at_a_time();
  options.coalesce.fan_out = CoalesceOptions::FanOut::kOff;
  make(options);
  accept_waiting({to_user("a"), to_user("b")});
  EXPECT_EQ(deliver_next(), "2");
}

TEST_F(Gather, MoreFanOutsThanPermittedGoSingly) {
  PipelineOptions options = one_at_a_time();
  options.coalesce.fan_out_per_second = 1;
  options.coalesce.max_members = 2;
  make(options);
  accept_waiting({to_user("a"), to_user("b"), to_user("c"), to_user("d")});
  EXPECT_EQ(deliver_next(), "2,3");
  EXPECT_EQ(deliver_next(), "4");
}

TEST_F(Gather, TwoMessagesToOneUserStayTwo) {
  make(one_at_a_time());
  Action again = to_user("a");
  again.unordered = true;
  accept_waiting({to_user("a"), again, to_user("b")});
  EXPECT_EQ(deliver_next(), "2,4");
  EXPECT_EQ(deliver_next(), "3");
}

TEST_F(Gather, AFilterOfItsOwnKeepsASendAlone) {
  make(one_at_a_time());
  Action filtered = to_user("a");
  filtered.options = &kFilter;
  accept_waiting({filtered, to_user("b"), to_user("c")});
  EXPECT_EQ(deliver_next(), "2");
  EXPECT_EQ(deliver_next(), "3,4");
}

TEST_F(Gather, UsersAndConnectionsNeverShareOne) {
  PipelineOptions options = one_at_a_time();
  options.coalesce.fan_out = CoalesceOptions::FanOut::kUsersAndConnections;
  make(options);
  const Action to_c{.kind = kSendToConnection, .member = "c", .data = "hi"};
  const Action to_d{.kind = kSendToConnection, .member = "d", .data = "hi"};
  accept_waiting({to_user("a"), to_c, to_user("b"), to_d});
  EXPECT_EQ(deliver_next(), "2,4");
  EXPECT_EQ(deliver_next(), "3,5");
}

TEST_F(Gather, WhoWaitsForAnotherIsNotTaken) {
  make(one_at_a_time());
  accept_waiting({to_user("a", "first"), to_user("a"), to_user("b"), to_user("c")});
  // a's "hi" is not at the front of its lane. No crossing fan-out can wait for another.
  EXPECT_EQ(deliver_next(), "2");
  EXPECT_EQ(deliver_next(), "4,5,3");
}

TEST_F(Gather, CrossingFanOutsDoNotWaitForEachOther) {
  make(one_at_a_time());
  accept_waiting({to_user("a", "x"), to_user("b", "y"), to_user("b", "x"), to_user("a", "y")});
  EXPECT_EQ(deliver_next(), "2");
  EXPECT_EQ(deliver_next(), "3,5") << "a's y has come to the front meanwhile";
  EXPECT_EQ(deliver_next(), "4");
}

TEST_F(Gather, AnOperationInFlightOccupiesItsMembersLanes) {
  PipelineOptions options = one_at_a_time();
  options.max_in_flight = 2;
  make(options);
  accept({to_user("a"), to_user("b"), to_user("c")});
  Operation& fan_out = *next();
  ASSERT_EQ(seqs_of(fan_out), "1,2,3");
  accept({to_user("b", "later")});
  EXPECT_EQ(next(), nullptr);
  finish(fan_out, failed());
  EXPECT_EQ(next(), nullptr) << "parked it occupies them, too";
  pass_back_off();
  finish(*next());
  EXPECT_EQ(deliver_next(), "4");
}

TEST_F(Gather, TheNamesStayWithinTheUrl) {
  PipelineOptions options = one_at_a_time();
  options.coalesce.max_url_bytes = 300;
  options.url_prefix_bytes = 100;
  make(options);
  std::vector<std::string> names;
  for (int i = 0; i < 30; ++i) names.push_back("user number " + std::to_string(i));
  std::vector<Action> actions;
  for (const std::string& name : names) actions.push_back(to_user(name));
  accept_waiting(actions);
  while (Operation* operation = next()) {
    EXPECT_LE(request_of(*operation).url.size(), 300U);
    EXPECT_GT(operation->members.size(), 3U);
    finish(*operation);
  }
  EXPECT_TRUE(pipeline_->idle());
}

// ---- who leaves

TEST_F(Gather, WhoExpiresLeavesAndTheLastIsTheSingleRequest) {
  make(one_at_a_time());
  Action brief = to_user("a");
  brief.time_to_live = seconds(1);
  accept_waiting({brief, to_user("b")});
  Operation& operation = *next();
  ASSERT_EQ(seqs_of(operation), "2,3");
  finish(operation, failed());
  pass_back_off();
  Operation& again = *next();
  EXPECT_EQ(outcome_of(2), "expired");
  EXPECT_EQ(seqs_of(again), "3");
  EXPECT_EQ(request_of(again).url, "http://x/api/hubs/hub/users/b/:send?api-version=2024-12-01");
}

TEST_F(Gather, AnOperationWhoseMembersHaveAllLeftIsNeverSent) {
  make(one_at_a_time());
  Action brief = to_user("a");
  brief.time_to_live = seconds(1);
  Action other = to_user("b");
  other.time_to_live = seconds(1);
  accept_waiting({brief, other});
  finish(*next(), failed());
  pass_back_off();
  EXPECT_EQ(next(), nullptr);
  EXPECT_EQ(ledger().with(OutcomeKind::kExpired), 2U);
}

TEST_F(Gather, WhoExpiresDuringTheAttemptLeavesAfterIt) {
  make(one_at_a_time());
  Action brief = to_user("a");
  brief.time_to_live = seconds(1);
  accept_waiting({brief, to_user("b")});
  Operation& operation = *next();
  now_ += seconds(2);
  finish(operation, failed());
  EXPECT_EQ(outcome_of(2), "expired");
  EXPECT_EQ(outcome_of(3), "");
}

TEST_F(Gather, AReplacedMemberOfAParkedOperationLeavesIt) {
  make(one_at_a_time());
  const ActionOptions key{.conflation_key = "k"};
  Action first = to_user("a");
  Action second = to_user("a", "newer");
  first.options = second.options = &key;
  accept_waiting({first, to_user("b")});
  finish(*next(), failed());
  accept({second});
  EXPECT_EQ(outcome_of(2), "superseded by 4");
  EXPECT_EQ(next(), nullptr) << "not before the place's time";
  pass_back_off();
  const std::string one = deliver_next();
  const std::string other = deliver_next();
  EXPECT_TRUE((one == "3" && other == "4") || (one == "4" && other == "3")) << one << ' ' << other;
}

// ---- bulk_membership

TEST_F(Gather, ChangesOfOneGroupBecomeABulkChange) {
  make(bulk());
  accept_waiting({change(kAddUserToGroup, "a"), change(kAddUserToGroup, "b"),
                  change(kRemoveUserFromGroup, "c"), change(kAddUserToGroup, "d", "h"),
                  change(kRemoveUserFromGroup, "e")});
  Operation& adds = *next();
  EXPECT_EQ(seqs_of(adds), "2,3");
  const ServiceRequest request = request_of(adds);
  EXPECT_EQ(request.url, "http://x/api/hubs/hub/:addToGroups?api-version=2024-12-01");
  EXPECT_EQ(request.body_text, R"json({"groups":["g"],"filter":"userId in ('a','b')"})json");
  finish(adds);
  Operation& removes = *next();
  EXPECT_EQ(seqs_of(removes), "4,6");
  EXPECT_EQ(request_of(removes).url,
            "http://x/api/hubs/hub/:removeFromGroups?api-version=2024-12-01");
  finish(removes);
  EXPECT_EQ(deliver_next(), "5");
}

TEST_F(Gather, UnlessItIsSwitchedOnChangesGoSingly) {
  make(one_at_a_time());
  accept_waiting({change(kAddUserToGroup, "a"), change(kAddUserToGroup, "b")});
  EXPECT_EQ(deliver_next(), "2");
}

// ---- merge

TEST_F(Gather, NeighboursInALaneBecomeOneMessage) {
  make(merging());
  accept_waiting({reading("1"), reading("\"x\""), reading("{}"), reading("9", "other")});
  Operation& merged = *next();
  EXPECT_EQ(seqs_of(merged), "2,3,4");
  EXPECT_EQ(request_of(merged).body_text, "[1,\"x\",{}]");
  finish(merged);
  Operation& other = *next();
  EXPECT_EQ(request_of(other).body_text, "9") << "no rule fits its group";
}

TEST_F(Gather, AMergedMessageIsAlwaysAnArray) {
  make(merging());
  accept({reading("1")});
  Operation& alone = *next();
  EXPECT_EQ(request_of(alone).body_text, "[1]");
}

TEST_F(Gather, WithoutCoalescingMessagesGoAsTheyAre) {
  PipelineOptions options = merging();
  options.coalesce.enabled = false;
  make(options);
  accept({reading("1")});
  EXPECT_EQ(request_of(*next()).body_text, "1");
}

TEST_F(Gather, NoMergeAcrossAMembershipChange) {
  make(merging());
  accept_waiting({reading("1"), change(kAddUserToGroup, "u", "m"), reading("2")});
  EXPECT_EQ(deliver_next(), "2");
  EXPECT_EQ(deliver_next(), "3");
  EXPECT_EQ(deliver_next(), "4");
}

TEST_F(Gather, NoMergeOfWhatABarrierHoldsBack) {
  PipelineOptions options = merging();
  options.max_in_flight = 2;
  make(options);
  accept({{.kind = kRemoveUserFromAllGroups, .member = "u"}}, 2);
  Operation& logout = *next();
  accept({reading("1")}, 1);
  accept({reading("2")}, 2);  // waits for its producer's logout as well
  EXPECT_EQ(deliver_next(), "2");
  finish(logout);
  EXPECT_EQ(deliver_next(), "3");
}

TEST_F(Gather, NoMergeOfWhatAnotherLaneHoldsBack) {
  make(merging());
  Action first = reading("1");
  Action second = reading("2");
  first.options = second.options = &kOrdered;
  accept_waiting({first, second});
  EXPECT_EQ(deliver_next(), "2");
  EXPECT_EQ(deliver_next(), "3");
}

TEST_F(Gather, NoMergeBeyondItsBytes) {
  make(merging(8));
  accept_waiting({reading("111"), reading("222"), reading("333"), reading("1234567890")});
  EXPECT_EQ(deliver_next(), "2");  // "[111,222]" is nine
  EXPECT_EQ(deliver_next(), "3");
  EXPECT_EQ(deliver_next(), "4");
  EXPECT_EQ(deliver_next(), "5") << "larger than the bound it goes alone";
}

TEST_F(Gather, ProducersMayMeetInAMergedMessage) {
  make(merging());
  Operation& occupied = occupy();
  accept({reading("1")}, 1);
  accept({reading("2")}, 2);
  finish(occupied);
  EXPECT_EQ(deliver_next(), "2,3");
}

// ---- linger

TEST_F(Gather, LingersOnlyWhenToldTo) {
  PipelineOptions options = merging();
  options.coalesce.linger = milliseconds(20);
  make(options);
  accept({reading("1"), change(kAddUserToGroup, "u")});
  EXPECT_EQ(deliver_next(), "2") << "a membership is worth its moment";
  EXPECT_EQ(next(), nullptr);
  EXPECT_EQ(pipeline_->wake_at(now_), kStart + milliseconds(20));
  now_ += milliseconds(10);
  accept({reading("2")});
  now_ += milliseconds(10);
  EXPECT_EQ(deliver_next(), "1,3");
}

TEST_F(Gather, WhatLingersStillExpires) {
  PipelineOptions options = merging();
  options.coalesce.linger = seconds(20);
  make(options);
  Action brief = reading("1");
  brief.time_to_live = seconds(1);
  accept({brief});
  now_ += seconds(2);
  EXPECT_EQ(next(), nullptr);
  EXPECT_EQ(outcome_of(1), "expired");
}

}  // namespace
}  // namespace awps
