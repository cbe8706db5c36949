// Keys and partitions of records, by the vectors of tests/support/stream_keys.json, whose hashes
// another implementation computed. Each is asked in C++ and in C.

#include <awps/client/awps.h>
#include <awps/client/stream.h>

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "client/murmur2.h"

namespace awps::client {
namespace {

using Json = nlohmann::json;

const Json& vectors() {
  static const Json read = [] {
    std::ifstream file(AWPS_STREAM_KEYS);
    return Json::parse(file);
  }();
  return read;
}

StreamTarget target_named(const std::string& name) {
  static const std::map<std::string, StreamTarget> targets = {
      {"group", StreamTarget::kGroup},
      {"user", StreamTarget::kUser},
      {"connection", StreamTarget::kConnection},
      {"all", StreamTarget::kAll},
      {"orderingKey", StreamTarget::kOrderingKey}};
  return targets.at(name);
}

std::string bytes_of(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

void expect_partitions(const std::string& key, const Json& vector) {
  EXPECT_EQ(murmur2(key), vector["murmur2"].get<uint32_t>()) << vector["title"];
  for (const auto& [count, partition] : vector["partitions"].items()) {
    const int32_t partitions = std::stoi(count);
    EXPECT_EQ(stream_partition(key, partitions).value(), partition.get<int32_t>())
        << vector["title"] << " of " << count;
    EXPECT_EQ(awps_stream_partition(key.data(), key.size(), partitions, nullptr),
              partition.get<int32_t>())
        << vector["title"] << " of " << count << " in C";
  }
}

TEST(StreamKey, IsThatOfTheVectors) {
  ASSERT_GE(vectors()["keys"].size(), 30U);
  for (const Json& vector : vectors()["keys"]) {
    const std::string hub = vector["hub"];
    const std::string name = vector["name"];
    const auto key = stream_key(hub, target_named(vector["target"]), name);
    ASSERT_TRUE(key) << vector["title"] << ": " << key.error().message;
    EXPECT_EQ(key.value(), vector["key"].get<std::string>()) << vector["title"];
    expect_partitions(key.value(), vector);
  }
}

TEST(StreamKey, IsTheSameInC) {
  for (const Json& vector : vectors()["keys"]) {
    const std::string name = vector["name"];
    if (name.find('\0') != std::string::npos) continue;  // no text of C
    std::array<char, AWPS_STREAM_KEY_SIZE> key{};
    awps_error error{};
    const auto target = static_cast<awps_stream_target>(target_named(vector["target"]));
    const size_t length = awps_stream_key(vector["hub"].get<std::string>().c_str(), target,
                                          name.c_str(), key.data(), key.size(), &error);
    EXPECT_EQ(std::string(key.data(), length), vector["key"].get<std::string>()) << error.message;
    EXPECT_EQ(key[length], '\0') << vector["title"];
  }
}

TEST(StreamPartition, IsThatOfKafkasJavaClientForAnyBytes) {
  ASSERT_GE(vectors()["bytes"].size(), 16U);
  for (const Json& vector : vectors()["bytes"]) expect_partitions(bytes_of(vector["hex"]), vector);
}

TEST(StreamKey, RefusesWhatCannotBeAKey) {
  struct Row {
    const char* name;
    std::string_view hub;
    StreamTarget target;
    std::string_view of;
    const char* word;
  };
  const Row kRows[] = {
      {"no hub", "", StreamTarget::kGroup, "g", "hub name"},
      {"a hub with a slash", "chat/g", StreamTarget::kGroup, "g", "hub name"},
      {"a hub that begins with a digit", "7chat", StreamTarget::kAll, "", "hub name"},
      {"a group without a name", "chat", StreamTarget::kGroup, "", "name is empty"},
      {"a user without a name", "chat", StreamTarget::kUser, "", "name is empty"},
      {"a connection without a name", "chat", StreamTarget::kConnection, "", "name is empty"},
      {"an empty orderingKey", "chat", StreamTarget::kOrderingKey, "", "name is empty"},
      {"all with a name", "chat", StreamTarget::kAll, "g", "give none"},
      {"no target", "chat", static_cast<StreamTarget>(5), "g", "target"},
  };
  for (const Row& row : kRows) {
    const auto key = stream_key(row.hub, row.target, row.of);
    ASSERT_FALSE(key) << row.name;
    EXPECT_EQ(key.error().code, ErrorCode::kInvalid) << row.name;
    EXPECT_NE(key.error().message.find(row.word), std::string::npos)
        << row.name << ": " << key.error().message;
  }
}

TEST(StreamPartition, NeedsAPartition) {
  EXPECT_FALSE(stream_partition("chat/*", 0));
  EXPECT_FALSE(stream_partition("chat/*", -8));
  EXPECT_EQ(awps_stream_partition("chat/*", 6, -8, nullptr), -1);
}

TEST(StreamKey, InCSaysHowLongOneIsThatDoesNotFit) {
  std::array<char, 9> room;
  room.fill('#');
  awps_error error{};
  EXPECT_EQ(awps_stream_key("chat", AWPS_STREAM_GROUP, "gg", room.data(), room.size(), &error), 0U)
      << "nine bytes without room for the zero";
  EXPECT_EQ(error.code, AWPS_TOO_LARGE);
  EXPECT_NE(std::string(error.message).find("it has 9 bytes"), std::string::npos) << error.message;
  for (const char byte : room) EXPECT_EQ(byte, '#') << "something was written";
  EXPECT_EQ(awps_stream_key("chat", AWPS_STREAM_GROUP, "g", room.data(), room.size(), &error), 8U);
  EXPECT_STREQ(room.data(), "chat/g/g");
  EXPECT_EQ(awps_stream_key("chat", AWPS_STREAM_ALL, nullptr, room.data(), room.size(), &error),
            6U);
  EXPECT_STREQ(room.data(), "chat/*");
}

}  // namespace
}  // namespace awps::client
