#include "auth/client_access.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace awps {
namespace {

constexpr WallTime kNow{std::chrono::seconds(1'700'000'000)};

nlohmann::json claims_of(const std::string& url) {
  const size_t begin = url.find('.') == std::string::npos ? 0 : url.find("access_token=") + 13;
  const std::string token = url.substr(begin);
  const size_t first = token.find('.');
  const size_t second = token.find('.', first + 1);
  return nlohmann::json::parse(*base64url_decode(token.substr(first + 1, second - first - 1)));
}

TEST(ClientAccessTest, NamesTheHubAndWhatItsHolderMay) {
  const HmacKey key("key");
  const std::string url = client_access_url("https://host", "chat", key,
                                            {.user_id = "a \"b\"",
                                             .roles = {"webpubsub.sendToGroup"},
                                             .groups = {"g1", "g2"},
                                             .lifetime = std::chrono::minutes(5)},
                                            kNow);
  EXPECT_TRUE(url.starts_with("wss://host/client/hubs/chat?access_token=eyJ")) << url;
  EXPECT_EQ(claims_of(url), nlohmann::json::parse(R"({
    "aud": "https://host/client/hubs/chat", "sub": "a \"b\"",
    "role": ["webpubsub.sendToGroup"], "webpubsub.group": ["g1", "g2"],
    "iat": 1700000000, "exp": 1700000300})"));
}

TEST(ClientAccessTest, SaysNothingThatWasNotAskedFor) {
  const HmacKey key("key");
  const std::string url = client_access_url("http://127.0.0.1:80", "chat", key, {}, kNow);
  EXPECT_TRUE(url.starts_with("ws://127.0.0.1:80/client/hubs/chat?access_token=")) << url;
  EXPECT_EQ(claims_of(url), nlohmann::json::parse(R"({
    "aud": "http://127.0.0.1:80/client/hubs/chat", "iat": 1700000000, "exp": 1700003600})"));
}

}  // namespace
}  // namespace awps
