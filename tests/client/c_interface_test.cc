// The C interface says the same as the C++ one.

#include <awps/client/awps.h>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/client/recorder.h"

namespace awps::client {
namespace {

struct Heard {
  Mutex mutex;
  std::condition_variable_any changed;
  std::vector<std::string> outcomes GUARDED_BY(mutex);
};

void hear(const awps_outcome* outcome, void* context) {
  auto* heard = static_cast<Heard*>(context);
  MutexLock lock(heard->mutex);
  heard->outcomes.push_back(std::to_string(outcome->number) + " " + std::to_string(outcome->tag) +
                            " " + std::to_string(outcome->kind) + " " +
                            std::to_string(outcome->is_good) + " " +
                            std::to_string(outcome->http_status) + " " + outcome->error_code);
  heard->changed.notify_all();
}

bool await_outcome(Heard& heard) {
  const auto deadline = std::chrono::steady_clock::now() + kTestDeadline;
  MutexLock lock(heard.mutex);
  while (heard.outcomes.empty()) {
    if (heard.changed.wait_until(heard.mutex, deadline) == std::cv_status::timeout) break;
  }
  return !heard.outcomes.empty();
}

class CInterface : public testing::Test {
 protected:
  void SetUp() override {
    awps_options_init(&options);
    path = daemon.path();
    options.socket_path = path.c_str();
    options.on_outcome = hear;
    options.context = &heard;
    options.close_timeout_ms = 0;
    producer = awps_open(&options, &error);
    ASSERT_NE(producer, nullptr) << error.message;
    peer = daemon.accept_and_greet();
  }
  void TearDown() override { awps_destroy(producer); }

