// NULL in each place of the C interface: refused with a message, and nothing is sent.

#include <awps/client/awps.h>

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "tests/client/fake_daemon.h"

namespace awps::client {
namespace {

using P = awps_producer*;
using E = awps_error*;

const awps_message kMessage = awps_text("x");

// Opened for one row; `call` is true if the function said that it failed.
struct Row {
  const char* name;      // of the function
  const char* argument;  // that is NULL
  bool (*call)(P, E);
  const char* word;  // that the message has
};

awps_fields excluding(const char* const* ids, size_t count) {
  awps_fields fields = {};
  fields.excluded = ids;
  fields.excluded_count = count;
  return fields;
}

constexpr const char* kGroups[] = {"g", nullptr};

const Row kRows[] = {
    {"awps_open", "options", [](P, E e) { return awps_open(nullptr, e) == nullptr; }, "options"},
    {"awps_open", "socket_path",
     [](P, E e) {
       awps_options options;
       awps_options_init(&options);
       options.socket_path = nullptr;
       return awps_open(&options, e) == nullptr;
     },
     "socket_path"},
    {"awps_open_sized", "options",
     [](P, E e) { return awps_open_sized(nullptr, sizeof(awps_options), e) == nullptr; },
     "options"},
    {"awps_send_to_all", "producer",
     [](P, E e) { return awps_send_to_all(nullptr, kMessage, nullptr, e) == 0; }, "producer"},
    {"awps_send_to_all", "text",
     [](P p, E e) { return awps_send_to_all(p, awps_text(nullptr), nullptr, e) == 0; }, "data"},
    {"awps_send_to_all", "json",
     [](P p, E e) { return awps_send_to_all(p, awps_json(nullptr), nullptr, e) == 0; }, "data"},
    {"awps_send_to_all", "binary",
     [](P p, E e) { return awps_send_to_all(p, awps_binary(nullptr, 0), nullptr, e) == 0; },
     "data"},
    {"awps_send_to_all", "binary_of_a_size",
     [](P p, E e) { return awps_send_to_all(p, awps_binary(nullptr, 4096), nullptr, e) == 0; },
     "data"},
    {"awps_send_to_all", "excluded",
     [](P p, E e) {
       const awps_fields fields = excluding(nullptr, 1);
       return awps_send_to_all(p, kMessage, &fields, e) == 0;
     },
     "excluded is NULL"},
    {"awps_send_to_all", "excluded_id",
     [](P p, E e) {
       const char* const ids[] = {"c1", nullptr};
       const awps_fields fields = excluding(ids, 2);
       return awps_send_to_all(p, kMessage, &fields, e) == 0;
     },
     "excluded[1]"},
    {"awps_send_to_group", "producer",
     [](P, E e) { return awps_send_to_group(nullptr, "g", kMessage, nullptr, e) == 0; },
     "producer"},
    {"awps_send_to_group", "group",
     [](P p, E e) { return awps_send_to_group(p, nullptr, kMessage, nullptr, e) == 0; }, "group"},
    {"awps_send_to_group", "text",
     [](P p, E e) { return awps_send_to_group(p, "g", awps_text(nullptr), nullptr, e) == 0; },
     "data"},
    {"awps_send_to_user", "producer",
     [](P, E e) { return awps_send_to_user(nullptr, "u", kMessage, nullptr, e) == 0; }, "producer"},
    {"awps_send_to_user", "user",
     [](P p, E e) { return awps_send_to_user(p, nullptr, kMessage, nullptr, e) == 0; }, "userId"},
    {"awps_send_to_user", "json",
     [](P p, E e) { return awps_send_to_user(p, "u", awps_json(nullptr), nullptr, e) == 0; },
     "data"},
    {"awps_send_to_connection", "producer",
     [](P, E e) { return awps_send_to_connection(nullptr, "c", kMessage, nullptr, e) == 0; },
     "producer"},
    {"awps_send_to_connection", "connection",
     [](P p, E e) { return awps_send_to_connection(p, nullptr, kMessage, nullptr, e) == 0; },
     "connectionId"},
    {"awps_send_to_connection", "binary",
     [](P p, E e) {
       return awps_send_to_connection(p, "c", awps_binary(nullptr, 1), nullptr, e) == 0;
     },
     "data"},
    {"awps_add_user_to_group", "producer",
     [](P, E e) { return awps_add_user_to_group(nullptr, "u", "g", nullptr, e) == 0; }, "producer"},
    {"awps_add_user_to_group", "user",
     [](P p, E e) { return awps_add_user_to_group(p, nullptr, "g", nullptr, e) == 0; }, "userId"},
    {"awps_add_user_to_group", "group",
     [](P p, E e) { return awps_add_user_to_group(p, "u", nullptr, nullptr, e) == 0; }, "group"},
    {"awps_remove_user_from_group", "producer",
     [](P, E e) { return awps_remove_user_from_group(nullptr, "u", "g", nullptr, e) == 0; },
     "producer"},
    {"awps_remove_user_from_group", "user",
     [](P p, E e) { return awps_remove_user_from_group(p, nullptr, "g", nullptr, e) == 0; },
     "userId"},
    {"awps_remove_user_from_group", "group",
     [](P p, E e) { return awps_remove_user_from_group(p, "u", nullptr, nullptr, e) == 0; },
     "group"},
    {"awps_remove_user_from_all_groups", "producer",
     [](P, E e) { return awps_remove_user_from_all_groups(nullptr, "u", nullptr, e) == 0; },
     "producer"},
    {"awps_remove_user_from_all_groups", "user",
     [](P p, E e) { return awps_remove_user_from_all_groups(p, nullptr, nullptr, e) == 0; },
     "userId"},
    {"awps_add_connection_to_group", "producer",
     [](P, E e) { return awps_add_connection_to_group(nullptr, "c", "g", nullptr, e) == 0; },
     "producer"},
    {"awps_add_connection_to_group", "connection",
     [](P p, E e) { return awps_add_connection_to_group(p, nullptr, "g", nullptr, e) == 0; },
     "connectionId"},
    {"awps_add_connection_to_group", "group",
     [](P p, E e) { return awps_add_connection_to_group(p, "c", nullptr, nullptr, e) == 0; },
     "group"},
    {"awps_remove_connection_from_group", "producer",
     [](P, E e) { return awps_remove_connection_from_group(nullptr, "c", "g", nullptr, e) == 0; },
     "producer"},
    {"awps_remove_connection_from_group", "connection",
     [](P p, E e) { return awps_remove_connection_from_group(p, nullptr, "g", nullptr, e) == 0; },
     "connectionId"},
    {"awps_remove_connection_from_group", "group",
     [](P p, E e) { return awps_remove_connection_from_group(p, "c", nullptr, nullptr, e) == 0; },
     "group"},
    {"awps_close_all_connections", "producer",
     [](P, E e) { return awps_close_all_connections(nullptr, nullptr, e) == 0; }, "producer"},
    {"awps_close_all_connections", "excluded",
     [](P p, E e) {
       const awps_fields fields = excluding(nullptr, 2);
       return awps_close_all_connections(p, &fields, e) == 0;
     },
     "excluded"},
    {"awps_close_connection", "producer",
     [](P, E e) { return awps_close_connection(nullptr, "c", nullptr, e) == 0; }, "producer"},
    {"awps_close_connection", "connection",
     [](P p, E e) { return awps_close_connection(p, nullptr, nullptr, e) == 0; }, "connectionId"},
    {"awps_close_group_connections", "producer",
     [](P, E e) { return awps_close_group_connections(nullptr, "g", nullptr, e) == 0; },
     "producer"},
    {"awps_close_group_connections", "group",
     [](P p, E e) { return awps_close_group_connections(p, nullptr, nullptr, e) == 0; }, "group"},
    {"awps_close_user_connections", "producer",
     [](P, E e) { return awps_close_user_connections(nullptr, "u", nullptr, e) == 0; }, "producer"},
    {"awps_close_user_connections", "user",
     [](P p, E e) { return awps_close_user_connections(p, nullptr, nullptr, e) == 0; }, "userId"},
    {"awps_remove_connection_from_all_groups", "producer",
     [](P, E e) { return awps_remove_connection_from_all_groups(nullptr, "c", nullptr, e) == 0; },
     "producer"},
    {"awps_remove_connection_from_all_groups", "connection",
     [](P p, E e) { return awps_remove_connection_from_all_groups(p, nullptr, nullptr, e) == 0; },
     "connectionId"},
    {"awps_add_connections_to_groups", "producer",
     [](P, E e) {
       return awps_add_connections_to_groups(nullptr, kGroups, 1, "true", nullptr, e) == 0;
     },
     "producer"},
    {"awps_add_connections_to_groups", "groups",
     [](P p, E e) {
       return awps_add_connections_to_groups(p, nullptr, 1, "true", nullptr, e) == 0;
     },
     "groups is NULL"},
    {"awps_add_connections_to_groups", "group",
     [](P p, E e) {
       return awps_add_connections_to_groups(p, kGroups, 2, "true", nullptr, e) == 0;
     },
     "groups[1]"},
    {"awps_add_connections_to_groups", "no_group",
     [](P p, E e) {
       return awps_add_connections_to_groups(p, nullptr, 0, "true", nullptr, e) == 0;
     },
     "groups"},
    {"awps_add_connections_to_groups", "filter",
     [](P p, E e) {
       return awps_add_connections_to_groups(p, kGroups, 1, nullptr, nullptr, e) == 0;
     },
     "filter"},
    {"awps_remove_connections_from_groups", "producer",
     [](P, E e) {
       return awps_remove_connections_from_groups(nullptr, kGroups, 1, "true", nullptr, e) == 0;
     },
     "producer"},
    {"awps_remove_connections_from_groups", "groups",
     [](P p, E e) {
       return awps_remove_connections_from_groups(p, nullptr, 1, "true", nullptr, e) == 0;
     },
     "groups is NULL"},
    {"awps_remove_connections_from_groups", "group",
     [](P p, E e) {
       return awps_remove_connections_from_groups(p, kGroups, 2, "true", nullptr, e) == 0;
     },
     "groups[1]"},
    {"awps_remove_connections_from_groups", "no_group",
     [](P p, E e) {
       return awps_remove_connections_from_groups(p, nullptr, 0, "true", nullptr, e) == 0;
     },
     "groups"},
    {"awps_remove_connections_from_groups", "filter",
     [](P p, E e) {
       return awps_remove_connections_from_groups(p, kGroups, 1, nullptr, nullptr, e) == 0;
     },
     "filter"},
    {"awps_grant_permission", "producer",
     [](P, E e) {
       return awps_grant_permission(nullptr, "c", AWPS_SEND_TO_GROUP, "g", nullptr, e) == 0;
     },
     "producer"},
    {"awps_grant_permission", "connection",
     [](P p, E e) {
       return awps_grant_permission(p, nullptr, AWPS_SEND_TO_GROUP, "g", nullptr, e) == 0;
     },
     "connectionId"},
    {"awps_grant_permission", "target_name",
     [](P p, E e) {
       return awps_grant_permission(p, "c", AWPS_SEND_TO_GROUP, nullptr, nullptr, e) == 0;
     },
     "targetName"},
    {"awps_revoke_permission", "producer",
     [](P, E e) {
       return awps_revoke_permission(nullptr, "c", AWPS_SEND_TO_GROUP, "g", nullptr, e) == 0;
     },
     "producer"},
    {"awps_revoke_permission", "connection",
     [](P p, E e) {
       return awps_revoke_permission(p, nullptr, AWPS_SEND_TO_GROUP, "g", nullptr, e) == 0;
     },
     "connectionId"},
    {"awps_revoke_permission", "target_name",
     [](P p, E e) {
       return awps_revoke_permission(p, "c", AWPS_SEND_TO_GROUP, nullptr, nullptr, e) == 0;
     },
     "targetName"},
    {"awps_send_line", "producer",
     [](P, E e) { return awps_send_line(nullptr, R"({"actionName":"sendToAll"})", 0, e) == 0; },
     "producer"},
    {"awps_send_line", "json", [](P p, E e) { return awps_send_line(p, nullptr, 0, e) == 0; },
     "JSON"},
    {"awps_stream_key", "hub",
     [](P, E e) {
       char key[AWPS_STREAM_KEY_SIZE];
       return awps_stream_key(nullptr, AWPS_STREAM_GROUP, "g", key, sizeof key, e) == 0;
     },
     "hub"},
    {"awps_stream_key", "name",
     [](P, E e) {
       char key[AWPS_STREAM_KEY_SIZE];
       return awps_stream_key("chat", AWPS_STREAM_GROUP, nullptr, key, sizeof key, e) == 0;
     },
     "name is empty"},
    {"awps_stream_key", "key",
     [](P, E e) { return awps_stream_key("chat", AWPS_STREAM_GROUP, "g", nullptr, 100, e) == 0; },
     "key is NULL"},
    {"awps_stream_key", "target",
     [](P, E e) {
       char key[AWPS_STREAM_KEY_SIZE];
       awps_stream_target target = AWPS_STREAM_GROUP;
       const int none = 5;
       std::memcpy(&target, &none, sizeof target);
       return awps_stream_key("chat", target, "g", key, sizeof key, e) == 0;
     },
     "target"},
    {"awps_stream_partition", "key",
     [](P, E e) { return awps_stream_partition(nullptr, 0, 8, e) == -1; }, "key is NULL"},
    {"awps_stream_partition", "partitions",
     [](P, E e) { return awps_stream_partition("k", 1, 0, e) == -1; }, "0 partitions"},
    {"awps_flush", "producer", [](P, E e) { return awps_flush(nullptr, 0, e) == -1; }, "producer"},
    {"awps_close", "producer", [](P, E e) { return awps_close(nullptr, 0, e) == -1; }, "producer"},
    // Not NULL, and as wrong: a number that the enumeration does not have.
    {"awps_send_to_all", "type",
     [](P p, E e) {
       awps_message message = kMessage;
       message.type = static_cast<awps_data_type>(3);
       return awps_send_to_all(p, message, nullptr, e) == 0;
     },
     "type"},
    {"awps_open", "ack",
     [](P, E e) {
       awps_options options;
       awps_options_init(&options);
       const int none = 2;
       std::memcpy(&options.ack, &none, sizeof options.ack);
       return awps_open(&options, e) == nullptr;
     },
     "ack"},
};

class CNull : public testing::TestWithParam<Row> {
 protected:
  void SetUp() override {
    awps_options options;
    awps_options_init(&options);
    const std::string path = daemon.path();
    options.socket_path = path.c_str();
    options.close_timeout_ms = 0;
    producer = awps_open(&options, nullptr);
    ASSERT_NE(producer, nullptr);
  }
  void TearDown() override { awps_destroy(producer); }

