#include "auth/hub_name.h"

#include <gtest/gtest.h>

#include <vector>

namespace awps {
namespace {

TEST(HubName, IsWhatTheServiceTakes) {
  const std::string longest = "h" + std::string(127, '9');
  const std::vector<std::string> names = {"chat", "C", "a_`,.[]", "hub1", longest};
  for (const std::string& name : names) EXPECT_TRUE(is_hub_name(name)) << name;
}

TEST(HubName, IsNothingElse) {
  const std::string too_long = "h" + std::string(128, '9');
  const std::vector<std::string> names = {"",       "1hub",      "_hub", "hub-1", "hub 1",
                                          "hub/..", "h\xc3\xa9", "..",   too_long};
  for (const std::string& name : names) EXPECT_FALSE(is_hub_name(name)) << name;
}

TEST(CanonicalHub, IsOneSpelling) {
  EXPECT_EQ(*canonical_hub("Chat_A"), "chat_a");
  EXPECT_EQ(*canonical_hub("chat_a"), "chat_a");
}

TEST(CanonicalHub, NamesTheWrongOne) {
  const Result<std::string> hub = canonical_hub("my\nhub");
  ASSERT_FALSE(hub.ok());
  EXPECT_NE(hub.error().message.find("\"my\\nhub\""), std::string::npos) << hub.error().message;
}

}  // namespace
}  // namespace awps
