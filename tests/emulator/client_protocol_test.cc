#include "emulator/client_protocol.h"

#include <gtest/gtest.h>

#include "service_driver.h"

namespace awps::emulator {
namespace {

struct FrameRow {
  std::string_view name;
  std::string frame;
  std::string answer;  // empty: none
};

/// A client "u" that may join and send to "g" only.
class ClientFrames : public testing::TestWithParam<FrameRow> {};

TEST_P(ClientFrames, AreAnswered) {
  ServiceDriver driver;
  const TestClient client = driver.connect(
      {.user = "u", .roles = {"webpubsub.joinLeaveGroup.g", "webpubsub.sendToGroup.g"}});
  client.link->frames.clear();
  EXPECT_EQ(driver.receive(client, GetParam().frame), std::nullopt);
  std::string answers;
  for (const std::string& frame : client.link->frames) answers += frame;
  EXPECT_EQ(answers, GetParam().answer);
}

std::string bad(std::string_view message) {
  return R"({"type":"ack","ackId":1,"success":false,"error":{"name":"BadRequest","message":")" +
         std::string(message) + "\"}}";
}

INSTANTIATE_TEST_SUITE_P(
    Client, ClientFrames,
    testing::Values(
        FrameRow{"ping", R"({"type":"ping"})", R"({"type":"pong"})"},
        FrameRow{"join", R"({"type":"joinGroup","group":"g","ackId":1})",
                 R"({"type":"ack","ackId":1,"success":true})"},
        FrameRow{"joinWithoutAck", R"({"type":"joinGroup","group":"g"})", ""},
        FrameRow{"largestAckId", R"({"type":"joinGroup","group":"g","ackId":18446744073709551615})",
                 R"({"type":"ack","ackId":18446744073709551615,"success":true})"},
        FrameRow{"forbiddenJoin", R"({"type":"joinGroup","group":"h","ackId":1})",
                 R"({"type":"ack","ackId":1,"success":false,"error":{"name":"Forbidden","message":)"
                 R"("The client does not have permission to join or leave group 'h'"}})"},
        FrameRow{"forbiddenSend",
                 R"({"type":"sendToGroup","group":"h","ackId":1,"dataType":"text","data":"x"})",
                 R"({"type":"ack","ackId":1,"success":false,"error":{"name":"Forbidden","message":)"
                 R"("The client does not have permission to send to group 'h'"}})"},
        FrameRow{"sendToNobody", R"({"type":"sendToGroup","group":"g","ackId":1,"data":{"a":1}})",
                 R"({"type":"ack","ackId":1,"success":true})"},
        FrameRow{"event", R"({"type":"event","event":"e","ackId":1,"dataType":"text","data":"x"})",
                 R"({"type":"ack","ackId":1,"success":false,"error":{"name":"InternalServerError",)"
                 R"("message":"The event has no event handler: the emulator has none."}})"},
        FrameRow{"sequenceAck", R"({"type":"sequenceAck","sequenceId":1})", ""},
        FrameRow{"unknownType", R"({"type":"fly","ackId":1})", bad("The type is not supported.")},
        FrameRow{"noData", R"({"type":"sendToGroup","group":"g","ackId":1})",
                 bad("The request has no data.")},
        FrameRow{"textNoString",
                 R"({"type":"sendToGroup","group":"g","ackId":1,"dataType":"text","data":1})",
                 bad("The data of dataType 'text' must be a string.")},
        FrameRow{"notBase64",
                 R"({"type":"sendToGroup","group":"g","ackId":1,"dataType":"binary","data":"?"})",
                 bad("The data of dataType 'binary' must be base64.")},
        FrameRow{"ttl", R"({"type":"sendToGroup","group":"g","ackId":1,"data":1,"ttlSeconds":301})",
                 bad("The ttlSeconds must be in between 0 and 300.")},
        FrameRow{"blankGroup", R"({"type":"joinGroup","group":" ","ackId":1})",
                 bad("The group must be a string of 1 to 1024 characters.")}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(ClientAcks, SayDuplicateForAProcessedId) {
  ServiceDriver driver;
  const TestClient client = driver.connect({.roles = {"webpubsub.joinLeaveGroup"}});
  driver.receive(client, R"({"type":"joinGroup","group":"g","ackId":1})");
  driver.receive(client, R"({"type":"joinGroup","group":"g","ackId":1})");
  EXPECT_EQ(client.last(),
            R"({"type":"ack","ackId":1,"success":false,"error":{"name":"Duplicate","message":)"
            R"("Message with ack-id: 1 has been processed"}})");
}

TEST(ClientFrames, ThatAreNoJsonEndTheConnection) {
  ServiceDriver driver;
  const TestClient client = driver.connect({});
  EXPECT_EQ(driver.receive(client, "{"), CloseCode::kInvalidPayload);
  EXPECT_EQ(driver.receive(client, "[1]"), CloseCode::kInvalidPayload);
  EXPECT_EQ(driver.receive(client, "{}", true), CloseCode::kUnsupportedData);
}

struct ReceiveRow {
  std::string_view name;
  Protocol protocol;
  std::string content_type;
  std::string body;
  std::string frame;
  bool is_binary = false;
};

class ClientReceives : public testing::TestWithParam<ReceiveRow> {};

TEST_P(ClientReceives, TheServersMessage) {
  const ReceiveRow& row = GetParam();
  ServiceDriver driver;
  const TestClient client = driver.connect({.protocol = row.protocol});
  client.link->was_binary.clear();
  driver.send({.method = "POST",
               .target = "/api/hubs/chat/:send",
               .content_type = row.content_type,
               .body = row.body});
  EXPECT_EQ(client.last(), row.frame);
  EXPECT_EQ(client.link->was_binary.back(), row.is_binary);
}

INSTANTIATE_TEST_SUITE_P(
    Client, ClientReceives,
    testing::Values(
        ReceiveRow{"simpleText", Protocol::kSimple, "text/plain", "hi", "hi"},
        ReceiveRow{"simpleJson", Protocol::kSimple, "application/json", "\"hi\"", "\"hi\""},
        ReceiveRow{"simpleBinary", Protocol::kSimple, "application/octet-stream", "\1\2", "\1\2",
                   true},
        ReceiveRow{"simpleLatin1", Protocol::kSimple, "text/plain; charset=\"ISO-8859-1\"", "\xE9",
                   "é"},
        ReceiveRow{"simpleBrokenText", Protocol::kSimple, "text/plain", "a\xFF", "a\xEF\xBF\xBD"},
        ReceiveRow{"jsonText", Protocol::kJson, "text/plain", "a\"b",
                   R"({"type":"message","from":"server","dataType":"text","data":"a\"b"})"},
        ReceiveRow{"jsonJson", Protocol::kJson, "application/json", R"({ "a": 1 })",
                   R"({"type":"message","from":"server","dataType":"json","data":{ "a": 1 }})"},
        ReceiveRow{"jsonBinary", Protocol::kJson, "application/octet-stream", "\1\2",
                   R"({"type":"message","from":"server","dataType":"binary","data":"AQI="})"},
        ReceiveRow{"jsonProtobuf", Protocol::kJson, "application/x-protobuf", "\1",
                   R"({"type":"message","from":"server","dataType":"protobuf","data":"AQ=="})"},
        ReceiveRow{
            "reliable", Protocol::kReliableJson, "text/plain", "x",
            R"({"sequenceId":1,"type":"message","from":"server","dataType":"text","data":"x"})"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(ClientReceives, AGroupsMessageWithItsSender) {
  ServiceDriver driver;
  const TestClient sender = driver.connect({.user = "kiosk", .roles = {"webpubsub.sendToGroup"}});
  const TestClient member = driver.connect({.groups = {"g"}});
  driver.receive(sender, R"({"type":"sendToGroup","group":"g","dataType":"text","data":"x"})");
  EXPECT_EQ(member.last(), R"({"type":"message","from":"group","fromUserId":"kiosk","group":"g",)"
                           R"("dataType":"text","data":"x"})");
  driver.send({.method = "POST",
               .target = "/api/hubs/chat/groups/g/:send",
               .content_type = "text/plain",
               .body = "y"});
  EXPECT_EQ(member.last(), R"({"type":"message","from":"group","fromUserId":null,"group":"g",)"
                           R"("dataType":"text","data":"y"})");
}

TEST(ClientReceives, NoEchoIfItAsksForNone) {
  ServiceDriver driver;
  const TestClient client = driver.connect({.roles = {"webpubsub.sendToGroup"}, .groups = {"g"}});
  const size_t before = client.link->frames.size();
  driver.receive(client, R"({"type":"sendToGroup","group":"g","noEcho":true,"data":1})");
  EXPECT_EQ(client.link->frames.size(), before);
  driver.receive(client, R"({"type":"sendToGroup","group":"g","noEcho":false,"data":1})");
  EXPECT_EQ(client.link->frames.size(), before + 1);
}

TEST(ClientReceives, MetadataBehindTheData) {
  ServiceDriver driver;
  const TestClient client = driver.connect({});
  driver.send({.method = "POST",
               .target = "/api/hubs/chat/:send",
               .content_type = "text/plain",
               .body = "x",
               .headers = "X-WebPubSub-Metadata-Color: red, blue\r\n"});
  EXPECT_EQ(client.last(), R"({"type":"message","from":"server","dataType":"text","data":"x",)"
                           R"("metadata":{"color":"blue"}})");
}

TEST(ClientClose, TellsTheReasonToSubprotocols) {
  ServiceDriver driver;
  const TestClient json = driver.connect({.protocol = Protocol::kJson, .user = "u"});
  const TestClient simple = driver.connect({.protocol = Protocol::kSimple, .user = "u"});
  const TestClient kept = driver.connect({.protocol = Protocol::kSimple, .user = "u"});
  driver.send(
      {.method = "POST",
       .target = "/api/hubs/chat/users/u/:closeConnections?reason=r%201&excluded=" + kept.id});
  EXPECT_EQ(json.last(), R"({"type":"system","event":"disconnected","message":)"
                         R"("Application server closed the connection. Reason: r 1"})");
  EXPECT_EQ(json.link->closed, CloseCode::kNormal);
  EXPECT_TRUE(simple.link->frames.empty());
  EXPECT_EQ(simple.link->closed, CloseCode::kNormal);
  EXPECT_EQ(kept.link->closed, std::nullopt);
  EXPECT_EQ(driver.service.counters().connections, 1U);
}

TEST(SimpleClients, AreDroppedForAnEventAndMayPublish) {
  ServiceDriver driver;
  const TestClient events = driver.connect({.protocol = Protocol::kSimple});
  EXPECT_EQ(driver.receive(events, "x"), CloseCode::kNormal);
  TestClient publisher =
      driver.connect({.protocol = Protocol::kSimple, .roles = {"webpubsub.sendToGroup.g"}});
  const TestClient member = driver.connect({.protocol = Protocol::kSimple, .groups = {"g"}});
  publisher.admission.simple_mode.send_to_group = "g";
  EXPECT_EQ(driver.receive(publisher, "x"), std::nullopt);
  EXPECT_EQ(member.last(), "x");
  publisher.admission.simple_mode.send_to_group = "h";
  EXPECT_EQ(driver.receive(publisher, "x"), CloseCode::kPolicy);
}

const ClientSpec kReliable{.protocol = Protocol::kReliableJson, .user = "u", .groups = {"g"}};

void send_text(ServiceDriver& driver, const std::string& text) {
  driver.send({.method = "POST",
               .target = "/api/hubs/chat/groups/g/:send",
               .content_type = "text/plain",
               .body = text});
}

std::string token_of(const TestClient& client) {
  const std::string& frame = client.link->frames.front();
  const std::string name = R"("reconnectionToken":")";
  const size_t begin = frame.find(name) + name.size();
  return frame.substr(begin, frame.find('"', begin) - begin);
}

TEST(ReliableClients, AreGivenWhatTheyHaveNotAcknowledged) {
  ServiceDriver driver;
  TestClient client = driver.connect(kReliable);
  send_text(driver, "1");
  send_text(driver, "2");
  driver.receive(client, R"({"type":"sequenceAck","sequenceId":1})");
  driver.service.closed(
      {.hub = "chat", .connection_id = client.id, .link = client.link.get(), .is_final = false},
      driver.now().instant);
  send_text(driver, "3");
  RecordingLink second;
  client.admission.recovery = Recovery{client.id, token_of(client)};
  driver.elapsed += std::chrono::seconds(29);
  ASSERT_EQ(driver.service.open(client.admission, second, driver.now()), client.id);
  ASSERT_EQ(second.frames.size(), 3U);
  EXPECT_TRUE(second.frames[1].starts_with(R"({"sequenceId":2,)"));
  EXPECT_TRUE(second.frames[2].starts_with(R"({"sequenceId":3,)"));
}

TEST(ReliableClients, AreNotRecoveredTooLateOrWithAWrongToken) {
  ServiceDriver driver;
  TestClient client = driver.connect(kReliable);
  driver.service.closed(
      {.hub = "chat", .connection_id = client.id, .link = client.link.get(), .is_final = false},
      driver.now().instant);
  RecordingLink second;
  client.admission.recovery = Recovery{client.id, "wrong"};
  EXPECT_EQ(driver.service.open(client.admission, second, driver.now()), std::nullopt);
  client.admission.recovery = Recovery{client.id, token_of(client)};
  driver.elapsed += std::chrono::seconds(30);
  EXPECT_EQ(driver.service.open(client.admission, second, driver.now()), std::nullopt);
  EXPECT_EQ(driver.service.counters().connections, 0U);
}

TEST(ReliableClients, AreNotRecoveredAfterAClose) {
  ServiceDriver driver;
  TestClient client = driver.connect(kReliable);
  driver.send({.method = "DELETE", .target = "/api/hubs/chat/connections/" + client.id});
  RecordingLink second;
  client.admission.recovery = Recovery{client.id, token_of(client)};
  EXPECT_EQ(driver.service.open(client.admission, second, driver.now()), std::nullopt);
}

TEST(ReliableClients, AreClosedForGoodWhenTheyFallTooFarBehind) {
  ServiceDriver driver;
  const TestClient client = driver.connect(kReliable);
  for (size_t i = 0; i <= ReplayQueue::kMaxMessages; ++i) send_text(driver, "x");
  EXPECT_EQ(client.link->closed, CloseCode::kPolicy);
}

}  // namespace
}  // namespace awps::emulator
