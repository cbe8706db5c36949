// What is refused as a whole is taken apart: the culprit ends alone, its neighbours are delivered
// once, and what the endpoint does not take is remembered.

#include <set>

#include "tests/hub/coalesce_harness.h"

namespace awps {
namespace {

class Split : public CoalesceTest {
 protected:
  using enum ActionKind;

  static std::vector<Action> sends(const std::vector<std::string>& users) {
    std::vector<Action> actions;
    for (const std::string& user : users) {
      actions.push_back({.kind = kSendToUser, .member = user, .data = "hi"});
    }
    return actions;
  }
  static std::vector<std::string> users(int count) {
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) names.push_back("user" + std::to_string(i));
    return names;
  }
  /// Answers everything until nothing is left; `bad` decides over an operation. How many requests.
  int run(const std::function<AttemptEnd(const Operation&)>& answer) {
    int requests = 0;
    while (Operation* operation = next()) {
      ++requests;
      finish(*operation, answer(*operation));
    }
    return requests;
  }
  static bool carries(const Operation& operation, uint64_t seq) {
    for (const Member& member : operation.members) {
      if (member.entry->accepted->seq == seq) return true;
    }
    return false;
  }
  static AttemptEnd forbidden() {
    return {.verdict = {.kind = VerdictKind::kForbidden, .splittable = true}, .http_status = 403};
  }
};

TEST_F(Split, ThePoisonedMemberOfAFanOutEndsAloneAndTheOthersAreDeliveredOnce) {
  make(one_at_a_time());
  const std::vector<std::string> names = users(64);
  Operation& occupied = occupy();
  accept(sends(names));
  finish(occupied);
  std::multiset<uint64_t> delivered;
  const int requests = run([&](const Operation& operation) -> AttemptEnd {
    if (carries(operation, 20)) return refused();
    for (const Member& m : operation.members) delivered.insert(m.entry->accepted->seq);
    return {.http_status = 202};
  });
  EXPECT_EQ(outcome_of(20), "dead_lettered");
  EXPECT_EQ(delivered.size(), 63U);
  EXPECT_EQ(std::set<uint64_t>(delivered.begin(), delivered.end()).size(), 63U);
  EXPECT_LE(requests, 13) << "twice the depth of halving";
  EXPECT_EQ(ledger().with(OutcomeKind::kDeadLettered), 1U);
  ASSERT_EQ(pipeline_->dead_letters().summary().count, 1U);
}

TEST_F(Split, HalvesOfAMergeRunOneAfterAnother) {
  PipelineOptions options = one_at_a_time();
  options.max_in_flight = 4;
  options.coalesce.merge = {{.groups = "m"}};
  make(options);
  std::vector<Action> readings(
      7, {.kind = kSendToGroup, .data_type = DataType::kJson, .group = "m", .data = "1"});
  accept({readings.front()});  // seq 1, alone under way
  Operation& first = *next();
  readings.pop_back();
  accept(readings);  // 2 to 7
  finish(first);
  std::string order;
  for (Operation* operation = next(); operation != nullptr; operation = next()) {
    EXPECT_EQ(next(), nullptr) << "one at a time in a lane";
    if (carries(*operation, 5)) {
      finish(*operation, refused());
      continue;
    }
    order += seqs_of(*operation) + ' ';
    finish(*operation);
  }
  EXPECT_EQ(order, "2,3,4 6 7 ");
  EXPECT_EQ(outcome_of(5), "dead_lettered");
  EXPECT_TRUE(pipeline_->idle());
}

TEST_F(Split, TheLaterPartOfAMergeFollowsWhenTheEarlierExpires) {
  PipelineOptions options = one_at_a_time();
  options.coalesce.merge = {{.groups = "m"}};
  make(options);
  Action reading{.kind = kSendToGroup, .data_type = DataType::kJson, .group = "m", .data = "1"};
  Action brief = reading;
  brief.time_to_live = std::chrono::seconds(1);
  Operation& occupied = occupy();
  accept({brief, brief, reading, reading});
  finish(occupied);
  finish(*next(), refused());
  finish(*next(), failed());  // the earlier half is parked
  pass_back_off();
  EXPECT_EQ(deliver_next(), "4,5");
  EXPECT_EQ(ledger().with(OutcomeKind::kExpired), 2U);
}

TEST_F(Split, ABoundThatWasMetIsRemembered) {
  make(one_at_a_time());
  const std::vector<std::string> names = users(200);
  Operation& occupied = occupy();
  accept(sends(names));
  finish(occupied);
  size_t largest_after = 0;
  int refusals = 0;
  run([&](const Operation& operation) -> AttemptEnd {
    if (operation.members.size() > 30) {
      ++refusals;
      return refused(ExceededBound::kFilter);
    }
    largest_after = std::max(largest_after, operation.members.size());
    return {.http_status = 202};
  });
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 201U);
  EXPECT_LE(refusals, 4) << "100 and its halves of 50; then it is known";
  EXPECT_LE(largest_after, 30U);
  EXPECT_TRUE(endpoint_.bounds().filter_names.is_learnt());
}

TEST_F(Split, AFilterThatTheIdentityMayNotUseIsNotUsedAgain) {
  make(one_at_a_time());
  const std::vector<std::string> names = users(6);
  Operation& occupied = occupy();
  accept(sends(names));
  finish(occupied);
  int fan_outs = 0;
  run([&](const Operation& operation) -> AttemptEnd {
    if (operation.members.size() == 1) return {.http_status = 202};
    ++fan_outs;
    return forbidden();
  });
  EXPECT_EQ(fan_outs, 1);
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 7U);
  EXPECT_EQ(endpoint_.trouble().hold_reason(), HoldReason::kNone)
      << "the identity may send to users";
}

TEST_F(Split, AnAskingOperationThatIsTakenApartLetsAnotherAsk) {
  make(one_at_a_time());
  const std::vector<std::string> names = users(6);
  accept({{.kind = kSendToUser, .member = "first", .time_to_live = std::chrono::seconds(1)}});
  AttemptEnd held = forbidden();
  held.verdict.splittable = false;
  finish(*next(), held);  // the kind is held
  accept(sends(names));
  now_ += std::chrono::seconds(5);
  bool is_first = true;
  for (int second = 0; second < 120 && !pipeline_->idle(); ++second) {
    now_ += std::chrono::seconds(1);
    run([&](const Operation& operation) -> AttemptEnd {
      const bool apart = is_first && operation.members.size() > 1;
      if (apart) is_first = false;
      return apart ? refused() : AttemptEnd{.http_status = 202};
    });
  }
  EXPECT_FALSE(is_first) << "nothing was taken apart";
  EXPECT_TRUE(pipeline_->idle());
  EXPECT_EQ(ledger().with(OutcomeKind::kDelivered), 6U);
}

}  // namespace
}  // namespace awps
