#include "emulator/url.h"

#include <gtest/gtest.h>

namespace awps::emulator {
namespace {

using Segments = std::optional<std::vector<std::string>>;

struct PathRow {
  std::string_view name;
  std::string_view path;
  Segments segments;
};

class PathSegments : public testing::TestWithParam<PathRow> {};

TEST_P(PathSegments, AreSplitThenDecodedOnce) {
  EXPECT_EQ(path_segments(GetParam().path), GetParam().segments);
}

INSTANTIATE_TEST_SUITE_P(Url, PathSegments,
                         testing::Values(PathRow{"plain", "/api/hubs", Segments({"api", "hubs"})},
                                         PathRow{"blank", "/a%20b", Segments({"a b"})},
                                         PathRow{"plus", "/a+b", Segments({"a+b"})},
                                         PathRow{"slashStays", "/a%2Fb", Segments({"a%2Fb"})},
                                         PathRow{"lowerSlashStays", "/a%2fb", Segments({"a%2fb"})},
                                         PathRow{"percent", "/a%252Fb", Segments({"a%2Fb"})},
                                         PathRow{"utf8", "/%E6%97%A5", Segments({"日"})},
                                         PathRow{"badEscape", "/50%zz", Segments({"50%zz"})},
                                         PathRow{"cutEscape", "/50%2", Segments({"50%2"})},
                                         PathRow{"badUtf8", "/%FF", std::nullopt},
                                         PathRow{"empty", "//a", std::nullopt},
                                         PathRow{"dot", "/a/./b", std::nullopt},
                                         PathRow{"dots", "/a/../b", std::nullopt},
                                         PathRow{"encodedDots", "/a/%2E%2e/b", std::nullopt},
                                         PathRow{"threeDots", "/a/...", Segments({"a", "..."})},
                                         PathRow{"relative", "a", std::nullopt}),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Query, TakesValuesByNameWithoutCase) {
  const Query query("Excluded=a%201&excluded=b+2&filter=userId%20eq%20%27x%27&empty=&flag");
  EXPECT_EQ(query.all("excluded"), (std::vector<std::string>{"a 1", "b 2"}));
  EXPECT_EQ(*query.find("filter"), "userId eq 'x'");
  EXPECT_EQ(*query.find("empty"), "");
  EXPECT_EQ(*query.find("flag"), "");
  EXPECT_EQ(query.find("absent"), nullptr);
  EXPECT_EQ(query.count("excluded"), 2U);
}

TEST(SplitTarget, TakesOriginAndAbsoluteForm) {
  EXPECT_EQ(split_target("/a/b?c=d?e").path, "/a/b");
  EXPECT_EQ(split_target("/a/b?c=d?e").query, "c=d?e");
  EXPECT_EQ(split_target("http://h:1/a?b").path, "/a");
  EXPECT_EQ(split_target("http://h:1").path, "/");
}

TEST(PercentEncoded, IsDecodedBack) {
  const std::string text = "a b/%é'~";
  EXPECT_EQ(percent_encoded(text), "a%20b%2F%25%C3%A9%27~");
  EXPECT_EQ(percent_decoded(percent_encoded(text), {}), text);
}

}  // namespace
}  // namespace awps::emulator
