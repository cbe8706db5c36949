// Lines of files as records of a stream: the key of each action, how many records a line becomes,
// and what becomes none.

#include "daemon/awpsctl/records/record_lines.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "daemon/awpsctl/records/record_key.h"

namespace awps {
namespace {

RecordLines::Options options_of(std::string hub) {
  return {.hub = hub, .stream_hub = "chat", .problem_of_hub = [](std::string_view named) {
            return std::string(named == "secret" ? "not this hub" : "");
          }};
}

std::vector<NewRecord> records_of(const std::vector<std::string>& lines,
                                  const std::string& hub = "chat") {
  RecordLines reading(options_of(hub));
  for (const std::string& line : lines) reading.take(line);
  EXPECT_TRUE(reading.take_refused().empty());
  EXPECT_EQ(reading.bad_hello(), "");
  return reading.take_records();
}

std::vector<RefusedLine> refused_of(const std::vector<std::string>& lines,
                                    const std::string& hub = "chat") {
  RecordLines reading(options_of(hub));
  for (const std::string& line : lines) reading.take(line);
  return reading.take_refused();
}

struct KeyRow {
  const char* line;
  const char* key;
  bool is_in_doubt = false;
};

TEST(RecordKey, IsThatOfTheAction) {
  const KeyRow kRows[] = {
      {R"({"actionName":"sendToAll","data":"x"})", "chat/*"},
      {R"({"actionName":"sendToGroup","group":"g","data":"x"})", "chat/g/g"},
      {R"({"actionName":"sendToUser","userId":"u","data":"x"})", "chat/u/u"},
      {R"({"actionName":"sendToConnection","connectionId":"c","data":"x"})", "chat/c/c"},
      {R"({"actionName":"addUserToGroup","userId":"u","group":"g"})", "chat/g/g"},
      {R"({"actionName":"removeUserFromGroup","userId":"u","group":"g"})", "chat/g/g"},
      {R"({"actionName":"removeUserFromAllGroups","userId":"u"})", "chat/u/u", true},
      {R"({"actionName":"addConnectionToGroup","connectionId":"c","group":"g"})", "chat/g/g"},
      {R"({"actionName":"removeConnectionFromGroup","connectionId":"c","group":"g"})", "chat/g/g"},
      {R"({"actionName":"closeAllConnections"})", "chat/*"},
      {R"({"actionName":"closeClientConnection","connectionId":"c"})", "chat/c/c"},
      {R"({"actionName":"closeGroupConnections","group":"g"})", "chat/g/g"},
      {R"({"actionName":"grantPermission","connectionId":"c","permission":"sendToGroup",)"
       R"("targetName":"g"})",
       "chat/c/c"},
      {R"({"actionName":"revokePermission","connectionId":"c","permission":"sendToGroup",)"
       R"("targetName":"g"})",
       "chat/c/c"},
      {R"({"actionName":"closeUserConnections","userId":"u"})", "chat/u/u"},
      {R"({"actionName":"removeConnectionFromAllGroups","connectionId":"c"})", "chat/c/c", true},
      {R"({"actionName":"addConnectionsToGroups","groups":["a"],"filter":"true"})", "chat/g/a"},
      {R"({"actionName":"addConnectionsToGroups","groups":["a","b"],"filter":"true"})", "chat/*",
       true},
      {R"({"actionName":"removeConnectionsFromGroups","groups":["a","b"],"filter":"true"})",
       "chat/*", true},
      {R"({"actionName":"sendToGroup","group":"g","data":"x","orderingKey":"o-7"})", "chat/k/o-7"},
      {R"({"actionName":"removeUserFromAllGroups","userId":"u","orderingKey":7})", "chat/k/7"},
      {R"({"actionName":"sendToGroup","group":"Größe","data":"x","hub":"NEWS"})", "news/g/Größe"},
  };
  for (const KeyRow& row : kRows) {
    const std::vector<NewRecord> records = records_of({row.line});
    ASSERT_EQ(records.size(), 1U) << row.line;
    EXPECT_EQ(records[0].key, row.key) << row.line;
    EXPECT_EQ(!records[0].doubt.empty(), row.is_in_doubt) << row.line;
  }
}

TEST(RecordLines, MakeOneRecordOfEachElementOfAnArray) {
  const auto records = records_of({R"([{"actionName":"sendToGroup","group":"a","data":"1"},)"
                                   R"({"actionName":"sendToGroup","group":"b","data":"2"}])",
                                   "", R"({"actionName":"sendToAll","data":"3"})"});
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].place, "line 1[1]");
  EXPECT_EQ(records[0].key, "chat/g/a");
  EXPECT_EQ(records[0].value, R"({"actionName":"sendToGroup","group":"a","data":"1"})");
  EXPECT_EQ(records[1].place, "line 1[2]");
  EXPECT_EQ(records[1].key, "chat/g/b");
  EXPECT_EQ(records[2].place, "line 3");
  EXPECT_EQ(records[2].value, R"({"actionName":"sendToAll","data":"3"})");
}

