// What is exported of a log: one line for each action, and for each ordered batch.

#include "daemon/awpsd/spool_export.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "record/record.h"
#include "tests/support/test_folder.h"

namespace awps {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr WallTime kAccepted{std::chrono::hours(24 * 365 * 56)};
constexpr size_t kLineBytes = 10'000;

class SpoolExportTest : public testing::Test {
 protected:
  static std::string record(std::string_view data, const Origin& origin,
                            Duration time_to_live = Duration::zero()) {
    const ActionOptions none;
    Record record{.action = {.kind = ActionKind::kSendToAll}, .hub = "chat", .origin = origin};
    record.action.data = data;
    record.action.options = &none;
    record.action.time_to_live = time_to_live;
    record.accepted_at = kAccepted;
    std::string bytes;
    append_record(bytes, record);
    return bytes;
  }

  // "7:a 7:b#1 …": the producer, the data, and the ordered batch of each record.
  void add(SpoolExport& file, const std::string& records) {
    std::istringstream words(records);
    for (std::string word; words >> word;) {
      const uint32_t batch = word.size() == 5 ? static_cast<uint32_t>(word[4] - '0') : 0;
      const auto producer = static_cast<uint64_t>(word[0] - '0');
      EXPECT_TRUE(file.add(record(word.substr(2, 1),
                                  {.producer = producer, .seq = ++seq_, .ordered_batch = batch})));
    }
  }

  // The data of the actions in each line; of a batch in brackets.
  std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    for (const json& line : json_lines()) {
      if (!line.contains("batch")) {
        lines.push_back(line["data"]);
        continue;
      }
      EXPECT_EQ(line["ordered"], true);
      std::string data;
      for (const json& element : line["batch"]) data += element["data"];
      lines.push_back("[" + data + "]");
    }
    return lines;
  }
  std::vector<json> json_lines() const {
    std::vector<json> lines;
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);) lines.push_back(json::parse(line));
    return lines;
  }

  // How many actions were counted.
  uint64_t export_all(const std::string& records, size_t max_line_bytes = kLineBytes) {
    SpoolExport file(path_, kAccepted, max_line_bytes);
    add(file, records);
    EXPECT_TRUE(file.finish()) << file.error();
    return file.actions();
  }

  TestFolder folder_;
  const std::string path_ = folder_.file("lines");
  uint64_t seq_ = 0;
};

struct Row {
  const char* name;
  const char* records;
  std::vector<std::string> lines;
  uint64_t actions;
};

std::ostream& operator<<(std::ostream& out, const Row& row) {
  return out << row.name;
}

class SpoolExportTable : public SpoolExportTest, public testing::WithParamInterface<Row> {};

TEST_P(SpoolExportTable, ABatchIsOneLine) {
  EXPECT_EQ(export_all(GetParam().records), GetParam().actions);
  EXPECT_EQ(lines(), GetParam().lines);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, SpoolExportTable,
    testing::Values(Row{"Nothing", "", {}, 0}, Row{"InNoBatch", "7:a 8:b 7:c", {"a", "b", "c"}, 3},
                    Row{"OfOneProducer", "7:a 7:b#1 7:c#1 7:d", {"a", "[bc]", "d"}, 4},
                    Row{"OthersInBetweenGoBefore",
                        "7:a#1 8:b 7:c#1 8:d 9:e 7:f#1 8:g 7:h",
                        {"b", "d", "e", "g", "[acf]", "h"},
                        8},
                    Row{"AtTheEnd", "7:a 7:b#1 8:c 7:d#1", {"a", "c", "[bd]"}, 4},
                    Row{"OneAfterAnother", "7:a#1 7:b#1 7:c#2 7:d#2", {"[ab]", "[cd]"}, 4},
                    Row{"OfTwoProducersWithOneNumber",
                        "7:a#1 8:b#1 7:c#1 8:d#1 7:e 8:f",
                        {"[ac]", "e", "[bd]", "f"},
                        6},
                    Row{"OfOneElement", "7:a#1", {"[a]"}, 1}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(SpoolExportTest, AnElementIsAnActionWithItsHub) {
  (void)export_all("7:a#1 7:b#1");
  const std::vector<json> lines = json_lines();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0], json::parse(R"({"batch":[{"actionName":"sendToAll","hub":"chat","data":"a"},
                                               {"actionName":"sendToAll","hub":"chat","data":"b"}],
                                      "ordered":true})"));
}

TEST_F(SpoolExportTest, ABatchThatIsTooLongForALineIsSeveralWithOneKey) {
  EXPECT_EQ(export_all("7:a#1 8:b 7:c#1 7:d", /*max_line_bytes=*/60), 4U);
  const std::vector<json> lines = json_lines();
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_FALSE(lines[0].contains("orderingKey")) << "it is the other producer's";
  EXPECT_EQ(lines[1]["data"], "a");
  EXPECT_EQ(lines[1].value("orderingKey", ""), "batch-7-1");
  EXPECT_EQ(lines[2].value("orderingKey", ""), "batch-7-1");
  EXPECT_FALSE(lines[3].contains("orderingKey"));
}

TEST_F(SpoolExportTest, ATimeToLiveGoesOnInABatchToo) {
  SpoolExport file(path_, kAccepted + seconds(20), kLineBytes);
  const Origin origin{.producer = 7, .seq = 1, .ordered_batch = 1};
  ASSERT_TRUE(file.add(record("a", origin, seconds(60))));
  ASSERT_TRUE(file.add(record("b", origin)));
  ASSERT_TRUE(file.finish());
  const std::vector<json> lines = json_lines();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0]["batch"][0]["ttlSeconds"], 40);
  EXPECT_FALSE(lines[0]["batch"][1].contains("ttlSeconds"));
}

TEST_F(SpoolExportTest, WhatIsNoRecordIsLeftOutOfABatch) {
  SpoolExport file(path_, kAccepted, kLineBytes);
  add(file, "7:a#1");
  EXPECT_FALSE(file.add("no record"));
  add(file, "7:b#1");
  EXPECT_TRUE(file.finish());
  EXPECT_EQ(file.actions(), 2U);
  EXPECT_EQ(lines(), std::vector<std::string>{"[ab]"});
}

// Runs and connections of two logs may have the same numbers.
TEST_F(SpoolExportTest, ABatchEndsWithItsLog) {
  SpoolExport file(path_, kAccepted, kLineBytes);
  add(file, "7:a#1 7:b#1");
  file.end_log();
  add(file, "7:c#1 8:d");
  EXPECT_TRUE(file.finish());
  EXPECT_EQ(lines(), (std::vector<std::string>{"[ab]", "d", "[c]"}));
}

TEST_F(SpoolExportTest, AFileThatIsNotFinishedIsRemoved) {
  {
    SpoolExport file(path_, kAccepted, kLineBytes);
    add(file, "7:a 7:b#1");
    EXPECT_TRUE(std::filesystem::exists(path_));
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace awps