  FakeDaemon daemon;
  awps_producer* producer = nullptr;
};

TEST_P(CNull, IsRefusedWithAMessage) {
  awps_error error{};
  EXPECT_TRUE(GetParam().call(producer, &error));
  EXPECT_EQ(error.code, AWPS_INVALID);
  EXPECT_NE(std::string(error.message).find(GetParam().word), std::string::npos) << error.message;
  EXPECT_TRUE(GetParam().call(producer, nullptr)) << "without a place for the error";
  EXPECT_EQ(awps_get_status(producer).taken, 0U) << "something would be sent";
}

INSTANTIATE_TEST_SUITE_P(All, CNull, testing::ValuesIn(kRows), [](const auto& row) {
  return std::string(row.param.name) + "_" + row.param.argument;
});

TEST(CNullTable, HasEveryFunctionThatCanFail) {
  std::ifstream file(AWPS_C_HEADER);
  const std::string header{std::istreambuf_iterator<char>(file), {}};
  const std::regex function(R"((?:uint64_t|size_t|int32_t|int|awps_producer\*) (awps_\w+)\()");
  std::set<std::string> declared;
  for (std::sregex_iterator found(header.begin(), header.end(), function), end; found != end;
       ++found) {
    declared.insert((*found)[1]);
  }
  std::set<std::string> tried;
  for (const Row& row : kRows) tried.insert(row.name);
  EXPECT_EQ(declared, tried);
  EXPECT_EQ(declared.size(), 25U);
}

TEST(CNullTable, FunctionsThatCannotFailDoNothing) {
  awps_options_init(nullptr);
  awps_options_init_sized(nullptr, sizeof(awps_options));
  awps_destroy(nullptr);
  EXPECT_EQ(awps_get_status(nullptr).taken, 0U);
  EXPECT_EQ(awps_dedupe_window_seconds(nullptr), 0U);
}

TEST(CNullTable, AnEmptyTextIsNoNull) {
  EXPECT_NE(awps_text("").data, nullptr);
  EXPECT_EQ(awps_text("").size, 0U);
}

}  // namespace
}  // namespace awps::client