TEST(RecordLines, MakeOneRecordOfAnOrderedBatch) {
  const auto records =
      records_of({R"({"batch":[{"actionName":"removeUserFromAllGroups","userId":"u"},)"
                  R"({"actionName":"sendToGroup","group":"b","data":"2"}],"ordered":true})"});
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].place, "line 1");
  EXPECT_EQ(records[0].key, "chat/u/u") << "its first element's";
  EXPECT_EQ(records[0].actions, 2U);
  EXPECT_NE(records[0].doubt, "");
  EXPECT_EQ(records[0].value,
            R"({"ordered":true,"batch":[{"actionName":"removeUserFromAllGroups","userId":"u"},)"
            R"({"actionName":"sendToGroup","group":"b","data":"2"}]})");
}

TEST(RecordLines, NameTheHubOfTheHelloWhereTheStreamHasAnother) {
  const std::string hello = R"({"hello":{"hub":"News"}})";
  const std::string line = R"({"actionName":"sendToAll","data":"3"})";
  auto records = records_of({hello, line});
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].key, "news/*");
  EXPECT_EQ(records[0].value, R"({"actionName":"sendToAll","hub":"news","data":"3"})");
  records = records_of({R"({"hello":{"hub":"chat"}})", line});
  EXPECT_EQ(records.at(0).value, line) << "the stream's own need not be named";
}

TEST(RecordLines, GoByTheHubThatWasSaidAndNotByTheHello) {
  RecordLines::Options options = options_of("news");
  options.hub_is_said = true;
  RecordLines reading(std::move(options));
  reading.take(R"({"hello":{"hub":"chat"}})");
  reading.take(R"({"actionName":"sendToAll","data":"3"})");
  EXPECT_EQ(reading.take_records().at(0).key, "news/*");
}

struct RefusedRow {
  const char* name;
  std::string line;
  const char* place;
  const char* code;
  const char* word;
};

TEST(RecordLines, RefuseWhatNoDaemonWouldTake) {
  const RefusedRow kRows[] = {
      {"no JSON", "{", "line 1", "invalid_json", ""},
      {"no action", R"({"actionName":"send"})", "line 1", "invalid_action", ""},
      {"a hub that may not be named", R"({"actionName":"sendToAll","data":"","hub":"secret"})",
       "line 1", "forbidden", "not this hub"},
      {"an element", R"([{"actionName":"sendToAll","data":""},7])", "line 1[2]", "invalid_action",
       ""},
      {"a batch of two hubs",
       R"({"ordered":true,"batch":[{"actionName":"sendToAll","data":""},)"
       R"({"actionName":"sendToAll","data":"","hub":"news"}]})",
       "line 1[2]", "invalid_action", "one hub"},
      {"a record that is too large",
       R"({"actionName":"sendToAll","data":")" + std::string(1'000'000, 'x') + R"("})", "line 1",
       "message_too_large", "1,000,0"},
  };
  for (const RefusedRow& row : kRows) {
    const std::vector<RefusedLine> refused = refused_of({row.line});
    ASSERT_EQ(refused.size(), 1U) << row.name;
    EXPECT_EQ(refused[0].place, row.place) << row.name;
    EXPECT_EQ(refused[0].code, row.code) << row.name;
    EXPECT_NE(refused[0].message.find(row.word), std::string::npos)
        << row.name << ": " << refused[0].message;
  }
}

TEST(RecordLines, TakeARecordOfAsManyBytesAsThereMayBe) {
  const std::string key = "chat/*";
  const std::string empty = R"({"actionName":"sendToAll","data":""})";
  const auto line_with = [&](size_t bytes) {
    return R"({"actionName":"sendToAll","data":")" + std::string(bytes, 'x') + R"("})";
  };
  const size_t room = kMostRecordBytes - key.size() - empty.size();
  EXPECT_EQ(records_of({line_with(room)}).size(), 1U);
  EXPECT_EQ(refused_of({line_with(room + 1)}).size(), 1U);
}

TEST(RecordLines, KeepTheOtherElementsOfABatch) {
  RecordLines reading(options_of("chat"));
  reading.take(
      R"({"ordered":true,"batch":[7,{"actionName":"sendToGroup","group":"a","data":""}]})");
  EXPECT_EQ(reading.take_refused().size(), 1U);
  const auto records = reading.take_records();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].key, "chat/g/a");
  EXPECT_EQ(records[0].actions, 1U);
  reading.take(R"({"ordered":true,"batch":[7]})");
  EXPECT_TRUE(reading.take_records().empty());
}

TEST(RecordLines, NeedAHub) {
  const auto refused = refused_of({R"({"actionName":"sendToAll","data":""})"}, "");
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_NE(refused[0].message.find("names no hub"), std::string::npos) << refused[0].message;
}

TEST(RecordLines, SendNothingAfterABadHello) {
  RecordLines reading(options_of("chat"));
  reading.take(R"({"hello":{"hubs":"news"}})");
  EXPECT_NE(reading.bad_hello(), "");
  EXPECT_TRUE(reading.take_records().empty());
}

}  // namespace
}  // namespace awps