  FakeDaemon daemon;
  std::string path;
  Heard heard;
  awps_options options{};
  awps_error error{};
  awps_producer* producer = nullptr;
  Peer peer;
};

constexpr const char* kGroups[] = {"g", "h"};

struct CallRow {
  const char* line;
  uint64_t (*call)(awps_producer*, awps_error*);
};

TEST_F(CInterface, WritesEachAction) {
  using P = awps_producer*;
  using E = awps_error*;
  const CallRow kRows[] = {
      {R"({"actionName":"sendToAll","data":"x"})",
       [](P p, E e) { return awps_send_to_all(p, awps_text("x"), nullptr, e); }},
      {R"({"actionName":"sendToGroup","group":"g","dataType":"json","data":"[1]"})",
       [](P p, E e) { return awps_send_to_group(p, "g", awps_json("[1]"), nullptr, e); }},
      {R"({"actionName":"sendToUser","userId":"u","dataType":"binary","data":"AP8="})",
       [](P p, E e) { return awps_send_to_user(p, "u", awps_binary("\0\xff", 2), nullptr, e); }},
      {R"({"actionName":"sendToConnection","connectionId":"c","data":"x"})",
       [](P p, E e) { return awps_send_to_connection(p, "c", awps_text("x"), nullptr, e); }},
      {R"({"actionName":"addUserToGroup","userId":"u","group":"g"})",
       [](P p, E e) { return awps_add_user_to_group(p, "u", "g", nullptr, e); }},
      {R"({"actionName":"removeUserFromGroup","userId":"u","group":"g"})",
       [](P p, E e) { return awps_remove_user_from_group(p, "u", "g", nullptr, e); }},
      {R"({"actionName":"removeUserFromAllGroups","userId":"u"})",
       [](P p, E e) { return awps_remove_user_from_all_groups(p, "u", nullptr, e); }},
      {R"({"actionName":"addConnectionToGroup","connectionId":"c","group":"g"})",
       [](P p, E e) { return awps_add_connection_to_group(p, "c", "g", nullptr, e); }},
      {R"({"actionName":"removeConnectionFromGroup","connectionId":"c","group":"g"})",
       [](P p, E e) { return awps_remove_connection_from_group(p, "c", "g", nullptr, e); }},
      {R"({"actionName":"closeAllConnections"})",
       [](P p, E e) { return awps_close_all_connections(p, nullptr, e); }},
      {R"({"actionName":"closeClientConnection","connectionId":"c"})",
       [](P p, E e) { return awps_close_connection(p, "c", nullptr, e); }},
      {R"({"actionName":"closeGroupConnections","group":"g"})",
       [](P p, E e) { return awps_close_group_connections(p, "g", nullptr, e); }},
      {R"({"actionName":"grantPermission","connectionId":"c",)"
       R"("permission":"sendToGroup","targetName":"g"})",
       [](P p, E e) { return awps_grant_permission(p, "c", AWPS_SEND_TO_GROUP, "g", nullptr, e); }},
      {R"({"actionName":"revokePermission","connectionId":"c",)"
       R"("permission":"joinLeaveGroup","targetName":"g"})",
       [](P p, E e) {
         return awps_revoke_permission(p, "c", AWPS_JOIN_LEAVE_GROUP, "g", nullptr, e);
       }},
      {R"({"actionName":"closeUserConnections","userId":"u"})",
       [](P p, E e) { return awps_close_user_connections(p, "u", nullptr, e); }},
      {R"({"actionName":"removeConnectionFromAllGroups","connectionId":"c"})",
       [](P p, E e) { return awps_remove_connection_from_all_groups(p, "c", nullptr, e); }},
      {R"({"actionName":"addConnectionsToGroups","groups":["g","h"],"filter":"true"})",
       [](P p, E e) { return awps_add_connections_to_groups(p, kGroups, 2, "true", nullptr, e); }},
      {R"({"actionName":"removeConnectionsFromGroups","groups":["g"],"filter":"true"})",
       [](P p, E e) {
         return awps_remove_connections_from_groups(p, kGroups, 1, "true", nullptr, e);
       }},
      {R"({"actionName":"sendToAll", "data":"own"})",
       [](P p, E e) {
         return awps_send_line(p, R"({"actionName":"sendToAll", "data":"own"})", 0, e);
       }},
  };
  uint64_t number = 0;
  for (const CallRow& row : kRows) {
    ASSERT_EQ(row.call(producer, &error), ++number) << row.line << error.message;
    EXPECT_EQ(peer.read_line(), row.line);
  }
}

TEST_F(CInterface, WritesEveryField) {
  const char* excluded[] = {"c1", "c2"};
  awps_fields fields = {};
  fields.hub = "h";
  fields.id = "i";
  fields.ordering_key = "o";
  fields.conflation_key = "c";
  fields.filter = "";
  fields.excluded = excluded;
  fields.excluded_count = 2;
  fields.has_message_ttl = 1;
  fields.message_ttl_seconds = 0;
  fields.ttl_ms = 2050;
  fields.unordered = 1;
  fields.tag = 77;
  ASSERT_EQ(awps_send_to_all(producer, awps_text("x"), &fields, &error), 1U) << error.message;
  EXPECT_EQ(peer.read_line(),
            R"({"actionName":"sendToAll","hub":"h","id":"i","orderingKey":"o","conflationKey":"c",)"
            R"("filter":"","excluded":["c1","c2"],"messageTtlSeconds":0,"ttlSeconds":2.050,)"
            R"("unordered":true,"data":"x"})");
  fields = {};
  fields.reason = "bye";
  ASSERT_EQ(awps_close_all_connections(producer, &fields, &error), 2U) << error.message;
  EXPECT_EQ(peer.read_line(), R"({"actionName":"closeAllConnections","reason":"bye"})");
}

TEST_F(CInterface, TellsOutcomesAndStatus) {
  awps_fields fields = {};
  fields.tag = 7;
  ASSERT_EQ(awps_send_to_all(producer, awps_text("x"), &fields, nullptr), 1U);
  ASSERT_EQ(awps_send_to_all(producer, awps_text("y"), nullptr, nullptr), 2U);
  peer.read_line(), peer.read_line();
  EXPECT_EQ(awps_flush(producer, 1, &error), -1);
  EXPECT_EQ(error.code, AWPS_TIMEOUT);
  peer.write("{\"status\":\"delivered\",\"seq\":1,\"httpStatus\":202,\"attempts\":1}\n");
  ASSERT_TRUE(await_outcome(heard));
  const awps_status status = awps_get_status(producer);
  EXPECT_EQ(status.is_connected, 1);
  EXPECT_EQ(status.taken, 2U);
  EXPECT_EQ(status.unsettled, 1U);
  EXPECT_EQ(awps_close(producer, 1, &error), -1);
  MutexLock lock(heard.mutex);
  EXPECT_EQ(heard.outcomes, (std::vector<std::string>{"1 7 2 1 202 ", "2 0 8 0 0 unconfirmed"}));
}

TEST(CDeduplication, IsAnOptionThatTellsDuplicates) {
  FakeDaemon daemon;
  const std::string path = daemon.path();
  Heard heard;
  awps_options options;
  awps_options_init(&options);
  EXPECT_EQ(options.deduplicate, 0);
  options.socket_path = path.c_str();
  options.deduplicate = 1;
  EXPECT_EQ(awps_open(&options, nullptr), nullptr) << "it needs a name";
  options.name = "billing";
  options.on_outcome = hear;
  options.context = &heard;
  awps_producer* producer = awps_open(&options, nullptr);
  ASSERT_NE(producer, nullptr);
  EXPECT_EQ(awps_dedupe_window_seconds(producer), 0U);  // it is not connected
  ASSERT_EQ(awps_send_to_all(producer, awps_text("x"), nullptr, nullptr), 1U);
  Peer peer = daemon.accept();
  EXPECT_EQ(peer.read_line(),
            R"({"hello":{"ack":"delivered","producer":"billing","deduplicate":true}})");
  peer.write("{\"status\":\"ready\",\"protocol\":1,\"dedupeWindowSeconds\":0.5}\n");
  EXPECT_TRUE(peer.read_line().ends_with("-1\"}"));
  EXPECT_EQ(awps_dedupe_window_seconds(producer), 1U);
  peer.write("{\"status\":\"duplicate\",\"seq\":1}\n");
  EXPECT_EQ(awps_close(producer, static_cast<unsigned>(kTestDeadline.count()) * 1000, nullptr), 0);
  awps_destroy(producer);
  MutexLock lock(heard.mutex);
  EXPECT_EQ(heard.outcomes, std::vector<std::string>{"1 0 9 1 0 "});
}

// Whatever an allocator does then, nothing is thrown into C.
TEST_F(CInterface, ALackOfMemoryEndsTheProcess) {
  constexpr int kThrown = 77;
  const std::string name(size_t{64} << 20U, 'x');
  options.name = name.c_str();
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit little = {size_t{1} << 20U, size_t{1} << 20U};
    ::setrlimit(RLIMIT_AS, &little);  // no more than there is
    try {
      (void)awps_open(&options, &error);
    } catch (...) {
      ::_exit(kThrown);
    }
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_FALSE(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == kThrown));
}

TEST_F(CInterface, FailsWithCodeAndText) {
  EXPECT_EQ(awps_send_to_user(producer, nullptr, awps_text("x"), nullptr, &error), 0U);
  EXPECT_EQ(error.code, AWPS_INVALID);
  EXPECT_STREQ(error.message, "sendToUser: userId is empty: give at least one character");
  EXPECT_EQ(awps_send_line(producer, nullptr, 0, nullptr), 0U);
  // A long message is cut off between two characters.
  std::string accents = "x";
  for (int i = 0; i < 300; ++i) accents += "é";
  options.socket_path = accents.c_str();
  EXPECT_EQ(awps_open(&options, &error), nullptr);
  EXPECT_EQ(error.code, AWPS_INVALID);
  const std::string_view message(error.message);
  EXPECT_GE(message.size(), sizeof error.message - 2);
  EXPECT_TRUE(message.ends_with("é")) << message;
}

}  // namespace
}  // namespace awps::client
