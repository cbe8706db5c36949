// What a reply is on the wire.

#include "http_server/reply.h"

#include <gtest/gtest.h>

namespace awps::http_server {
namespace {

using std::chrono::seconds;

TEST(WireText, SaysWhenItWasMade) {
  const std::string text = wire_text(text_reply(200, "x"), {.now = WallTime(seconds(784111777))});
  EXPECT_NE(text.find("\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), std::string::npos) << text;
}

TEST(WireText, HasNoBodyForAHead) {
  const std::string text = wire_text(text_reply(404, "gone"), {.to_head = true});
  EXPECT_NE(text.find("\r\nContent-Length: 5\r\n"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("\r\n\r\n")) << text;
}

}  // namespace
}  // namespace awps::http_server
