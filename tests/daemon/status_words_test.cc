// An endpoint's trouble in words: what operators read of each, and whether a hub is ready.

#include "daemon/awpsd/status_words.h"

#include <gtest/gtest.h>

#include <functional>

namespace awps {
namespace {

using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};

/// An endpoint whose attempts end as told, one after the other, a tenth of a second each.
class History {
 public:
  EndpointState endpoint{EndpointState::Options{}};

  void answered(uint64_t target) {
    const Attempt attempt = begin(target);
    endpoint.trouble().answered(attempt, now_);
  }
  void failed(uint64_t target, const Failure& failure) {
    const Attempt attempt = begin(target);
    (void)endpoint.trouble().failed(attempt, failure,
                                    now_);  // whom it speaks of shows in the words
  }
  Instant now() const { return now_; }

 private:
  Attempt begin(uint64_t target) {
    const Attempt attempt{.target = target, .started = now_};
    endpoint.trouble().begin(attempt);
    now_ += std::chrono::milliseconds(100);
    return attempt;
  }

  Instant now_ = kStart;
};

constexpr uint64_t kWell = 1;
constexpr uint64_t kSick = 2;
constexpr Failure kNoWay{
    .kind = FailureKind::kWay, .reason = HoldReason::kUnreachable, .words = "connection refused"};
constexpr Failure kAnswer500{.name = "sendToGroup in group 'sick'", .words = "500 Oops"};
constexpr Failure kAnswer401{.reason = HoldReason::kCredential, .words = "401 invalid_token"};
constexpr Failure kAnswer404{.reason = HoldReason::kEndpointAtFault, .words = "404 Not Found"};

struct Row {
  const char* name;
  std::function<void(History&)> happens;
  const char* state;
  const char* hold;
  const char* cause;
  uint64_t suspects;
  const char* not_ready;  // a part of it; empty: it is ready
};
void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

const Row kRows[] = {
    {"NothingHappened", [](History&) {}, "open", "", "", 0, ""},
    {"OneConnectionFailed", [](History& h) { h.failed(kWell, kNoWay); }, "open", "",
     "connection refused", 0, "https://e cannot be reached: connection refused; check the "},
    {"OneConnectionFailedAndTheNextDidNot",
     [](History& h) {
       h.failed(kWell, kNoWay);
       h.answered(kWell);
     },
     "open", "", "", 0, ""},
    {"TwoConnectionsFailed",
     [](History& h) {
       h.failed(kWell, kNoWay);
       h.failed(kWell, kNoWay);
     },
     "held", "unreachable", "connection refused", 0,
     "https://e is held: service unreachable; the answer was: connection refused; check the "},
    {"EverybodyIsRefusedForTheKey",
     [](History& h) {
       h.failed(kWell, kAnswer401);
       h.failed(kSick, kAnswer401);
     },
     "held", "credential", "401 invalid_token", 0, "check the access key"},
    {"EverybodyIsRefusedForTheAddress",
     [](History& h) {
       h.failed(kWell, kAnswer404);
       h.failed(kSick, kAnswer404);
     },
     "held", "endpoint_at_fault", "404 Not Found", 0, "the hub's name"},
    {"EverybodyFails",
     [](History& h) {
       h.failed(kWell, kAnswer500);
       h.failed(kSick, kAnswer500);
     },
     "held", "failing", "500 Oops", 0, "service failing; the answer was: 500 Oops"},
    {"OneFailsWhileAnotherIsAnswered",
     [](History& h) {
       h.answered(kWell);
       h.failed(kSick, kAnswer500);
       h.answered(kWell);
       h.failed(kSick, kAnswer500);
       h.failed(kSick, kAnswer500);
     },
     "open", "", "", 1, ""},
    {"ThatOneIsWellAgain",
     [](History& h) {
       h.answered(kWell);
       h.failed(kSick, kAnswer500);
       h.answered(kWell);
       h.failed(kSick, kAnswer500);
       h.answered(kSick);
     },
     "open", "", "", 0, ""},
};

/// Of a hub whose worker has ended, so that none is needed.
struct Hub {
  HubUnit unit;
  Account account;

