#include "base/loopback_host.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

TEST(LoopbackHost, IsThisMachineAlone) {
  for (const std::string_view host :
       {"localhost", "LocalHost", "127.0.0.1", "127.255.0.9", "::1", "[::1]", "0:0:0:0:0:0:0:1"}) {
    EXPECT_TRUE(is_loopback_host(host)) << host;
  }
  for (const std::string_view host :
       {"", "[", "[]", "localhos", "localhost.", "localhost.example", "127.0.0.1.example", "127.1",
        "128.0.0.1", "0.0.0.0", "::", "::2", "[::1", "::ffff:127.0.0.1"}) {
    EXPECT_FALSE(is_loopback_host(host)) << host;
  }
}

}  // namespace
}  // namespace awps
