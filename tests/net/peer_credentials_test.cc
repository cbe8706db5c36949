#include "net/peer_credentials.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/unique_fd.h"

namespace awps {
namespace {

TEST(PeerCredentials, AreThoseOfTheOtherEnd) {
  std::array<int, 2> sockets;
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets.data()), 0);
  const UniqueFd one(sockets[0]);
  const UniqueFd other(sockets[1]);
  const auto peer = peer_credentials(one.get());
  ASSERT_TRUE(peer.ok());
  EXPECT_EQ(peer->pid, ::getpid());
  EXPECT_EQ(peer->uid, ::getuid());
  std::vector<gid_t> groups(static_cast<size_t>(::getgroups(0, nullptr)));
  ::getgroups(static_cast<int>(groups.size()), groups.data());
  groups.push_back(::getgid());
  for (const gid_t group : groups) {
    EXPECT_NE(std::ranges::find(peer->groups, group), peer->groups.end()) << group;
  }
}

TEST(PeerCredentials, OfNoUnixSocketAreAnError) {
  EXPECT_FALSE(peer_credentials(-1).ok());
}

struct AccessCase {
  const char* name;
  AccessList list;
  bool admits;
};

std::ostream& operator<<(std::ostream& out, const AccessCase& row) {
  return out << row.name;
}

class Access : public testing::TestWithParam<AccessCase> {};

// User 1000 with the primary group 1000 and the supplementary groups 4 and 27.
TEST_P(Access, IsAsListed) {
  EXPECT_EQ(GetParam().list.admits({.pid = 1, .uid = 1000, .groups = {4, 27, 1000}}),
            GetParam().admits);
}

INSTANTIATE_TEST_SUITE_P(Cases, Access,
                         testing::Values(AccessCase{"EveryoneWithoutLists", {}, true},
                                         AccessCase{"User", {{7, 1000}, {}}, true},
                                         AccessCase{"OtherUser", {{7}, {}}, false},
                                         AccessCase{"PrimaryGroup", {{}, {1000}}, true},
                                         AccessCase{"SupplementaryGroup", {{}, {27}}, true},
                                         AccessCase{"OtherGroup", {{}, {28}}, false},
                                         AccessCase{"UserOrGroup", {{7}, {4}}, true},
                                         AccessCase{"NeitherUserNorGroup", {{7}, {5}}, false},
                                         AccessCase{"RootIsNoException", {{0}, {0}}, false}),
                         [](const auto& row) { return row.param.name; });

TEST(Names, AreResolved) {
  EXPECT_EQ(resolve_user("root").value(), 0U);
  EXPECT_EQ(resolve_group("root").value(), 0U);
  EXPECT_EQ(resolve_user("1234").value(), 1234U);
  EXPECT_EQ(resolve_group("1234").value(), 1234U);
  const std::array<std::string, 2> users = {"root", "7"};
  const std::array<std::string, 1> groups = {"root"};
  const auto list = resolve_access_list(users, groups);
  ASSERT_TRUE(list.ok());
  EXPECT_EQ(list->users, (std::vector<uid_t>{0, 7}));
  EXPECT_EQ(list->groups, (std::vector<gid_t>{0}));
}

TEST(Names, ThatDoNotExistAreErrors) {
  for (const std::string name : {"no-such-name", "", "-1", "4294967295", "99999999999", "12x"}) {
    const auto user = resolve_user(name);
    ASSERT_FALSE(user.ok()) << name;
    EXPECT_NE(user.error().message.find("'" + name + "'"), std::string::npos);
    EXPECT_FALSE(resolve_group(name).ok()) << name;
    EXPECT_FALSE(resolve_access_list({&name, 1}, {}).ok()) << name;
    EXPECT_FALSE(resolve_access_list({}, {&name, 1}).ok()) << name;
  }
}

}  // namespace
}  // namespace awps
