// What --check-spool says of logs, exports, and ends with.

#include "daemon/awpsd/spool_report.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "daemon/awpsd/hub_logs.h"
#include "record/record.h"
#include "tests/daemon/daemon_harness.h"
#include "tests/support/test_folder.h"

namespace awps {
namespace {

using nlohmann::json;
using std::chrono::seconds;

class SpoolReportTest : public testing::Test {
 protected:
  SpoolReportTest() {
    config_.spool.path = folder_.file("spool.path");
    config_.spool.min_free_bytes = 0;
    plan_.config.durability = HubConfig::Durability::kDurable;
  }

  /// What a daemon accepted and left. Each text is a message to all; `settled` of them, the first
  /// ones, have an outcome.
  void leave(const std::string& hub, const std::vector<std::string>& texts, size_t settled = 0,
             Duration time_to_live = Duration::zero()) {
    std::string records;
    for (const std::string& text : texts) {
      Record record{.action = {.kind = ActionKind::kSendToAll}, .hub = hub};
      record.action.data = text;
      record.action.time_to_live = time_to_live;
      record.accepted_at = clock_.wall_now();
      std::string bytes;
      append_record(bytes, record);
      append(records, bytes);
    }
    leave_records(hub, records, static_cast<uint32_t>(texts.size()), settled);
  }
  void leave_records(const std::string& hub, const std::string& records, uint32_t count,
                     size_t settled = 0) {
    HubLogs logs(config_.spool, clock_);
    ASSERT_TRUE(logs.lock().ok());
    plan_.hub = hub;
    const OpenedLog opened = logs.open(plan_, [](uint64_t, uint64_t) {});
    ASSERT_NE(opened.log, nullptr) << opened.error;
    const Position first = opened.log->add(records, count);
    ASSERT_TRUE(opened.log->commit(clock_.wall_now()).ok());
    if (settled == 0) return;
    opened.log->release({.first = first, .count = settled});
    ASSERT_TRUE(opened.log->commit(clock_.wall_now()).ok());
  }
  static void append(std::string& records, const std::string& bytes) {
    const auto length = static_cast<uint32_t>(bytes.size());
    records.append(reinterpret_cast<const char*>(&length), sizeof length);
    records += bytes;
  }

  ExitCode report(const SpoolReportOptions& options = {}) {
    out_.str("");
    return report_spool(options, config_, clock_, out_);
  }
  bool says(const std::string& words) const { return out_.str().find(words) != std::string::npos; }
  std::vector<json> lines_of(const std::string& path) {
    std::vector<json> lines;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) lines.push_back(json::parse(line));
    return lines;
  }

  TestFolder folder_;
  FakeClock clock_;
  Config config_;
  HubPlan plan_{.hub = "chat", .endpoint_url = "https://main.example"};
  std::ostringstream out_;
};

TEST_F(SpoolReportTest, WithoutASpoolThereIsNothing) {
  EXPECT_EQ(report(), ExitCode::kOk);
  EXPECT_TRUE(says("no hub has anything on disk")) << out_.str();
  EXPECT_FALSE(std::filesystem::exists(config_.spool.path)) << "it only reads";
}

TEST_F(SpoolReportTest, CountsWhatEachHubHas) {
  leave("chat", {"a", "b", "c"}, /*settled=*/1);
  leave("news", {"d"});
  EXPECT_EQ(report(), ExitCode::kOk);
  EXPECT_TRUE(says("hub chat\n  segments    1, ")) << out_.str();
  EXPECT_TRUE(says("  live        2, the oldest from about 20")) << out_.str();
  EXPECT_TRUE(says("  released    1\n")) << out_.str();
  EXPECT_TRUE(says("  lost        0\n  damaged     0\n")) << out_.str();
  EXPECT_TRUE(says("hub news\n")) << out_.str();
}

TEST_F(SpoolReportTest, TellsOfOneHubIfAsked) {
  leave("chat", {"a"});
  leave("news", {"d"});
  EXPECT_EQ(report({.hub = "News"}), ExitCode::kOk);
  EXPECT_FALSE(says("hub chat")) << out_.str();
  EXPECT_TRUE(says("hub news")) << out_.str();
}

TEST_F(SpoolReportTest, AHubThatThereIsNotIsAMistake) {
  leave("chat", {"a"});
  EXPECT_EQ(report({.hub = "other"}), ExitCode::kConfig);
  EXPECT_TRUE(says("there is no hub 'other'")) << out_.str();
  EXPECT_EQ(report({.hub = "../chat"}), ExitCode::kConfig);
  config_.hubs["other"] = {};
  EXPECT_EQ(report({.hub = "other"}), ExitCode::kOk) << "it has nothing on disk yet";
}

TEST_F(SpoolReportTest, ExportsLinesThatCanBeSentAgain) {
  leave("chat", {"a", "b", "c"}, /*settled=*/1, seconds(60));
  clock_.advance(seconds(20));
  const std::string path = folder_.file("lines");
  EXPECT_EQ(report({.export_file = path}), ExitCode::kOk);
  EXPECT_TRUE(says("2 actions are in '" + path + "'")) << out_.str();
  const std::vector<json> lines = lines_of(path);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0]["actionName"], "sendToAll");
  EXPECT_EQ(lines[0]["hub"], "chat");
  EXPECT_EQ(lines[0]["data"], "b");
  EXPECT_EQ(lines[1]["data"], "c");
  EXPECT_EQ(lines[0]["ttlSeconds"], 40);
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(SpoolReportTest, ExportsTheOrderedBatchesOfEachHubApart) {
  for (const std::string hub : {"chat", "news"}) {
    std::string records;
    for (uint64_t seq = 1; seq <= 2; ++seq) {
      std::string bytes;
      append_record(bytes, {.action = {.kind = ActionKind::kSendToAll, .data = "x"},
                            .hub = hub,
                            .origin = {.producer = 7, .seq = seq, .ordered_batch = 1}});
      append(records, bytes);
    }
    leave_records(hub, records, 2);
  }
  const std::string path = folder_.file("lines");
  EXPECT_EQ(report({.export_file = path}), ExitCode::kOk);
  EXPECT_TRUE(says("4 actions are in '" + path + "'")) << out_.str();
  const std::vector<json> lines = lines_of(path);
  ASSERT_EQ(lines.size(), 2U) << "a producer of another log may have the same number";
  for (size_t i = 0; i < 2; ++i) {
    ASSERT_EQ(lines[i]["batch"].size(), 2U);
    EXPECT_EQ(lines[i]["batch"][1]["hub"], i == 0 ? "chat" : "news");
  }
}

