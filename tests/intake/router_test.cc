#include "intake/router.h"

#include <gtest/gtest.h>

#include <string>

namespace awps {
namespace {

constexpr uid_t kUser = 1000;
constexpr uid_t kOther = 2000;

// "Chat" is the default; "vault" admits kOther alone.
HubDirectory hubs(std::string_view default_hub = "Chat") {
  return {{{.name = "Chat"}, {.name = "news"}, {.name = "vault", .access = {{kOther}, {}}}},
          default_hub};
}

std::string name_or_code(const Router::Decision& decision) {
  if (!decision) return std::string(name_of(decision.error().code));
  return *decision == nullptr ? "none" : (*decision)->name;
}

TEST(Router, LeadsToTheNamedHubElseToThatOfTheHelloElseToTheDefault) {
  const HubDirectory directory = hubs();
  Router router({.uid = kUser}, directory.default_hub());
  EXPECT_EQ(name_or_code(router.route("", directory)), "Chat");
  EXPECT_EQ(name_or_code(router.route("NEWS", directory)), "news") << "whatever the case";
  EXPECT_EQ(name_or_code(router.greet("", directory)), "Chat");
  EXPECT_EQ(name_or_code(router.greet("news", directory)), "news");
  EXPECT_EQ(name_or_code(router.route("", directory)), "news");
  EXPECT_EQ(name_or_code(router.route("chat", directory)), "Chat");
}

TEST(Router, RefusesWhatLeadsNowhereAndSaysWhatThereIs) {
  const HubDirectory directory = hubs("");
  Router router({.uid = kUser}, directory.default_hub());
  EXPECT_EQ(name_or_code(router.greet("", directory)), "none");
  EXPECT_EQ(name_or_code(router.route("", directory)), "unknown_hub");
  const Router::Decision unknown = router.route("chatt", directory);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, RejectCode::kUnknownHub);
  EXPECT_NE(unknown.error().message.find("'Chat', 'news', 'vault'"), std::string::npos);
  EXPECT_EQ(name_or_code(router.greet("chatt", directory)), "unknown_hub");
  EXPECT_EQ(name_or_code(router.route("", directory)), "unknown_hub") << "the hello said nothing";
}

TEST(Router, KnowsTheLeastWindowOfTheHubsThatAdmitIt) {
  const HubDirectory directory(
      {{.name = "chat", .dedupe_window = std::chrono::seconds(120)},
       {.name = "news", .dedupe_window = std::chrono::seconds(60)},
       {.name = "vault", .access = {{kOther}, {}}, .dedupe_window = std::chrono::seconds(30)}},
      "chat");
  EXPECT_EQ(Router({.uid = kUser}, nullptr).least_dedupe_window(directory),
            std::chrono::seconds(60));
  EXPECT_EQ(Router({.uid = kOther}, nullptr).least_dedupe_window(directory),
            std::chrono::seconds(30));
}

TEST(Router, KnowsNoWindowWhereNoHubAdmitsIt) {
  const HubDirectory directory(
      {{.name = "vault", .access = {{kOther}, {}}, .dedupe_window = std::chrono::seconds(30)}},
      "vault");
  EXPECT_EQ(Router({.uid = kUser}, nullptr).least_dedupe_window(directory), Duration::zero());
}

TEST(Router, AdmitsWhoMay) {
  const HubDirectory directory = hubs();
  Router stranger({.uid = kUser}, directory.default_hub());
  EXPECT_EQ(name_or_code(stranger.route("vault", directory)), "forbidden");
  EXPECT_EQ(name_or_code(stranger.greet("vault", directory)), "forbidden");
  EXPECT_EQ(name_or_code(stranger.route("", directory)), "Chat");
  Router friendly({.uid = kOther}, directory.default_hub());
  EXPECT_EQ(name_or_code(friendly.greet("vault", directory)), "vault");
}

TEST(Router, AsksNoListOfUsersWhereTheDoorHasJudged) {
  const HubDirectory directory = hubs();
  Router router({.uid = kUser}, directory.default_hub());
  EXPECT_EQ(name_or_code(router.route("vault", directory)), "forbidden");
  router.admit_everywhere();
  EXPECT_EQ(name_or_code(router.route("vault", directory)), "vault");
  EXPECT_EQ(name_or_code(router.greet("vault", directory)), "vault");
}

TEST(Router, AnOrderedBatchGoesToOneHub) {
  const HubDirectory directory = hubs();
  Router router({.uid = kUser}, directory.default_hub());
  router.begin_ordered_batch();
  EXPECT_EQ(name_or_code(router.route("nowhere", directory)), "unknown_hub");
  EXPECT_EQ(name_or_code(router.route("news", directory)), "news");
  EXPECT_EQ(name_or_code(router.route("", directory)), "invalid_action");
  EXPECT_EQ(name_or_code(router.route("NEWS", directory)), "news");
  router.end_ordered_batch();
  router.begin_ordered_batch();
  EXPECT_EQ(name_or_code(router.route("", directory)), "Chat") << "another batch";
}

TEST(Router, FollowsAReload) {
  const HubDirectory before = hubs();
  Router router({.uid = kUser}, before.default_hub());
  EXPECT_EQ(name_or_code(router.greet("news", before)), "news");
  const HubDirectory closed({{.name = "Chat"}, {.name = "news", .access = {{kOther}, {}}}}, "Chat");
  router.follow(closed);
  EXPECT_EQ(name_or_code(router.route("", closed)), "forbidden") << "the right was withdrawn";
  EXPECT_EQ(name_or_code(router.route("vault", closed)), "unknown_hub");
  router.follow(before);
  EXPECT_EQ(name_or_code(router.route("", before)), "news") << "and given again";
}

TEST(Router, KnowsThatAHubIsGone) {
  HubQueue queue(
      {.hub = "news"}, [] {}, [] {});
  const HubDirectory before({{.name = "Chat"}, {.name = "news", .queue = &queue}}, "Chat");
  Router router({.uid = kUser}, before.default_hub());
  EXPECT_EQ(name_or_code(router.greet("news", before)), "news");
  queue.set_removed(true);
  const HubDirectory after({{.name = "Chat"}}, "Chat");
  EXPECT_EQ(name_or_code(router.route("", before)), "unknown_hub") << "not followed yet";
  router.follow(after);
  const Router::Decision decision = router.route("", after);
  ASSERT_FALSE(decision);
  EXPECT_NE(decision.error().message.find("'news' is no longer configured"), std::string::npos);
}

}  // namespace
}  // namespace awps
