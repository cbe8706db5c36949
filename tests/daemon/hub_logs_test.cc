// The logs of hubs: who needs one, the lock of the spool, and what is left of earlier runs.

#include "daemon/awpsd/hub_logs.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/daemon/daemon_harness.h"
#include "tests/support/as_nobody.h"
#include "tests/support/test_folder.h"

namespace awps {
namespace {

const LogProgress kNobody = [](uint64_t, uint64_t) {};

HubPlan plan_of(const std::string& hub, bool is_durable = true,
                const std::string& host = "https://main.example") {
  HubPlan plan{.hub = hub, .endpoint_url = host};
  if (is_durable) plan.config.durability = HubConfig::Durability::kDurable;
  return plan;
}

class HubLogsTest : public testing::Test {
 protected:
  SpoolConfig config() const {
    SpoolConfig spool;
    spool.path = folder_.file("spool.path");
    spool.min_free_bytes = 0;
    return spool;
  }
  /// One record is accepted, and not settled; the daemon ends.
  void leave_a_record(const HubPlan& plan) {
    HubLogs logs(config(), clock_);
    ASSERT_TRUE(logs.lock().ok());
    const OpenedLog opened = logs.open(plan, kNobody);
    ASSERT_NE(opened.log, nullptr) << opened.error;
    opened.log->add(std::string("\3\0\0\0abc", 7), 1);
    ASSERT_TRUE(opened.log->commit(clock_.wall_now()).ok());
  }

