// From a plan to what the modules are told.

#include "daemon/awpsd/options.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/daemon/daemon_harness.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

HubPlan plan_of(const std::string& toml) {
  const auto plan = make_plan(config_of(toml), default_settings());
  EXPECT_TRUE(plan.ok()) << (plan.ok() ? "" : to_string(plan.error()));
  return plan->hubs.front();
}

TEST(Options, OfThePipelineAreTheHubs) {
  const PipelineOptions options = pipeline_options(plan_of(R"(
[hubs.chat]
ordering = "strict"
ambiguous = "give_up"
requests_per_second = 5
bytes_per_second = "6B"
burst = "2s"
retry.max_attempts = 3
retry.max_age = "1m"
retry.base = "1s"
retry.max = "4s"
retry.budget = 0.5
dead_letters.max_count = 7
dead_letters.max_bytes = "8KiB"
dead_letters.max_age = "1h"
)"));
  EXPECT_EQ(options.hub, "chat");
  EXPECT_EQ(options.order.ordering, Ordering::kStrict);
  EXPECT_TRUE(options.give_up_ambiguous);
  EXPECT_EQ(options.requests_per_second, 5);
  EXPECT_EQ(options.bytes_per_second, 6);
  EXPECT_EQ(options.burst, seconds(2));
  EXPECT_EQ(options.retry.max_attempts, 3U);
  EXPECT_EQ(options.retry.max_age, std::chrono::minutes(1));
  EXPECT_EQ(options.retry.base, seconds(1));
  EXPECT_EQ(options.retry.max, seconds(4));
  EXPECT_EQ(options.retry.budget, 0.5);
  EXPECT_EQ(options.dead_letters.max_count, 7U);
  EXPECT_EQ(options.dead_letters.max_bytes, 8192U);
  EXPECT_EQ(options.dead_letters.max_age, std::chrono::hours(1));
}

TEST(Options, OfCoalescingAreTheHubs) {
  const CoalesceOptions options = pipeline_options(plan_of(R"(
[hubs.chat]
coalesce.enabled = false
coalesce.supersede = false
coalesce.conflate = false
coalesce.linger = "5ms"
coalesce.fan_out = "users+connections"
coalesce.fan_out_min = 3
coalesce.fan_out_per_second = 4
coalesce.bulk_membership = true
coalesce.max_members = 5
coalesce.max_url_bytes = "2KiB"
[[hubs.chat.merge]]
groups = "telemetry*"
format = "lines"
max_bytes = "1KiB"
)"))
                                      .coalesce;
  EXPECT_FALSE(options.enabled);
  EXPECT_FALSE(options.supersede);
  EXPECT_FALSE(options.conflate);
  EXPECT_EQ(options.linger, milliseconds(5));
  EXPECT_EQ(options.fan_out, CoalesceOptions::FanOut::kUsersAndConnections);
  EXPECT_EQ(options.fan_out_min, 3U);
  EXPECT_EQ(options.fan_out_per_second, 4);
  EXPECT_TRUE(options.bulk_membership);
  EXPECT_EQ(options.max_members, 5U);
  EXPECT_EQ(options.max_url_bytes, 2048U);
  const CoalesceOptions::Merge merge{
      .groups = "telemetry*", .format = MergeFormat::kLines, .max_bytes = 1024};
  EXPECT_EQ(options.merge, std::vector<CoalesceOptions::Merge>{merge});
}

TEST(Options, NeverAllowMoreRequestsThanConnections) {
  EXPECT_EQ(pipeline_options(plan_of("[service]\nmax_connections = 5\n[hubs.chat]\n"
                                     "max_in_flight = 9\n"))
                .max_in_flight,
            5U);
  EXPECT_EQ(pipeline_options(plan_of("[service]\nmax_connections = 50\n[hubs.chat]\n"
                                     "max_in_flight = 9\n"))
                .max_in_flight,
            9U);
}

TEST(Options, HaveTheRulesOfOrder) {
  const OrderOptions order =
      pipeline_options(plan_of("[hubs.chat]\nordering = \"none\"\n[[hubs.chat.order]]\n"
                               "groups = \"a*\"\nordering = \"target\"\n"))
          .order;
  EXPECT_EQ(order.ordering, Ordering::kNone);
  ASSERT_EQ(order.rules.size(), 1U);
  EXPECT_EQ(order.rules[0].groups, "a*");
  EXPECT_EQ(order.rules[0].ordering, Ordering::kTarget);
}

TEST(Options, OfTheQueueAreTheHubs) {
  const HubQueue::Options blocking = queue_options(
      plan_of("[hubs.chat]\nmax_queued_bytes = \"1MiB\"\nmax_producer_share = 0.25\n"), 3);
  EXPECT_EQ(blocking.hub, "chat");
  EXPECT_EQ(blocking.intake_threads, 3);
  EXPECT_TRUE(blocking.block_when_full);
  EXPECT_EQ(blocking.budget.max_bytes, uint64_t{1} << 20U);
  EXPECT_EQ(blocking.budget.max_producer_share, 0.25);
  EXPECT_FALSE(queue_options(plan_of("[hubs.chat]\nwhen_full = \"reject\"\n"), 1).block_when_full);
}

TEST(Options, OfTheLogHaveSeveralSegmentsInEachBound) {
  SpoolConfig spool;
  EXPECT_EQ(log_options(plan_of("[hubs.chat]\n"), spool).segment_bytes, 64 * kMebibyte);
  EXPECT_EQ(log_options(plan_of("[hubs.chat]\n"), spool).max_bytes, 0U);
  const LogOptions own = log_options(plan_of("[hubs.chat]\nspool_max_bytes = \"32MiB\"\n"), spool);
  EXPECT_EQ(own.segment_bytes, 4 * kMebibyte);
  EXPECT_EQ(own.max_bytes, 32 * kMebibyte);
  spool.max_bytes = 16 * kMebibyte;
  EXPECT_EQ(log_options(plan_of("[hubs.chat]\n"), spool).segment_bytes, 2 * kMebibyte);
  spool.segment_bytes = kMebibyte;
  EXPECT_EQ(log_options(plan_of("[hubs.chat]\n"), spool).segment_bytes, kMebibyte);
}

// Else a hub that has so much at once would wait for room for ever.
TEST(Options, OfACommitAreLessThanTheLogMayHave) {
  SpoolConfig spool;
  spool.commit_bytes = 64 * kMebibyte;
  const auto commit_bytes = [&](const std::string& hub) {
    return committer_options(plan_of("[hubs.chat]\n" + hub), spool, 1).commit_bytes;
  };
  EXPECT_EQ(commit_bytes(""), 64 * kMebibyte);
  EXPECT_EQ(commit_bytes("spool_max_bytes = \"16MiB\"\n"), 2 * kMebibyte);
  spool.max_bytes = 128 * kMebibyte;
  EXPECT_EQ(commit_bytes(""), 16 * kMebibyte);
}

TEST(Options, OfKnownIdsAreTheHubsEverywhere) {
  const HubPlan plan = plan_of("[hubs.chat]\ndedupe_window = \"5m\"\ndedupe_max_ids = 7\n");
  const KnownIds::Options ids = known_ids_options(plan);
  EXPECT_EQ(ids.window, std::chrono::minutes(5));
  EXPECT_EQ(ids.most, 7U);
  EXPECT_EQ(committer_options(plan, {}, 1).ids.most, 7U);
  EXPECT_EQ(committer_options(plan, {}, 1).ids.window, std::chrono::minutes(5));
  EXPECT_EQ(log_options(plan, {}).max_ids, 7U);
  EXPECT_EQ(log_options(plan, {}).id_window, std::chrono::minutes(5));
  EXPECT_EQ(intake_hubs({plan})->front().dedupe_window, std::chrono::minutes(5));
}

TEST(Options, OfNoWindowAreNoIds) {
  const HubPlan plan = plan_of("[hubs.chat]\ndedupe_window = \"0s\"\n");
  EXPECT_EQ(known_ids_options(plan).most, 0U);
  EXPECT_EQ(log_options(plan, {}).max_ids, 0U);
}

TEST(Options, OfTheSpaceAreTheSpools) {
  SpoolConfig spool;
  spool.path = "/s";
  spool.max_bytes = 7;
  spool.min_free_bytes = 8;
  const SpoolSpace::Options options = space_options(spool);
  EXPECT_EQ(options.path, "/s");
  EXPECT_EQ(options.max_bytes, 7U);
  EXPECT_EQ(options.min_free_bytes, 8U);
}

TEST(Options, OfTheSenderAndTheEndpointAreTheServices) {
  const HubPlan plan = plan_of(R"(
[service]
requests_per_second = 10
bytes_per_second = "20B"
burst = "3s"
retry_after_max = "4s"
timeout = "5s"
[hubs.chat]
)");
  const Sender::Options sender = sender_options(plan);
  EXPECT_EQ(sender.endpoint_url, "https://main.example");
  EXPECT_EQ(sender.hub, "chat");
  EXPECT_EQ(sender.timeout, seconds(5));
  const EndpointState::Options endpoint = endpoint_options(plan.service);
  EXPECT_EQ(endpoint.requests_per_second, 10);
  EXPECT_EQ(endpoint.bytes_per_second, 20);
  EXPECT_EQ(endpoint.burst, seconds(3));
  EXPECT_EQ(endpoint.retry_after_max, seconds(4));
}

TEST(Options, LeadNoManagedIdentityThroughAProxy) {
  HubPlan plan{.hub = "chat", .endpoint_url = "https://main.example"};
  plan.service.proxy = "http://proxy:1";
  plan.proxy_credentials = "u:p";
  plan.service.ca_file = "/ca";
  plan.identity = EntraIdentity{.flow = EntraFlow::kInstanceMetadata};
  EXPECT_EQ(token_transport_options(plan).proxy, "");
  EXPECT_EQ(token_transport_options(plan).proxy_credentials, "");
  EXPECT_EQ(transport_options(plan).proxy, "http://proxy:1");
  plan.identity->flow = EntraFlow::kClientSecret;
  EXPECT_EQ(token_transport_options(plan).proxy, "http://proxy:1");
  EXPECT_EQ(token_transport_options(plan).proxy_credentials, "u:p");
  EXPECT_EQ(token_transport_options(plan).ca_file, "/ca");
}

TEST(Options, OfTheGatewayGiveTheFirstHeadItsTime) {
  const http_server::Limits limits = gateway_limits(GatewayConfig(), 100);
  EXPECT_EQ(limits.stranger_time, seconds(10));
  EXPECT_EQ(limits.request_time, seconds(10));
  EXPECT_EQ(limits.body_time, seconds(30));
  EXPECT_EQ(limits.idle_time, seconds(75));
  EXPECT_EQ(limits.max_connections, 100U);
}

// Else writes that wait for a full hub could take all of it.
TEST(Options, OfTheGatewayHoldAQuarterOfItsRoomForAHub) {
  GatewayConfig gateway;
  gateway.max_partial_bytes = uint64_t{8} << 20U;
  gateway.max_connections = 100;
  EXPECT_EQ(door_limits(gateway, 2).held.max_bytes, size_t{2} << 20U);
  EXPECT_EQ(door_limits(gateway, 2).held.max_writes, 25U);
}

TEST(Options, NameTheKeyOfAUserThatIsNotThere) {
  const auto socket =
      socket_options(config_of("[socket]\nallow_users = [\"nobody-of-this-name\"]\n[hubs.chat]\n"));
  ASSERT_FALSE(socket.ok());
  EXPECT_TRUE(socket.error().message.starts_with("socket.allow_users")) << socket.error().message;
  const auto hubs =
      intake_hubs({plan_of("[hubs.chat]\nallow_users = [\"nobody-of-this-name\"]\n")});
  ASSERT_FALSE(hubs.ok());
  EXPECT_TRUE(hubs.error().message.starts_with("hubs.chat.allow_users")) << hubs.error().message;
}

TEST(Options, RecordsHaveAQuarterOfADurableHubsMemory) {
  HubPlan plan = plan_of("[hubs.chat]\nmax_queued_bytes = \"64MiB\"\nwhen_full = \"reject\"\n");
  EXPECT_EQ(window_options(plan).budget.max_bytes, 64 * kMebibyte);
  EXPECT_EQ(records_options(plan, 3).budget.max_bytes, 0U) << "no stream may address it";
  plan.takes_records = true;
  EXPECT_EQ(window_options(plan).budget.max_bytes, 48 * kMebibyte);
  const HubQueue::Options records = records_options(plan, 3);
  EXPECT_EQ(records.budget.max_bytes, 16 * kMebibyte);
  EXPECT_EQ(records.budget.charges, &Account::window_bytes);
  EXPECT_EQ(records.intake_threads, 3);
  EXPECT_EQ(queue_options(plan, 3).budget.max_bytes, 64 * kMebibyte) << "of a hub in memory";
}

}  // namespace
}  // namespace awps
