// The page that is compiled in, and the policy made from it.

#include "admin/page.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace awps::admin {
namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The page, put together by a rule that differs from the build's: line by line.
std::string joined(const std::filesystem::path& folder) {
  std::istringstream lines(text_of(folder / "index.html"));
  std::string page;
  for (std::string line; std::getline(lines, line);) {
    const bool is_file = line.size() > 2 && line.starts_with('@') && line.ends_with('@');
    page += is_file ? text_of(folder / line.substr(1, line.size() - 2)) : line + "\n";
  }
  return page;
}

TEST(Page, IsTheFilesOfItsFolder) {
  const std::string expected = joined(AWPS_ADMIN_PAGE);
  ASSERT_FALSE(expected.empty());
  EXPECT_TRUE(page_html() == expected);  // not the text of both, should they differ
}

TEST(Page, HoldsEveryFileOfItsFolder) {
  for (const auto& entry : std::filesystem::directory_iterator(AWPS_ADMIN_PAGE)) {
    const std::filesystem::path& path = entry.path();
    if (path.extension() != ".js" && path.extension() != ".css") continue;
    const std::string text = text_of(path);
    ASSERT_FALSE(text.empty()) << path;
    EXPECT_NE(page_html().find(text), std::string_view::npos) << path;
  }
}

TEST(Policy, AllowsThePagesOwnElementsByTheirHashes) {
  // printf 'a()' | openssl dgst -sha256 -binary | base64
  EXPECT_EQ(content_security_policy("<style>p{}</style><script type=\"module\">a()</script>"),
            "default-src 'none'; "
            "script-src 'sha256-qVpDBgj7bpq5hMAcGp3AOc79J3Y1Z4HvySTwKrWDoy4='; "
            "style-src 'sha256-gG2yISYereRMiG2lMXrbiUgi0Ubw9p7QCeWcroOvy9Y='; "
            "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'; "
            "require-trusted-types-for 'script'; trusted-types 'none'");
}

TEST(Policy, AllowsNothingWhereThereIsNothing) {
  EXPECT_TRUE(content_security_policy("<p>").starts_with(
      "default-src 'none'; script-src 'none'; style-src 'none'; "));
}

}  // namespace
}  // namespace awps::admin
