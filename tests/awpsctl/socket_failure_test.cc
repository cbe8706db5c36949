// What is said to whom a socket is closed: never what does not help, or asks for too much.

#include "daemon/awpsctl/wire/socket_failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace awps {
namespace {

using testing::HasSubstr;
using testing::Not;

struct AdviceCase {
  const char* name;
  bool has_group;
  Membership membership;
  const char* says;
  const char* says_not;
};
void PrintTo(const AdviceCase& row, std::ostream* out) {
  *out << row.name;
}

const AdviceCase kAdvice[] = {
    {"NotInTheGroup", true, Membership::kNone, "adduser ann awpsd", "something else"},
    {"InItSinceTheLogin", true, Membership::kAtNextLogin, "log in again", "adduser"},
    {"InItAlready", true, Membership::kNow, "namei -l /run/x.sock", "not in it"},
    {"NoGroup", false, Membership::kNone, "user 'daemon' alone", "adduser"},
    {"InAGroupThatDoesNotCount", false, Membership::kNow, "user 'daemon' alone", "in it"},
};

TEST(AdviceOnTheAdminSocket, NamesTheOptionThatOpensIt) {
  ClosedPath closed{.path = "/run/admin.sock", .owner = "awpsd", .group = "awpsd"};
  EXPECT_THAT(permission_advice(closed, "ann", Membership::kNone), Not(HasSubstr("admin.group")));
  closed.is_admin = true;
  EXPECT_THAT(permission_advice(closed, "ann", Membership::kNone), HasSubstr("admin.group"));
}

class Advice : public testing::TestWithParam<AdviceCase> {};

TEST_P(Advice, IsOfUse) {
  const ClosedPath closed{.path = "/run/x.sock",
                          .owner = "daemon",
                          .group = "awpsd",
                          .has_group = GetParam().has_group};
  const std::string said = permission_advice(closed, "ann", GetParam().membership);
  EXPECT_THAT(said, HasSubstr(GetParam().says));
  EXPECT_THAT(said, Not(HasSubstr(GetParam().says_not)));
  EXPECT_THAT(said, HasSubstr("sudo"));
}

INSTANTIATE_TEST_SUITE_P(All, Advice, testing::ValuesIn(kAdvice),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace awps
