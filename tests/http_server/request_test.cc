#include "http_server/request.h"

#include <gtest/gtest.h>

namespace awps::http_server {
namespace {

TEST(Headers, AreFoundInAnyCase) {
  const Request request{.headers = {{"content-type", "a"}, {"X-One", ""}, {"CONTENT-TYPE", "b"}}};
  EXPECT_EQ(request.header("Content-Type"), "a");
  EXPECT_EQ(request.header("x-one"), "");
  EXPECT_EQ(request.header("X-On"), std::nullopt);
  EXPECT_EQ(request.header("X-One "), std::nullopt);
}

TEST(Headers, ThatMayStandOnceAreNamed) {
  const Request request{.headers = {{"content-type", "a"}, {"X", "x"}, {"X", "x"}, {"Host", ""}}};
  static constexpr std::string_view kOnce[] = {"Host", "Content-Type", "Origin"};
  EXPECT_TRUE(check_once(request, kOnce));
  static constexpr std::string_view kMore[] = {"Host", "x"};
  EXPECT_EQ(check_once(request, kMore).error().message,
            "the header 'x' appears twice; send it once");
}

TEST(Target, IsTakenApart) {
  const Result<Target> target = parse_target("/a/b%20c?x=1%2B1+2&y&=z#part");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/a/b%20c");
  EXPECT_EQ(target->parameters,
            (std::map<std::string, std::string>{{"x", "1+1 2"}, {"y", ""}, {"", "z"}}));
}

TEST(Target, ThatIsNotWellFormedIsRefused) {
  for (const std::string text :
       {"", "a", "*", "http://a/", "/?a=%", "/?a=%2", "/?a=%2g", "/?a&a"}) {
    EXPECT_FALSE(parse_target(text)) << text;
  }
}

}  // namespace
}  // namespace awps::http_server