TEST_F(SpoolReportTest, LeavesAFileAloneThatIsThere) {
  leave("chat", {"a"});
  const std::string path = folder_.write("lines", "all that is left");
  EXPECT_EQ(report({.export_file = path}), ExitCode::kIoError);
  EXPECT_TRUE(says("which is there already")) << out_.str();
  std::ifstream file(path);
  std::string text;
  std::getline(file, text);
  EXPECT_EQ(text, "all that is left");
}

TEST_F(SpoolReportTest, NamesDamage) {
  leave("chat", {"a", "b"});
  leave("chat", {"c"});  // a later run: what is before it was synced
  std::vector<std::string> segments;
  for (const auto& entry :
       std::filesystem::directory_iterator(config_.spool.path + "/spool/chat")) {
    segments.push_back(entry.path().string());
  }
  std::ranges::sort(segments);
  ASSERT_EQ(segments.size(), 2U);
  std::fstream file(segments[0], std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4096 + 40);
  file.write("\xff\xff\xff\xff", 4);
  file.close();
  const std::string lines = folder_.file("lines");
  EXPECT_EQ(report({.export_file = lines}), ExitCode::kDataError);
  EXPECT_TRUE(says("  lost        2\n    positions 1 to 2\n  damaged     1\n")) << out_.str();
  EXPECT_TRUE(says("bytes from byte 4096 on")) << out_.str();
  ASSERT_EQ(lines_of(lines).size(), 1U) << "the rest is exported";
}

TEST_F(SpoolReportTest, CountsRecordsThatItCannotRead) {
  std::string records;
  append(records, "no record");
  leave_records("chat", records, 1);
  EXPECT_EQ(report(), ExitCode::kDataError);
  EXPECT_TRUE(says("  unreadable  1, which are not exported\n")) << out_.str();
  EXPECT_EQ(report({.export_file = folder_.file("lines")}), ExitCode::kDataError);
  EXPECT_TRUE(says("0 actions are in")) << out_.str();
}

TEST_F(SpoolReportTest, SaysWhatCannotBeRead) {
  leave("chat", {"a"});
  leave("news", {"b"});
  std::filesystem::permissions(config_.spool.path + "/spool/chat", std::filesystem::perms(0777));
  EXPECT_EQ(report(), ExitCode::kIoError);
  EXPECT_TRUE(says("hub chat\n  cannot be read: ")) << out_.str();
  EXPECT_TRUE(says("hub news\n  segments")) << out_.str();
}

TEST_F(SpoolReportTest, GoesOnBesideADaemon) {
  leave("chat", {"a"});
  HubLogs daemon(config_.spool, clock_);
  ASSERT_TRUE(daemon.lock().ok());
  EXPECT_EQ(report(), ExitCode::kOk);
  EXPECT_TRUE(says("a daemon runs (pid " + std::to_string(::getpid()))) << out_.str();
}

}  // namespace
}  // namespace awps
