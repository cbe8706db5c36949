#include "gateway/settled_watch.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace awps {
namespace {

RoutedRequest to_user(Route route, const std::string& user, const std::string& group = "") {
  return {.route = route, .hub = "chat", .user = user, .group = group};
}

const RoutedRequest kReadOfAnn = to_user(Route::kUserExists, "ann");

/// Begins the write as the next one of a connection.
WriteKey begin(SettledWatch& watch, const RoutedRequest& write) {
  static uint64_t last = 0;
  const WriteKey key{.connection = 1, .seq = ++last};
  watch.begin(key, write);
  return key;
}

TEST(SettledWatch, AReadWaitsForTheWritesBeforeIt) {
  SettledWatch watch;
  const auto write = begin(watch, to_user(Route::kAddUserToGroup, "ann", "g"));
  const auto question = watch.ask(kReadOfAnn);
  EXPECT_FALSE(watch.is_settled(question));
  watch.settle(write);
  EXPECT_TRUE(watch.is_settled(question));
}

TEST(SettledWatch, WritesThatGoOnDoNotHoldAReadUp) {
  SettledWatch watch;
  const auto before = begin(watch, to_user(Route::kSendToUser, "ann"));
  const auto question = watch.ask(kReadOfAnn);
  const auto after = begin(watch, to_user(Route::kSendToUser, "ann"));
  watch.settle(before);
  EXPECT_TRUE(watch.is_settled(question));
  EXPECT_FALSE(watch.is_settled(watch.ask(kReadOfAnn)));
  watch.settle(after);
}

TEST(SettledWatch, TheLatestOfTheWritesBeforeMayBeTheLastToSettle) {
  SettledWatch watch;
  const auto first = begin(watch, to_user(Route::kSendToUser, "ann"));
  const auto second = begin(watch, to_user(Route::kSendToUser, "ann"));
  const auto question = watch.ask(kReadOfAnn);
  watch.settle(first);
  EXPECT_FALSE(watch.is_settled(question));
  watch.settle(second);
  EXPECT_TRUE(watch.is_settled(question));
}

struct TargetCase {
  const char* name;
  RoutedRequest write;
  RoutedRequest read;
  bool waits;
};

class SettledTargets : public testing::TestWithParam<TargetCase> {};

TEST_P(SettledTargets, AreThoseOfThePath) {
  SettledWatch watch;
  begin(watch, GetParam().write);
  EXPECT_EQ(!watch.is_settled(watch.ask(GetParam().read)), GetParam().waits);
}

RoutedRequest elsewhere(RoutedRequest request) {
  request.hub = "news";
  return request;
}

INSTANTIATE_TEST_SUITE_P(
    All, SettledTargets,
    testing::Values(
        TargetCase{"OtherUser", to_user(Route::kSendToUser, "bob"), kReadOfAnn, false},
        TargetCase{"OtherHub", elsewhere(to_user(Route::kSendToUser, "ann")), kReadOfAnn, false},
        TargetCase{"OtherKind",
                   {.route = Route::kSendToConnection, .hub = "chat", .connection = "ann"},
                   kReadOfAnn,
                   false},
        TargetCase{"GroupOfAChange",
                   to_user(Route::kAddUserToGroup, "ann", "g"),
                   {.route = Route::kListConnectionsInGroup, .hub = "chat", .group = "g"},
                   true},
        TargetCase{"ConnectionOfAPermission",
                   {.route = Route::kGrantPermission, .hub = "chat", .connection = "c"},
                   {.route = Route::kCheckPermission, .hub = "chat", .connection = "c"},
                   true},
        TargetCase{"BulkChange",
                   {.route = Route::kAddConnectionsToGroups, .hub = "chat"},
                   kReadOfAnn,
                   true},
        TargetCase{
            "CloseOfAll", {.route = Route::kCloseAllConnections, .hub = "chat"}, kReadOfAnn, true},
        TargetCase{"SendToAll", {.route = Route::kSendToAll, .hub = "chat"}, kReadOfAnn, false}),
    [](const auto& row) { return row.param.name; });

TEST(SettledWatch, KeepsNothingOfWhatIsSettled) {
  SettledWatch watch;
  const auto one = begin(watch, to_user(Route::kAddUserToGroup, "ann", "g"));
  const auto two = begin(watch, {.route = Route::kAddConnectionsToGroups, .hub = "chat"});
  EXPECT_EQ(watch.size(), 3U);
  watch.settle(one);
  watch.settle(two);
  EXPECT_EQ(watch.size(), 0U);
  EXPECT_EQ(watch.writes(), 0U);
}

// ---- more than it may know

TEST(SettledWatch, AHubWithTooManyWritesIsOutOfSight) {
  SettledWatch watch({.max_writes = 1});
  const auto known = begin(watch, to_user(Route::kSendToUser, "ann"));
  EXPECT_FALSE(watch.begin({.seq = 1}, elsewhere(to_user(Route::kSendToUser, "bob"))));
  EXPECT_TRUE(watch.is_out_of_sight("news"));
  EXPECT_FALSE(watch.is_settled(watch.ask(elsewhere(kReadOfAnn)))) << "it may be one of them";
  EXPECT_TRUE(watch.is_settled(watch.ask(to_user(Route::kUserExists, "bob")))) << "another hub";
  EXPECT_TRUE(watch.settle(known));
  EXPECT_FALSE(watch.is_settled(watch.ask(elsewhere(kReadOfAnn))));
  watch.see_again("news");
  EXPECT_TRUE(watch.is_settled(watch.ask(elsewhere(kReadOfAnn))));
}

TEST(SettledWatch, SendsToEverybodyTakeNoPlace) {
  SettledWatch watch({.max_writes = 1});
  begin(watch, to_user(Route::kSendToUser, "ann"));
  EXPECT_FALSE(watch.begin({.seq = 1}, {.route = Route::kSendToAll, .hub = "chat"}));
  EXPECT_FALSE(watch.is_out_of_sight("chat"));
}

TEST(SettledWatch, AHubThatIsSeenAgainLeavesNothing) {
  SettledWatch watch;
  const auto gone = begin(watch, to_user(Route::kSendToUser, "ann"));
  const auto stays = begin(watch, elsewhere(to_user(Route::kSendToUser, "ann")));
  EXPECT_EQ(watch.hubs(), (std::set<std::string>{"chat", "news"}));
  EXPECT_EQ(watch.see_again("chat"), std::vector<WriteKey>{gone});
  EXPECT_TRUE(watch.is_settled(watch.ask(kReadOfAnn)));
  EXPECT_FALSE(watch.is_settled(watch.ask(elsewhere(kReadOfAnn))));
  EXPECT_FALSE(watch.settle(gone));
  EXPECT_TRUE(watch.settle(stays));
  EXPECT_EQ(watch.size(), 0U);
}

TEST(SettledWatch, TellsWhereSomethingChanged) {
  SettledWatch watch;
  const auto write = begin(watch, to_user(Route::kAddUserToGroup, "ann", "g"));
  const auto question = watch.ask(kReadOfAnn);
  EXPECT_TRUE(watch.take_changes().targets.empty());
  watch.settle(write);
  const auto changed = watch.take_changes().targets;
  EXPECT_EQ(changed.size(), 2U);
  EXPECT_NE(std::ranges::find(changed, question.targets[0]), changed.end());
  EXPECT_TRUE(watch.take_changes().targets.empty()) << "each is told once";
}

}  // namespace
}  // namespace awps
