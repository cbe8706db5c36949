#include "admin/request_handler.h"

#include <gtest/gtest.h>

#include "tests/admin/server_harness.h"

namespace awps::admin {
namespace {

// Who is no stranger. Of the Unix socket: rights_test.cc.
TEST(RequestHandler, KnowsWhoShowsTheToken) {
  const TestFolder folder;
  FakeService service;
  const SystemClock clock;
  const Rights rights;
  RequestHandler handler(
      service, Access(rights, std::move(*TokenFile::open(folder.write("t", kToken)))), clock);
  const std::pair<std::string, std::string> right = {"authorization",
                                                     "Bearer " + std::string(kToken)};
  const std::pair<std::string, std::string> wrong = {"Authorization", "Bearer 0123456789abcdef"};
  EXPECT_TRUE(handler.is_known({.headers = {right}, .over_tcp = true}));
  EXPECT_FALSE(handler.is_known({.headers = {wrong}, .over_tcp = true}));
  EXPECT_FALSE(handler.is_known({.headers = {right, wrong}, .over_tcp = true}));
  EXPECT_FALSE(handler.is_known({.headers = {right, right}, .over_tcp = true}));
  EXPECT_FALSE(handler.is_known({.over_tcp = true}));
  EXPECT_TRUE(service.calls().empty());
}

TEST(RequestHandler, NamesWhatTheServerRefusesByItsStatus) {
  TestServer server;
  const HttpAnswer expects =
      server.client().ask(request_text("GET /status HTTP/1.1", {"Expect: x"}));
  EXPECT_EQ(expects.status, 417);
  EXPECT_EQ(expects.error_code(), "invalid_request");
  const HttpAnswer no_length =
      server.client().ask("POST /log HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n");
  EXPECT_EQ(no_length.status, 400);
  EXPECT_EQ(no_length.error_code(), "invalid_request");
  const HttpAnswer long_body =
      server.client().ask("POST /log HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n");
  EXPECT_EQ(long_body.status, 413);
  EXPECT_EQ(long_body.error_code(), "too_large");
  const HttpAnswer long_head =
      server.client().ask(request_text("GET /status HTTP/1.1", {"X: " + std::string(20'000, 'x')}));
  EXPECT_EQ(long_head.status, 431);
  EXPECT_EQ(long_head.error_code(), "too_large");
}

}  // namespace
}  // namespace awps::admin