  TestFolder folder_;
  FakeClock clock_;
};

TEST_F(HubLogsTest, NothingIsMadeForHubsInMemory) {
  const HubLogs logs(config(), clock_);
  EXPECT_FALSE(logs.is_needed_by(plan_of("chat", /*is_durable=*/false)));
  EXPECT_FALSE(std::filesystem::exists(config().path));
}

TEST_F(HubLogsTest, ADurableHubNeedsOne) {
  const HubLogs logs(config(), clock_);
  EXPECT_TRUE(logs.is_needed_by(plan_of("chat")));
}

TEST_F(HubLogsTest, AHubThatWasDurableNeedsItsLogUntilThatIsEmpty) {
  leave_a_record(plan_of("chat"));
  HubLogs logs(config(), clock_);
  EXPECT_TRUE(logs.is_needed_by(plan_of("chat", /*is_durable=*/false)));
  EXPECT_FALSE(logs.is_needed_by(plan_of("news", /*is_durable=*/false)));
}

TEST_F(HubLogsTest, AHubInMemoryRefusesWhereItCannotTellWhatIsLeft) {
  leave_a_record(plan_of("chat"));
  std::filesystem::permissions(config().path + "/spool/chat", std::filesystem::perms(0770));
  HubLogs logs(config(), clock_);
  EXPECT_TRUE(logs.is_needed_by(plan_of("chat", /*is_durable=*/false)));
  const auto opened = logs.open_if_needed(plan_of("chat", /*is_durable=*/false), kNobody);
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->log, nullptr);
  EXPECT_NE(opened->error.find("chmod go-w"), std::string::npos) << opened->error;
}

TEST_F(HubLogsTest, WhereItCannotHaveWrittenNothingIsLeft) {
  const HubPlan chat = plan_of("chat", /*is_durable=*/false);
  leave_a_record(plan_of("news"));
  EXPECT_FALSE(HubLogs(config(), clock_).is_needed_by(chat)) << "its folder is not there";
  leave_a_record(plan_of("chat"));
  const std::string above = config().path + "/spool";
  std::filesystem::permissions(above, std::filesystem::perms::none);
  {
    const AsNobody nobody;
    HubLogs logs(config(), clock_);
    EXPECT_FALSE(logs.is_needed_by(chat)) << "its folder cannot be entered";
    EXPECT_FALSE(logs.open_if_needed(chat, kNobody).has_value());
  }
  std::filesystem::permissions(above, std::filesystem::perms(0700));
  EXPECT_TRUE(HubLogs(config(), clock_).is_needed_by(chat));
}

TEST_F(HubLogsTest, FindsWhatTheLastRunLeft) {
  leave_a_record(plan_of("chat"));
  HubLogs logs(config(), clock_);
  ASSERT_TRUE(logs.lock().ok());
  uint64_t told = 0;
  const OpenedLog opened =
      logs.open(plan_of("chat"), [&](uint64_t done, uint64_t all) { told += done <= all; });
  ASSERT_NE(opened.log, nullptr) << opened.error;
  EXPECT_EQ(opened.log->recovery().records, 1U);
  EXPECT_FALSE(opened.log->recovery().other_store);
  EXPECT_EQ(logs.space().used(), opened.log->status().bytes);
  EXPECT_GT(told, 0U);
}

TEST_F(HubLogsTest, SeesThatTheServiceIsAnotherOne) {
  leave_a_record(plan_of("chat"));
  HubLogs logs(config(), clock_);
  ASSERT_TRUE(logs.lock().ok());
  const OpenedLog opened = logs.open(plan_of("chat", true, "https://other.example"), kNobody);
  ASSERT_NE(opened.log, nullptr) << opened.error;
  EXPECT_TRUE(opened.log->recovery().other_store);
}

TEST_F(HubLogsTest, AnotherPortIsNoOtherService) {
  leave_a_record(plan_of("chat", true, "http://localhost:8080"));
  HubLogs logs(config(), clock_);
  ASSERT_TRUE(logs.lock().ok());
  EXPECT_FALSE(logs.open(plan_of("chat", true, "http://localhost:8081"), kNobody)
                   .log->recovery()
                   .other_store);
}

TEST_F(HubLogsTest, OneDaemonAtATimeHasThem) {
  HubLogs first(config(), clock_);
  ASSERT_TRUE(first.lock().ok());
  EXPECT_TRUE(first.lock().ok()) << "it is held already";
  HubLogs second(config(), clock_);
  const auto refused = second.lock();
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(refused.error().is_held);
  EXPECT_NE(refused.error().message.find(std::to_string(::getpid())), std::string::npos)
      << refused.error().message;
}

TEST_F(HubLogsTest, AFolderThatCannotBeMadeIsNamed) {
  SpoolConfig spool = config();
  spool.path = folder_.write("file", "no folder") + "/spool";
  HubLogs logs(spool, clock_);
  const auto refused = logs.lock();
  ASSERT_FALSE(refused.ok());
  EXPECT_FALSE(refused.error().is_held);
  EXPECT_NE(refused.error().message.find("correct spool.path"), std::string::npos);
}

TEST_F(HubLogsTest, OneThatCannotBeReadSaysWhy) {
  leave_a_record(plan_of("chat"));
  std::filesystem::permissions(config().path + "/spool/chat", std::filesystem::perms(0777));
  HubLogs logs(config(), clock_);
  ASSERT_TRUE(logs.lock().ok());
  const OpenedLog opened = logs.open(plan_of("chat"), kNobody);
  EXPECT_EQ(opened.log, nullptr);
  EXPECT_NE(opened.error.find("chat"), std::string::npos) << opened.error;
}

TEST_F(HubLogsTest, ListsWhatIsLeftOfHubsThatAreNotConfigured) {
  leave_a_record(plan_of("chat"));
  leave_a_record(plan_of("news"));
  leave_a_record(plan_of("old.one"));
  std::filesystem::create_directory(config().path + "/spool/empty");
  std::filesystem::create_directory(config().path + "/spool/no hub");
  const HubLogs logs(config(), clock_);
  EXPECT_EQ(logs.others_than({"chat"}), (std::vector<std::string>{"news", "old.one"}));
  EXPECT_EQ(logs.others_than({"chat", "news", "old.one"}), std::vector<std::string>{});
}

}  // namespace
}  // namespace awps
