// What --check-config and a start say of the spool that is no mistake; and that looking changes
// nothing.

#include "daemon/awpsd/spool_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "daemon/awpsd/hub_logs.h"
#include "spool/bytes.h"
#include "spool/segment_header.h"
#include "tests/daemon/daemon_harness.h"
#include "tests/support/test_folder.h"

namespace awps {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SpoolCheck : public testing::Test {
 protected:
  SpoolCheck() {
    config_.spool.path = folder_.file("spool.path");
    config_.spool.min_free_bytes = 0;
  }

  static HubPlan durable(const std::string& hub, const std::string& url = "https://main.example") {
    HubPlan plan{.hub = hub, .endpoint_url = url};
    plan.config.durability = HubConfig::Durability::kDurable;
    return plan;
  }
  static HubPlan in_memory(const std::string& hub) {
    return {.hub = hub, .endpoint_url = "https://main.example"};
  }

  // A daemon has accepted one record of so many bytes, and has ended.
  void leave(const HubPlan& plan, size_t bytes = 100) {
    HubLogs logs(config_.spool, clock_);
    ASSERT_TRUE(logs.lock().ok());
    const OpenedLog opened = logs.open(plan, [](uint64_t, uint64_t) {});
    ASSERT_NE(opened.log, nullptr) << opened.error;
    std::string record;
    add_number(record, static_cast<uint32_t>(bytes));
    opened.log->add(record.append(bytes, 'r'), 1);
    ASSERT_TRUE(opened.log->commit(clock_.wall_now()).ok());
    opened.log->tend(clock_.wall_now(), /*is_idle=*/false);
  }

  std::vector<std::string> doubts(const std::vector<HubPlan>& hubs) const {
    return doubts_about_spool(config_, {.hubs = hubs, .default_hub = ""});
  }

  std::string folder_of(const std::string& hub) const {
    return config_.spool.path + "/spool/" + hub;
  }
  static std::string content(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }
  // Of all files: their bytes, and when they were written.
  std::map<std::string, std::string> snapshot() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(config_.spool.path)) {
      const auto time = entry.last_write_time().time_since_epoch().count();
      files[entry.path()] = std::to_string(time) + " " +
                            (entry.is_regular_file() ? content(entry.path()) : "a folder");
    }
    return files;
  }

  TestFolder folder_;
  FakeClock clock_;
  Config config_;
};

TEST_F(SpoolCheck, WithoutASpoolThereIsNothingToSay) {
  EXPECT_THAT(doubts({durable("chat"), in_memory("news")}), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(config_.spool.path)) << "it only looks";
}

TEST_F(SpoolCheck, OfASoundLogThereIsNothingToSay) {
  leave(durable("chat"));
  leave(durable("news"));
  EXPECT_THAT(doubts({durable("chat"), in_memory("news")}), IsEmpty());
}

TEST_F(SpoolCheck, SaysThatALogOfANewerVersionWouldBeRefused) {
  leave(durable("chat"));
  leave(durable("news"));
  const std::string path = folder_of("chat") + "/" + segment_name(1);
  std::string bytes = content(path);
  put_number(bytes.data() + 10, uint16_t{2});  // the oldest reader
  const size_t checked = SegmentHeader::kBytes - sizeof(uint32_t);
  put_number(bytes.data() + checked, crc32c(bytes.substr(0, checked)));
  std::ofstream(path, std::ios::binary) << bytes;
  EXPECT_THAT(doubts({durable("chat"), durable("news")}),
              ElementsAre(AllOf(HasSubstr("hub 'chat' would refuse its actions"),
                                HasSubstr("newer version of awpsd"))));
}

TEST_F(SpoolCheck, SaysThatAFolderOthersMayWriteToWouldBeRefused) {
  leave(durable("chat"));
  leave(durable("news"));
  for (const std::string hub : {"chat", "news"}) {
    std::filesystem::permissions(folder_of(hub), std::filesystem::perms(0770));
  }
  const auto would_refuse = [](const std::string& hub) {
    return AllOf(HasSubstr("hub '" + hub + "' would refuse its actions"), HasSubstr("chmod go-w"));
  };
  EXPECT_THAT(doubts({durable("chat"), in_memory("news")}),
              ElementsAre(would_refuse("chat"), would_refuse("news")));
}

TEST_F(SpoolCheck, SaysThatActionsWereAcceptedForAnotherService) {
  leave(durable("chat"));
  EXPECT_THAT(doubts({durable("chat", "https://other.example")}),
              ElementsAre(AllOf(
                  HasSubstr("hub 'chat' has 1 actions on disk that were accepted for another"),
                  HasSubstr("`awpsctl resume chat`"))));
}

TEST_F(SpoolCheck, SaysWhoHasTheSpoolIfAHubNeedsIt) {
  HubLogs daemon(config_.spool, clock_);
  ASSERT_TRUE(daemon.lock().ok());
  const std::string we = "pid " + std::to_string(::getpid());
  EXPECT_THAT(doubts({durable("chat")}),
              ElementsAre(AllOf(HasSubstr("a daemon has '" + config_.spool.path + "' now"),
                                HasSubstr(we))));
  EXPECT_THAT(doubts({in_memory("chat")}), IsEmpty()) << "it needs none";
}

TEST_F(SpoolCheck, ChangesNothing) {
  leave(durable("chat"), /*bytes=*/600'000);
  leave(durable("news"));
  // The next segment is there, and not begun.
  const std::string next = content(folder_of("chat") + "/" + segment_name(2));
  ASSERT_FALSE(next.empty());
  ASSERT_EQ(next.find_first_not_of('\0'), std::string::npos);
  const auto before = snapshot();
  EXPECT_THAT(doubts({durable("chat"), in_memory("news")}), IsEmpty());
  EXPECT_THAT(doubts({durable("chat", "https://other.example")}).size(), 1U);
  EXPECT_EQ(snapshot(), before);
}

TEST_F(SpoolCheck, SaysWhichDeadLettersWouldStayInMemory) {
  const HubPlan hub{.hub = "chat"};
  EXPECT_TRUE(doubts({hub}).empty());
  std::string bytes = to_bytes({.number = 1, .kind = SegmentHeader::kLetters});
  put_number(bytes.data() + 10, uint16_t{9});  // the oldest reader
  const size_t checked = SegmentHeader::kBytes - sizeof(uint32_t);
  put_number(bytes.data() + checked, crc32c(bytes.substr(0, checked)));
  std::filesystem::create_directories(folder_of("chat"));
  std::filesystem::permissions(folder_of("chat"), std::filesystem::perms(0700));
  std::ofstream(folder_of("chat") + "/" + segment_name(1, SegmentHeader::kLetters)) << bytes;
  const std::vector<std::string> lines = doubts({hub});
  ASSERT_FALSE(lines.empty());
  EXPECT_NE(lines.front().find("dead letters of hub 'chat' would stay in memory"),
            std::string::npos);
}

}  // namespace
}  // namespace awps
