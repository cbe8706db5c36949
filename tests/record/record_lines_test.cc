#include "record/record_lines.h"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

namespace awps {
namespace {

// "7:a 7:b#1 …": the producer, the data, and the ordered batch of each record.
struct Row {
  const char* name;
  std::string records;
  std::vector<std::string> lines;  // "2 b,c": how many actions, and their data
};

std::ostream& operator<<(std::ostream& out, const Row& row) {
  return out << row.name;
}

// They borrow from the text.
std::vector<Record> records_of(const std::string& text) {
  std::vector<Record> records;
  for (size_t at = 0; at < text.size(); at += 5) {
    const bool is_ordered = text[at + 3] == '#';
    records.push_back(
        {.action = {.kind = ActionKind::kSendToAll,
                    .data = std::string_view(text).substr(at + 2, 1)},
         .hub = "chat",
         .origin = {.producer = static_cast<uint64_t>(text[at] - '0'),
                    .seq = records.size() + 1,
                    .ordered_batch = is_ordered ? static_cast<uint32_t>(text[at + 4] - '0') : 0U}});
    if (is_ordered) ++at;
  }
  return records;
}

// Its data in order, and whether it is a batch.
std::string summary(std::string_view line, std::span<const size_t> records) {
  std::string data;
  static constexpr std::string_view kData = R"("data":")";
  for (size_t at = line.find(kData); at != line.npos; at = line.find(kData, at + 1)) {
    data += line[at + kData.size()];
  }
  const bool is_batch =
      line.starts_with(R"({"batch":[{)") && line.ends_with(R"(}],"ordered":true})");
  std::string numbers;
  for (const size_t record : records) numbers += std::to_string(record);
  return numbers + (is_batch ? " batch " : " ") + data;
}

class RecordLinesTable : public testing::TestWithParam<Row> {};

TEST_P(RecordLinesTable, AreWritten) {
  std::vector<std::string> lines;
  RecordLines writer([&](std::string_view line,
                         std::span<const size_t> which) { lines.push_back(summary(line, which)); },
                     1000);
  const std::vector<Record> records = records_of(GetParam().records);
  for (const Record& record : records) writer.expect(record);
  for (const Record& record : records) writer.add(record);
  EXPECT_EQ(lines, GetParam().lines);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, RecordLinesTable,
    testing::Values(
        Row{"Nothing", "", {}}, Row{"OneByOne", "7:a  7:b  8:c  ", {"0 a", "1 b", "2 c"}},
        Row{"ABatchIsOneLine", "7:a#1 7:b#1 7:c#1 ", {"012 batch abc"}},
        Row{"TwoBatchesAreTwo", "7:a#1 7:b#2 7:c#2 ", {"0 batch a", "12 batch bc"}},
        Row{"OfTwoProducersWithOneNumber", "7:a#1 8:b#1 7:c#1 ", {"1 batch b", "02 batch ac"}},
        Row{"WhatCameInBetweenGoesBefore",
            "7:a#1 8:x  7:b#1 7:y  ",
            {"1 x", "02 batch ab", "3 y"}}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(RecordLines, AnElementCarriesNoKeyThatItDidNotHave) {
  std::string written;
  RecordLines writer(
      [&](std::string_view line, std::span<const size_t> /*records*/) { written = line; }, 1000);
  const Record record{.action = {.kind = ActionKind::kSendToAll, .data = "d"},
                      .hub = "chat",
                      .origin = {.producer = 7, .seq = 1, .ordered_batch = 1}};
  writer.expect(record);
  writer.add(record);
  EXPECT_EQ(written,
            R"({"batch":[{"actionName":"sendToAll","hub":"chat","data":"d"}],"ordered":true})");
}

std::vector<std::string> lines_within(size_t max_line_bytes) {
  const std::string text = "7:a#1 7:b#1 8:x  7:c#1 ";
  const std::vector<Record> records = records_of(text);
  std::vector<std::string> lines;
  RecordLines writer(
      [&](std::string_view line, std::span<const size_t> /*records*/) { lines.emplace_back(line); },
      max_line_bytes);
  for (const Record& record : records) writer.expect(record);
  for (const Record& record : records) writer.add(record);
  return lines;
}

TEST(RecordLines, ABatchThatIsTooLongForALineIsSeveralWithOneKey) {
  const size_t needed = lines_within(1000).back().size();
  EXPECT_EQ(lines_within(needed).size(), 2U) << "it fits exactly";
  const std::vector<std::string> lines = lines_within(needed - 1);
  ASSERT_EQ(lines.size(), 4U);
  for (const size_t i : {0U, 1U, 3U}) {
    EXPECT_NE(lines[i].find(R"("orderingKey":"batch-7-1")"), std::string::npos) << lines[i];
  }
  EXPECT_EQ(lines[2].find("orderingKey"), std::string::npos);
}

}  // namespace
}  // namespace awps