  Hub() {
    unit.plan = {.hub = "chat", .endpoint_url = "https://e"};
    unit.queue = std::make_unique<HubQueue>(
        HubQueue::Options{.hub = "chat"}, [] {}, [] {});
    unit.ended = true;
  }
};

class Words : public testing::TestWithParam<Row> {};

TEST_P(Words, SayWhatIsKnownOfTheEndpoint) {
  History history;
  GetParam().happens(history);
  Hub hub;
  hub.unit.queue->budget().add(100, hub.account);
  const EndpointStatus status = status_of(history.endpoint, hub.unit.plan, history.now());
  EXPECT_EQ(status.state, GetParam().state);
  EXPECT_EQ(status.hold, GetParam().hold);
  EXPECT_EQ(status.cause, GetParam().cause);
  EXPECT_EQ(status.suspects, GetParam().suspects);
  const std::string reason = not_ready_reason(hub.unit, status, AwakeInstant{});
  EXPECT_NE(reason.find(GetParam().not_ready), std::string::npos) << reason;
  EXPECT_EQ(reason.empty(), std::string_view(GetParam().not_ready).empty()) << reason;
}

INSTANTIATE_TEST_SUITE_P(All, Words, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(StatusWords, NameASuspectWithItsAnswer) {
  History history;
  history.answered(kWell);
  history.failed(kSick, kAnswer500);
  history.answered(kWell);
  history.failed(kSick, kAnswer500);
  const EndpointStatus status = status_of(history.endpoint, {}, history.now() + seconds(5));
  ASSERT_EQ(status.named_suspects.size(), 1U);
  EXPECT_EQ(status.named_suspects[0].target, "sendToGroup in group 'sick'");
  EXPECT_EQ(status.named_suspects[0].cause, "500 Oops");
  EXPECT_EQ(status.named_suspects[0].seconds, 5);
}

TEST(StatusWords, SayNothingOfAHubThatHasNothingToSend) {
  History history;
  history.failed(kWell, kNoWay);
  const Hub hub;
  const EndpointStatus status = status_of(history.endpoint, hub.unit.plan, history.now());
  EXPECT_EQ(not_ready_reason(hub.unit, status, AwakeInstant{}), "");
}

TEST(StatusWords, SayWhatIsLearntOfCoalescedRequestsAndWhen) {
  EndpointState endpoint{EndpointState::Options{}};
  LearntBounds& bounds = endpoint.bounds();
  const auto place = [](CoalescingRule rule) { return static_cast<size_t>(rule); };
  bounds.filter_names.refused(100, kStart);
  bounds.forbidden[place(CoalescingRule::kBulkMembership)] = true;
  ASSERT_TRUE(bounds.pauses[place(CoalescingRule::kMerge)].note_failed(kStart));
  const EndpointStatus status = status_of(endpoint, {}, kStart);
  EXPECT_EQ(status.rules_off, (std::vector<std::string>{"bulk_membership", "merge"}));
  ASSERT_EQ(status.learnt.size(), 3U);
  EXPECT_TRUE(status.learnt[0].starts_with("names in a filter: at most 50: ")) << status.learnt[0];
  EXPECT_TRUE(status.learnt[1].starts_with("bulk_membership: off until a reload"));
  EXPECT_TRUE(status.learnt[2].starts_with("merge: off: ")) << status.learnt[2];
  // By time alone the rule comes back; what was forbidden stays.
  EXPECT_EQ(status_of(endpoint, {}, kStart + seconds(61)).rules_off,
            std::vector<std::string>{"bulk_membership"});
  endpoint.forget(kStart);
  EXPECT_EQ(status_of(endpoint, {}, kStart).learnt, std::vector<std::string>{});
}

TEST(StatusWords, SayUntilWhenAPauseIs) {
  History history;
  history.failed(kWell, {.kind = FailureKind::kThrottled, .pause = seconds(7)});
  const EndpointStatus status = status_of(history.endpoint, {}, history.now() + seconds(3));
  EXPECT_EQ(status.state, "paused");
  EXPECT_EQ(status.seconds_left, 4);
}

struct StateRow {
  const char* name;
  std::function<void(HubUnit&)> happens;
  HubState state;
};
void PrintTo(const StateRow& row, std::ostream* out) {
  *out << row.name;
}

const StateRow kStates[] = {
    {"Nothing", [](HubUnit&) {}, HubState::kRunning},
    {"Paused", [](HubUnit& hub) { hub.paused = true; }, HubState::kPaused},
    {"Draining", [](HubUnit& hub) { hub.draining = true; }, HubState::kDraining},
    {"TakenOut", [](HubUnit& hub) { hub.queue->set_removed(true); }, HubState::kDraining},
    {"Ended", [](HubUnit& hub) { hub.ended = true; }, HubState::kDrained},
};

class States : public testing::TestWithParam<StateRow> {};

TEST_P(States, OfAHubThatHasSomethingLeft) {
  Hub hub;
  hub.unit.ended = false;
  hub.unit.queue->budget().add(100, hub.account);
  GetParam().happens(hub.unit);
  EXPECT_EQ(status_of(hub.unit, WallTime{}).state, GetParam().state);
}

INSTANTIATE_TEST_SUITE_P(All, States, testing::ValuesIn(kStates),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(StatusWords, CallAHubDrainedOnceItIsEmpty) {
  Hub hub;
  hub.unit.ended = false;
  hub.unit.draining = true;
  EXPECT_EQ(status_of(hub.unit, WallTime{}).state, HubState::kDrained);
}

}  // namespace
}  // namespace awps
