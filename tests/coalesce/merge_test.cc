#include "coalesce/merge.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace awps {
namespace {

using Merge = CoalesceOptions::Merge;

std::string merged(MergeFormat format, const std::vector<std::string_view>& parts) {
  std::string out;
  size_t bytes = 0;
  for (const std::string_view& part : parts) {
    bytes += part.size();
    append_merged(out, format, part, &part == &parts.front());
  }
  end_merged(out, format);
  EXPECT_EQ(out.size(), merged_size(format, parts.size(), bytes));
  return out;
}

TEST(Merge, AJsonArrayIsOneOfOneAsWell) {
  EXPECT_EQ(merged(MergeFormat::kJsonArray, {"{\"a\":1}"}), "[{\"a\":1}]");
  EXPECT_EQ(merged(MergeFormat::kJsonArray, {"1", "\"x\"", "[]"}), "[1,\"x\",[]]");
}

TEST(Merge, LinesAreJoinedAndNotEnded) {
  EXPECT_EQ(merged(MergeFormat::kLines, {"a"}), "a");
  EXPECT_EQ(merged(MergeFormat::kLines, {"a", "", "b"}), "a\n\nb");
}

Action message(std::string_view group, DataType type, std::string_view data) {
  return {.kind = ActionKind::kSendToGroup, .data_type = type, .group = group, .data = data};
}

TEST(MergeRules, TheFirstThatFitsTheGroupCounts) {
  const std::vector<Merge> rules = {{.groups = "log-*", .format = MergeFormat::kLines},
                                    {.groups = "*", .format = MergeFormat::kJsonArray}};
  const MergeRules known(rules);
  EXPECT_EQ(known.rule_for(message("log-a", DataType::kText, "x")), &rules[0]);
  EXPECT_EQ(known.rule_for(message("log-a", DataType::kJson, "1")), nullptr);
  EXPECT_EQ(known.rule_for(message("live", DataType::kJson, "1")), &rules[1]);
  EXPECT_EQ(known.rule_for(message("live", DataType::kText, "x")), nullptr);
  EXPECT_EQ(known.rule_for(message("live", DataType::kBinary, "x")), nullptr);
}

TEST(MergeRules, ATextWithALineFeedIsNoLine) {
  const std::vector<Merge> rules = {{.groups = "*", .format = MergeFormat::kLines}};
  const MergeRules known(rules);
  EXPECT_EQ(known.rule_for(message("g", DataType::kText, "a\nb")), nullptr);
  EXPECT_EQ(known.rule_for(message("g", DataType::kText, "ab")), &rules[0]);
}

TEST(MergeRules, OnlyMessagesOfGroups) {
  const std::vector<Merge> rules = {{.groups = "*"}};
  const MergeRules known(rules);
  EXPECT_EQ(known.rule_for(
                {.kind = ActionKind::kSendToUser, .data_type = DataType::kJson, .member = "g"}),
            nullptr);
}

TEST(MergeRules, FindsTheRuleOfEachOfManyGroups) {
  const std::vector<Merge> rules = {{.groups = "*7"}};
  const MergeRules known(rules);
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 2000; ++i) {
      const std::string group = "g" + std::to_string(i);
      const bool fits = known.rule_for(message(group, DataType::kJson, "1")) != nullptr;
      EXPECT_EQ(fits, i % 10 == 7) << group;
    }
  }
}

constexpr std::string_view kAB[] = {"a", "b"};
constexpr std::string_view kBA[] = {"b", "a"};
const ActionOptions kExcludedAB{.excluded = kAB};
const ActionOptions kExcludedBA{.excluded = kBA};
const ActionOptions kFilter{.filter = "userId eq 'a'"};
const ActionOptions kTtl{.message_ttl_seconds = 1};

TEST(Merge, OnlyWhatGoesToTheSameReceiversInTheSameWay) {
  const Action plain = message("g", DataType::kJson, "1");
  Action other = plain;
  other.data = "2";
  EXPECT_TRUE(merges_with(plain, other));
  for (const ActionOptions* options : {&kExcludedAB, &kFilter, &kTtl}) {
    other.options = options;
    EXPECT_FALSE(merges_with(plain, other));
    Action same = other;
    EXPECT_TRUE(merges_with(same, other));
  }
  Action ab = plain;
  ab.options = &kExcludedAB;
  Action ba = plain;
  ba.options = &kExcludedBA;
  EXPECT_TRUE(merges_with(ab, ba));
  EXPECT_FALSE(merges_with(plain, message("h", DataType::kJson, "1")));
  EXPECT_FALSE(merges_with(plain, message("g", DataType::kText, "1")));
}

}  // namespace
}  // namespace awps
