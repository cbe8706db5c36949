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

}  // namespace
}  // namespace awps::admin
