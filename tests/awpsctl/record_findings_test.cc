// What `awpsctl stream check` says of the records of a topic.

#include "daemon/awpsctl/records/record_findings.h"

#include <awps/client/stream.h>

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/terminal_text.h"

namespace awps {
namespace {

constexpr int32_t kPartitions = 8;

int32_t right_partition(const std::string& key) {
  return client::stream_partition(key, kPartitions).value();
}

std::string send_to(const std::string& group) {
  return R"({"actionName":"sendToGroup","group":")" + group + R"(","data":"x"})";
}

/// A topic whose hub is "chat".
class Topic {
 public:
  Topic& add(int32_t partition, const std::optional<std::string>& key, const std::string& value) {
    const std::string bytes = key.value_or("");
    findings_.take(partition,
                   {.offset = offset_++, .has_key = key.has_value(), .key = bytes, .value = value});
    return *this;
  }
  Topic& add_right(const std::string& group) {
    const std::string key = "chat/g/" + group;
    return add(right_partition(key), key, send_to(group));
  }
  Topic& add_tombstone(const std::string& key) {
    findings_.take(right_partition(key),
                   {.offset = offset_++, .has_key = true, .key = key, .is_tombstone = true});
    return *this;
  }

  std::string text() const {
    std::vector<std::string> words;
    for (const Note& note : findings_.notes(kPartitions)) {
      words.push_back((note.severity == Colour::kBad       ? "bad "
                       : note.severity == Colour::kWarning ? "warning "
                                                           : "ok ") +
                      note.subject + ": " + note.text);
    }
    return joined(words, "\n");
  }
  Json json() const { return findings_.json(kPartitions); }

