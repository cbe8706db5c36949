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

}  // namespace
}  // namespace awps
