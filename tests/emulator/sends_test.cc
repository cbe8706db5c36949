// Whom a send reaches.

#include <gtest/gtest.h>

#include "service_driver.h"

namespace awps::emulator {
namespace {

struct Row {
  std::string_view name;
  std::string target;  // after /api/hubs/chat; A1 stands for the id of that client
  std::string receivers;
};

/// Clients: A1 and A2 of user "alice" (A1 in "g"), B of user "bob" (in "g"), N anonymous.
class Sends : public testing::TestWithParam<Row> {};

TEST_P(Sends, ReachTheirReceivers) {
  ServiceDriver driver;
  const std::vector<std::pair<std::string, TestClient>> clients = [&driver] {
    std::vector<std::pair<std::string, TestClient>> made;
    made.emplace_back("A1", driver.connect({.user = "alice", .groups = {"g"}}));
    made.emplace_back("A2", driver.connect({.user = "alice"}));
    made.emplace_back("B", driver.connect({.user = "bob", .groups = {"g"}}));
    made.emplace_back("N", driver.connect({}));
    return made;
  }();
  driver.connect({.user = "alice", .groups = {"g"}}, "other");
  std::string target = "/api/hubs/chat" + GetParam().target;
  if (const size_t at = target.find("A1"); at != std::string::npos) {
    target.replace(at, 2, clients[0].second.id);
  }
  EXPECT_EQ(
      driver.send({.method = "POST", .target = target, .content_type = "text/plain", .body = "x"})
          .status,
      202);
  std::string receivers;
  for (const auto& [name, client] : clients) {
    if (client.link->frames.size() > 1) receivers += name + " ";
  }
  EXPECT_EQ(receivers, GetParam().receivers);
}

INSTANTIATE_TEST_SUITE_P(
    Rest, Sends,
    testing::Values(Row{"all", "/:send", "A1 A2 B N "},
                    Row{"excluded", "/:send?excluded=A1&excluded=nobody", "A2 B N "},
                    Row{"filter", "/:send?filter=userId%20in%20('bob','eve')", "B "},
                    Row{"filterAll", "/:send?filter=userId%20ne%20'bob'", "A1 A2 N "},
                    Row{"filterAndExcluded", "/:send?filter=userId%20eq%20'alice'&excluded=A1",
                        "A2 "},
                    Row{"group", "/groups/g/:send", "A1 B "},
                    Row{"groupExcluded", "/groups/g/:send?excluded=A1", "B "},
                    Row{"groupFilter", "/groups/g/:send?filter=userId%20eq%20'alice'", "A1 "},
                    Row{"user", "/users/alice/:send", "A1 A2 "},
                    Row{"userIgnoresExcluded", "/users/alice/:send?excluded=A1", "A1 A2 "},
                    Row{"userFilter", "/users/alice/:send?filter='g'%20in%20groups", "A1 "},
                    Row{"connection", "/connections/A1/:send", "A1 "},
                    Row{"namesAreOrdinal", "/users/Alice/:send", ""}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Membership, BelongsToPresentConnections) {
  ServiceDriver driver;
  const TestClient first = driver.connect({.user = "u"});
  driver.send({.method = "PUT", .target = "/api/hubs/chat/users/u/groups/g"});
  const TestClient later = driver.connect({.user = "u"});
  driver.send({.method = "POST",
               .target = "/api/hubs/chat/groups/g/:send",
               .content_type = "text/plain",
               .body = "x"});
  EXPECT_EQ(first.link->frames.size(), 2U);
  EXPECT_EQ(later.link->frames.size(), 1U);
}

TEST(RequestLog, KeepsTheNewestInOrder) {
  ServiceDriver driver({.log_entries = 3});
  for (int i = 0; i < 5; ++i) {
    driver.send(
        {.method = "DELETE", .target = "/api/hubs/chat/users/u" + std::to_string(i) + "/groups"});
  }
  const auto log = driver.service.log().after(0, 10);
  ASSERT_EQ(log.size(), 3U);
  EXPECT_EQ(log[0].sequence, 3U);
  EXPECT_EQ(log[2].target, "u4");
  EXPECT_EQ(driver.service.log().after(4, 10).size(), 1U);
  EXPECT_EQ(driver.service.log().after(0, 1).front().sequence, 3U);
}

TEST(RequestLog, SaysWhatArrived) {
  ServiceDriver driver;
  driver.send({.method = "PUT",
               .target = "/api/hubs/chat/users/a%2Fc/groups/g?api-version=2024-12-01",
               .headers = "x-ms-client-request-id: id1\r\n"});
  std::string line;
  append_log_line(line, driver.service.log().after(0, 1).front());
  EXPECT_EQ(
      line,
      R"({"sequence":1,"arrivedNs":0,"operation":"addUserToGroup","method":"PUT","hub":"chat",)"
      R"("target":"a%2Fc","group":"g","path":"/api/hubs/chat/users/a%2Fc/groups/g",)"
      R"("query":"api-version=2024-12-01","contentType":"","bodyBytes":0,"body":"",)"
      R"("status":404,"tookEffect":false,"throttled":false,"fault":"",)"
      R"("clientRequestId":"id1"})"
      "\n");
}

TEST(RequestLog, CanBeOff) {
  ServiceDriver driver({.log_entries = 0});
  driver.send({.method = "DELETE", .target = "/api/hubs/chat/users/u/groups"});
  EXPECT_TRUE(driver.service.log().after(0, 10).empty());
  EXPECT_EQ(driver.service.counters().of(Operation::kRemoveUserFromAllGroups), 1U);
}

}  // namespace
}  // namespace awps::emulator
