// The user's part of a URL, taken out and masked.

#include "base/url_userinfo.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

struct Row {
  const char* name;
  const char* url;
  const char* bare;
  const char* userinfo;
  const char* masked;
};
void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

const Row kRows[] = {
    {"None", "http://proxy:1", "http://proxy:1", "", "http://proxy:1"},
    {"Empty", "", "", "", ""},
    {"UserAndPassword", "http://u:p@proxy:1/", "http://proxy:1/", "u:p", "http://***@proxy:1/"},
    {"UserAlone", "socks5h://token@proxy", "socks5h://proxy", "token", "socks5h://***@proxy"},
    {"Nothing", "http://@proxy", "http://proxy", "", "http://***@proxy"},
    {"AtInThePassword", "http://u:p@ss@proxy", "http://proxy", "u:p@ss", "http://***@proxy"},
    {"SlashInThePassword", "http://u:p/s@proxy", "http://proxy", "u:p/s", "http://***@proxy"},
    {"Encoded", "http://u:p%40@proxy", "http://proxy", "u:p%40", "http://***@proxy"},
    {"WithoutScheme", "u:p@proxy:1", "proxy:1", "u:p", "***@proxy:1"},
    {"Quoted", "\"http://u:p@proxy\"", "\"http://proxy\"", "u:p", "\"http://***@proxy\""},
};

class UserInfo : public testing::TestWithParam<Row> {};

TEST_P(UserInfo, IsTakenOutOrMasked) {
  const UrlWithoutUser split = without_userinfo(GetParam().url);
  EXPECT_EQ(split.url, GetParam().bare);
  EXPECT_EQ(split.userinfo, GetParam().userinfo);
  EXPECT_EQ(with_masked_userinfo(GetParam().url), GetParam().masked);
}

INSTANTIATE_TEST_SUITE_P(All, UserInfo, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace awps
