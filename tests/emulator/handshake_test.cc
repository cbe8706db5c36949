#include "emulator/handshake.h"

#include <gtest/gtest.h>

#include "service_driver.h"

namespace awps::emulator {
namespace {

constexpr std::string_view kPath = "http://127.0.0.1:8090/client/hubs/chat";

std::string client_token(const std::string& more = "", std::string_view audience = kPath) {
  return ServiceDriver::token("{\"aud\":\"" + std::string(audience) + "\",\"exp\":" +
                              std::to_string(ServiceDriver::kNowSeconds + 60) + more + "}");
}

Result<ClientAdmission, HttpResponse> admit(const std::string& target, const std::string& headers,
                                            bool upgrades = true,
                                            std::string_view public_url = {}) {
  const std::string text = "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1:8090\r\n" + headers +
                           (upgrades ? "Upgrade: websocket\r\n\r\n" : "\r\n");
  RequestHead head;
  AWPS_CHECK(parse_head(text, head) == HeadState::kComplete);
  TokenCache tokens;
  tokens.set_keys({std::string(ServiceDriver::kKey)});
  return admit_client(head, tokens, ServiceDriver::kNowSeconds, public_url);
}

TEST(Handshake, TakesTokensForThePublicUrl) {
  const auto status = [](std::string_view audience, std::string_view public_url) {
    const auto admission =
        admit("/client/hubs/chat?access_token=" + client_token("", audience), "", true, public_url);
    return admission.ok() ? 0 : admission.error().status;
  };
  constexpr std::string_view kPublic = "https://chat.test";
  EXPECT_EQ(status("https://chat.test/client/hubs/chat", kPublic), 0);
  EXPECT_EQ(status("wss://CHAT.test:443/client/hubs/chat", kPublic), 0);
  EXPECT_EQ(status(kPath, kPublic), 0);
  EXPECT_EQ(status("ws://chat.test/client/hubs/chat", kPublic), 401);
  EXPECT_EQ(status("https://chat.test/client/hubs/other", kPublic), 401);
  EXPECT_EQ(status("https://chat.test/client/hubs/chat", ""), 401);
}

TEST(Handshake, TakesUserGroupsAndRolesFromTheToken) {
  const auto admission =
      admit("/client/hubs/Chat?access_token=" +
                client_token(R"(,"sub":"u","role":"webpubsub.sendToGroup","webpubsub.group":["g"])",
                             "ws://127.0.0.1:8090/client/hubs/Chat"),
            "Sec-WebSocket-Protocol: other, json.reliable.webpubsub.azure.v1\r\n");
  ASSERT_TRUE(admission.ok());
  EXPECT_EQ(admission->hub, "chat");
  EXPECT_EQ(admission->user_id, "u");
  EXPECT_EQ(admission->groups, (std::vector<std::string>{"g"}));
  EXPECT_EQ(admission->protocol, Protocol::kReliableJson);
  EXPECT_TRUE(admission->permissions.allows(Permission::kSendToGroup, "x"));
}

struct Row {
  std::string_view name;
  std::string target;
  std::string headers;
  int status;  // 0: admitted
  bool upgrades = true;
};

class Handshakes : public testing::TestWithParam<Row> {};

TEST_P(Handshakes, AreDecidedBeforeTheUpgrade) {
  const auto admission = admit(GetParam().target, GetParam().headers, GetParam().upgrades);
  EXPECT_EQ(admission.ok() ? 0 : admission.error().status, GetParam().status);
}

INSTANTIATE_TEST_SUITE_P(
    Client, Handshakes,
    testing::Values(
        Row{"path", "/client/hubs/chat?access_token=" + client_token(), "", 0},
        Row{"header", "/client/hubs/chat", "Authorization: Bearer " + client_token() + "\r\n", 0},
        Row{"queryForm", "/client/?hub=chat&access_token=" + client_token(), "", 0},
        Row{"queryFormSignedAsSent",
            "/client/?hub=chat&access_token=" + client_token("", "http://127.0.0.1:8090/client/"),
            "", 0},
        Row{"noToken", "/client/hubs/chat", "", 401},
        Row{"otherHubsToken", "/client/hubs/other?access_token=" + client_token(), "", 401},
        Row{"noUpgrade", "/client/hubs/chat?access_token=" + client_token(), "", 400, false},
        Row{"twoHubs", "/client/hubs/chat?hub=chat&access_token=" + client_token(), "", 400},
        Row{"noHub", "/client?access_token=" + client_token(), "", 400},
        Row{"badHub", "/client/hubs/1?access_token=" + client_token(), "", 400},
        Row{"badGroup",
            "/client/hubs/chat?access_token=" + client_token(R"(,"webpubsub.group":" ")"), "", 400},
        Row{"publisher",
            "/client/hubs/chat?webpubsub_mode=sendToGroup&group=g&access_token=" + client_token(),
            "", 0},
        Row{"publisherWithoutGroup",
            "/client/hubs/chat?webpubsub_mode=sendToGroup&access_token=" + client_token(), "", 400},
        Row{"recoveryNeedsNoToken",
            "/client/hubs/chat?awps_connection_id=c&awps_reconnection_token=r", "", 0},
        Row{"elsewhere", "/client/fly/chat", "", 404}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Subprotocols, TheFirstSupportedIsChosen) {
  EXPECT_EQ(chosen_protocol(""), Protocol::kSimple);
  EXPECT_EQ(chosen_protocol("custom"), Protocol::kSimple);
  EXPECT_EQ(chosen_protocol("x, json.webpubsub.azure.v1"), Protocol::kJson);
  EXPECT_EQ(chosen_protocol("json.reliable.webpubsub.azure.v1,json.webpubsub.azure.v1"),
            Protocol::kReliableJson);
}

}  // namespace
}  // namespace awps::emulator
