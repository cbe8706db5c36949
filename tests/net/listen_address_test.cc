#include "net/listen_address.h"

#include <gtest/gtest.h>

#include "net/tcp_listener.h"

namespace awps {
namespace {

TEST(ListenAddress, IsReadAsItIsWritten) {
  for (const std::string text : {"unix:/run/a.sock", "unix:a", "127.0.0.1:9464", "[::1]:0",
                                 "0.0.0.0:80", "example.com:65535"}) {
    const Result<ListenAddress> address = parse_listen_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(to_text(*address), text);
    EXPECT_EQ(address->is_tcp(), !text.starts_with("unix:"));
  }
  EXPECT_EQ(parse_listen_address("LocalHost:1")->host, "127.0.0.1");
}

TEST(ListenAddress, ThatIsNoneIsRefusedWithTheReason) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "neither a Unix socket nor an address with a port"},
      {"/run/a.sock", "neither a Unix socket"},
      {"unix:", "the socket's path is missing"},
      {"::1:80", "in brackets"},
      {"127.0.0.1:", "no number from 0 to 65535"},
      {"127.0.0.1:65536", "no number from 0 to 65535"},
      {"127.0.0.1:-1", "no number from 0 to 65535"},
      {"127.0.0.1:1x", "no number from 0 to 65535"}};
  for (const auto& [text, reason] : cases) {
    const Result<ListenAddress> address = parse_listen_address(text);
    ASSERT_FALSE(address) << text;
    EXPECT_NE(address.error().message.find(reason), std::string::npos) << address.error().message;
  }
}

TEST(TcpListener, LooksUpNoNames) {
  const auto listener = listen_on_tcp({.host = "example.com", .port = 0});
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().exit_code, ExitCode::kConfig);
  EXPECT_NE(listener.error().message.find("'example.com:0': the host is no IP address"),
            std::string::npos);
}

TEST(TcpListener, SaysThePortThatTheKernelChose) {
  const auto listener = listen_on_tcp({.host = "127.0.0.1", .port = 0});
  ASSERT_TRUE(listener);
  EXPECT_NE(listener->address.port, 0);
}

}  // namespace
}  // namespace awps