 private:
  RecordFindings findings_{{.hub = "chat", .problem_of_hub = [](std::string_view hub) {
                              return std::string(hub == "chat" ? "" : "not this hub");
                            }}};
  int64_t offset_ = 17;
};

TEST(RecordFindings, AreGoodWhereAllIsWell) {
  Topic topic;
  for (const char* group : {"a", "b", "c", "a"}) topic.add_right(group);
  topic.add_tombstone("chat/g/a");
  EXPECT_EQ(topic.text(), "ok records: 5 records with 3 keys in 8 partitions: all is well");
  const Json json = topic.json();
  EXPECT_EQ(json["records"], 5);
  EXPECT_EQ(json["tombstones"], 1);
  EXPECT_EQ(json["keys"], 3);
  EXPECT_EQ(json["splitKeys"]["count"], 0);
  EXPECT_EQ(json["refused"]["count"], 0);
}

TEST(RecordFindings, NameKeysInTwoPartitions) {
  Topic topic;
  topic.add(1, "chat/g/a", send_to("a")).add(5, "chat/g/a", send_to("a"));
  EXPECT_TRUE(topic.text().starts_with(
      "bad keys: 1 key is in more than one partition, so that their actions have no order: "
      "'chat/g/a' in 1 and 5"))
      << topic.text();
  EXPECT_EQ(topic.json()["splitKeys"], Json::parse(R"({"count": 1, "first": [
                                           {"key": "chat/g/a", "partitions": [1, 5]}]})"));
}

TEST(RecordFindings, NameKeysThatAnotherPartitionerHasPlaced) {
  const int32_t wrong = (right_partition("chat/g/a") + 1) % kPartitions;
  Topic topic;
  topic.add(wrong, "chat/g/a", send_to("a"));
  EXPECT_NE(topic.text().find("warning partitions: 1 key is not in the partition of Kafka's Java "
                              "client: 'chat/g/a' is in " +
                              std::to_string(wrong)),
            std::string::npos)
      << topic.text();
  EXPECT_EQ(topic.json()["misplacedKeys"]["first"][0]["belongsIn"], right_partition("chat/g/a"));
}

TEST(RecordFindings, CountRecordsWithoutAKey) {
  Topic topic;
  topic.add(3, std::nullopt, send_to("a")).add(3, std::nullopt, send_to("b"));
  topic.add(6, std::nullopt, send_to("a"));
  EXPECT_NE(topic.text().find("warning no key: 3 records have no key, in partition 3 and 6"),
            std::string::npos)
      << topic.text();
  EXPECT_EQ(topic.json()["withoutKey"], Json::parse(R"({"3": 2, "6": 1})"));
}

TEST(RecordFindings, AnEmptyKeyIsAKey) {
  Topic topic;
  topic.add(right_partition(""), "", send_to("a"));
  EXPECT_EQ(topic.text().find("no key:"), std::string::npos) << topic.text();
}

TEST(RecordFindings, NameKeysThatAreNotThoseOfTheirActions) {
  Topic topic;
  topic.add(right_partition("a"), "a", send_to("a"));
  EXPECT_NE(topic.text().find("warning other keys: 1 record has another key than the action needs: "
                              "'a' instead of 'chat/g/a'"),
            std::string::npos)
      << topic.text();
}

TEST(RecordFindings, AskOnlyForTheKeyOfTheFirstElementOfABatch) {
  const std::string key = "chat/g/a";
  const std::string elements = send_to("a") + "," + send_to("b");
  Topic batch;
  batch.add(right_partition(key), key, R"({"ordered":true,"batch":[)" + elements + "]}");
  EXPECT_EQ(batch.json()["otherKeys"]["count"], 0) << batch.text();
  Topic array;
  array.add(right_partition(key), key, "[" + elements + "]");
  EXPECT_EQ(array.json()["otherKeys"]["count"], 1) << "its elements would be in no order";
}

TEST(RecordFindings, NameRecordsThatNoDaemonTakes) {
  struct Row {
    const char* name;
    const char* value;
    const char* word;
  };
  const Row kRows[] = {
      {"no JSON", "hello", "invalid_json"},
      {"no action", R"({"actionName":"send"})", "invalid_action"},
      {"a hello", R"({"hello":{}})", "has no hello"},
      {"a bad hello", R"({"hello":7})", "invalid_action"},
      {"another hub", R"({"actionName":"sendToAll","data":"","hub":"news"})", "not this hub"},
      {"two elements", R"([7,8])", "invalid_action"},
  };
  for (const Row& row : kRows) {
    Topic topic;
    topic.add(2, std::nullopt, row.value);
    const Json refused = topic.json()["refused"];
    EXPECT_EQ(refused["count"], 1) << row.name << ": " << topic.text();
    EXPECT_EQ(refused["first"][0]["offset"], 17) << row.name;
    EXPECT_NE(refused["first"][0]["message"].get<std::string>().find(row.word), std::string::npos)
        << row.name << ": " << topic.text();
    EXPECT_NE(topic.text().find("bad refused: 1 record is one that no daemon takes: partition 2, "
                                "offset 17: "),
              std::string::npos)
        << topic.text();
  }
}

TEST(RecordFindings, JudgeEachRecordAlone) {
  Topic topic;
  topic.add(2, "k", "[").add(2, "k", send_to("a"));
  EXPECT_EQ(topic.json()["refused"]["count"], 1) << "the second is no piece of the first";
}

TEST(RecordFindings, SayWhichActionsHaveNoRightKey) {
  const std::string key = "chat/u/ann";
  Topic topic;
  topic.add(right_partition(key), key,
            R"({"actionName":"removeUserFromAllGroups","userId":"ann"})");
  EXPECT_TRUE(topic.text().starts_with("warning no right key: removeUserFromAllGroups"))
      << topic.text();
  EXPECT_EQ(topic.json()["withoutRightKey"]["removeUserFromAllGroups"], 1);
}

TEST(RecordFindings, NameAFewOfMany) {
  Topic topic;
  for (int i = 0; i < 50; ++i) topic.add(2, std::nullopt, "x" + std::to_string(i));
  EXPECT_NE(topic.text().find("; and 47 more"), std::string::npos) << topic.text();
  EXPECT_EQ(topic.json()["refused"]["count"], 50);
  EXPECT_EQ(topic.json()["refused"]["first"].size(), 10U);
}

TEST(RecordFindings, ShowNothingThatATerminalWouldObey) {
  Topic topic;
  topic.add(1, "\x1b[31m", send_to("a")).add(2, "\x1b[31m", "\x1b[31m");
  EXPECT_EQ(topic.text().find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace awps
