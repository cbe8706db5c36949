// The page that is compiled in, and the policy made from it.

#include "admin/page.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace awps::admin {
namespace {

TEST(Page, IsTheFile) {
  std::ifstream file(AWPS_ADMIN_PAGE);
  std::stringstream text;
  text << file.rdbuf();
  ASSERT_FALSE(text.str().empty());
  EXPECT_TRUE(page_html() == text.str());  // not the text of both, should they differ
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
