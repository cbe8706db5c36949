#include "daemon/awpsd/file_shares.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

Plan hubs(size_t count) {
  Plan plan;
  plan.hubs.resize(count);
  return plan;
}

TEST(FileShares, AreWhatIsConfiguredWhereFilesSuffice) {
  const auto shares = share_files(65'536, {}, hubs(10));
  ASSERT_TRUE(shares.ok());
  EXPECT_EQ(shares->producers, 4096U);
  EXPECT_EQ(shares->operators, 64U);
  EXPECT_EQ(shares->each_hub, 64U);
  EXPECT_EQ(shares->lowered, "");
}

TEST(FileShares, LeaveDeliveryItsFilesBeforeProducers) {
  const auto shares = share_files(1024, {}, hubs(1));
  ASSERT_TRUE(shares.ok());
  EXPECT_EQ(shares->each_hub, 64U);
  EXPECT_EQ(shares->operators, 64U);
  EXPECT_LT(shares->producers, 1024U - 128U);
  EXPECT_GT(shares->producers, 800U);
  EXPECT_NE(shares->lowered.find("LimitNOFILE"), std::string::npos);
}

TEST(FileShares, LeaveSomeToEachWhereFilesAreFew) {
  for (uint64_t files = 36; files < 300; ++files) {
    const auto shares = share_files(files, {}, hubs(1));
    if (!shares) continue;
    EXPECT_GE(shares->producers, 1U);
    EXPECT_GE(shares->operators, 2U);
    EXPECT_GE(shares->each_hub, 1U);
    EXPECT_LE(shares->producers + shares->operators + shares->each_hub, files - 32);
  }
  EXPECT_TRUE(share_files(64, {}, hubs(1)).ok());
}

TEST(FileShares, LeaveDurableHubsTheFilesOfTheirLogs) {
  Plan durable = hubs(2);
  durable.hubs[1].config.durability = HubConfig::Durability::kDurable;
  const auto without = share_files(1024, {}, hubs(2));
  const auto with = share_files(1024, {}, durable);
  ASSERT_TRUE(without.ok() && with.ok());
  EXPECT_EQ(with->producers + 6, without->producers);
}

TEST(FileShares, LeaveStreamsTheFilesOfTheirBrokers) {
  Plan plan = hubs(1);
  plan.streams.resize(2);
  const auto one_each = share_files(1024, {}, plan);
  plan.streams[1].config.dead_letters = "awps-dead";
  const auto and_a_writer = share_files(1024, {}, plan);
  const auto without = share_files(1024, {}, hubs(1));
  ASSERT_TRUE(without.ok() && one_each.ok() && and_a_writer.ok());
  EXPECT_EQ(one_each->producers + 64, without->producers);
  EXPECT_EQ(and_a_writer->producers + 96, without->producers);
}

Config with_gateway(uint64_t connections) {
  Config config;
  config.gateway.listen = "127.0.0.1:8089";
  config.gateway.max_connections = connections;
  return config;
}

TEST(FileShares, GiveTheGatewayItsConnections) {
  const auto shares = share_files(65'536, with_gateway(4096), hubs(10));
  ASSERT_TRUE(shares.ok());
  EXPECT_EQ(shares->producers, 4096U);
  EXPECT_EQ(shares->gateway, 4096U);
  EXPECT_EQ(shares->lowered, "");
  EXPECT_EQ(share_files(65'536, {}, hubs(10))->gateway, 0U);
}

TEST(FileShares, AreSplitBetweenSocketAndGatewayAsTheyAreConfigured) {
  const auto shares = share_files(1024, with_gateway(12'288), hubs(1));
  ASSERT_TRUE(shares.ok());
  EXPECT_NEAR(static_cast<double>(shares->gateway), 3.0 * static_cast<double>(shares->producers),
              4.0);
  EXPECT_NE(shares->lowered.find(std::to_string(shares->gateway) + " of the gateway"),
            std::string::npos);
  EXPECT_NE(shares->lowered.find("gateway.max_connections"), std::string::npos);
}

TEST(FileShares, LeaveSomeToTheGatewayWhereFilesAreFew) {
  for (uint64_t files = 36; files < 300; ++files) {
    const auto shares = share_files(files, with_gateway(1), hubs(1));
    if (!shares) continue;
    EXPECT_GE(shares->gateway, 1U);
    EXPECT_GE(shares->producers, 1U);
  }
}

// A thread asks each service for reads, by connections of its own.
TEST(FileShares, LeaveTheGatewaysReadsTheirFiles) {
  Plan plan = hubs(3);
  plan.hubs[2].endpoint_url = "https://other.example";
  Config config = with_gateway(1);
  config.gateway.max_reads = 16;
  const auto many = share_files(1024, config, plan);
  config.gateway.max_reads = 1;
  const auto few = share_files(1024, config, plan);
  ASSERT_TRUE(many.ok() && few.ok());
  EXPECT_EQ(many->producers + many->gateway + 2 * 15, few->producers + few->gateway);
}

TEST(FileShares, SayWhenTheyDoNotSuffice) {
  const auto shares = share_files(64, {}, hubs(20));
  ASSERT_FALSE(shares.ok());
  EXPECT_NE(shares.error().message.find("20 hubs need"), std::string::npos);
  EXPECT_NE(shares.error().message.find("LimitNOFILE"), std::string::npos);
}

}  // namespace
}  // namespace awps
