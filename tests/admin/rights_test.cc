// Who may steer over the Unix socket, and from when on.

#include "admin/rights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/request_handler.h"
#include "tests/admin/server_harness.h"

namespace awps::admin {
namespace {

using testing::HasSubstr;

constexpr uid_t kSomebody = 4321;
constexpr gid_t kSteering = 4242;
constexpr gid_t kSending = 4343;

PeerCredentials peer(uid_t uid, std::vector<gid_t> groups) {
  return {.pid = 1, .uid = uid, .groups = std::move(groups)};
}

TEST(Rights, AreThoseOfRootAndTheDaemonsUserAloneWithoutAGroup) {
  const Rights rights;
  EXPECT_TRUE(rights.admits(peer(0, {0})));
  EXPECT_TRUE(rights.admits(peer(::geteuid(), {kSending})));
  EXPECT_FALSE(rights.admits(peer(kSomebody, {kSteering})));
  EXPECT_FALSE(rights.admits(peer(kSomebody, {0}))) << "root's group is not root";
  EXPECT_THAT(rights.refusal_of(peer(kSomebody, {})), HasSubstr("admin.group"));
}

TEST(Rights, AreThoseOfTheGroupTooPrimaryOrNot) {
  Rights rights;
  rights.set_group({{"steering", kSteering}});
  EXPECT_TRUE(rights.admits(peer(kSomebody, {kSteering})));
  EXPECT_TRUE(rights.admits(peer(kSomebody, {kSending, kSteering, 100})));
  EXPECT_FALSE(rights.admits(peer(kSomebody, {kSending, 100})));
  EXPECT_FALSE(rights.admits(peer(kSomebody, {})));
  EXPECT_TRUE(rights.admits(peer(0, {0})));
  EXPECT_TRUE(rights.admits(peer(::geteuid(), {})));
}

TEST(Rights, SayHowToJoin) {
  Rights rights;
  rights.set_group({{"steering", kSteering}});
  const std::string said = rights.refusal_of(peer(kSomebody, {kSending}));
  EXPECT_THAT(said, HasSubstr("user 4321"));
  EXPECT_THAT(said, HasSubstr("adduser USER steering"));
  EXPECT_THAT(said, HasSubstr("log in again"));
}

/// The requests of one who is in the group at first.
class RightsOfRequests : public testing::Test {
 protected:
  RightsOfRequests() { rights_.set_group({{"steering", kSteering}}); }

  Request request(const std::string& method, const std::string& target) const {
    return {.method = method,
            .target = target,
            .headers = {{"Host", "localhost"}, {"Content-Type", "application/json"}},
            .body = method == "POST" ? "{}" : "",
            .peer = member_};
  }

  FakeService service_;
  SystemClock clock_;
  Rights rights_;
  RequestHandler handler_{service_, Access(rights_, std::nullopt), clock_};
  std::shared_ptr<const PeerCredentials> member_ =
      std::make_shared<const PeerCredentials>(peer(kSomebody, {kSending, kSteering}));
};

TEST_F(RightsOfRequests, AreLookedAtForEach) {
  EXPECT_TRUE(handler_.is_known(request("GET", "/status")));
  EXPECT_EQ(handler_.reply_to(request("POST", "/pause")).status, 200);
  rights_.set_group({});
  EXPECT_FALSE(handler_.is_known(request("GET", "/status")));
  const size_t calls = service_.calls().size();
  for (const char* path : {"/", "/livez", "/readyz", "/metrics", "/status", "/tap", "/config/diff",
                           "/dead-letters?hub=chat", "/nowhere"}) {
    const Reply refused = handler_.reply_to(request("GET", path));
    EXPECT_EQ(refused.status, 403) << path;
    EXPECT_THAT(refused.body, HasSubstr("admin.group")) << path;
  }
  for (const char* path : {"/pause", "/resume", "/drain", "/reload", "/log", "/token",
                           "/dead-letters/redrive", "/dead-letters/purge"}) {
    EXPECT_EQ(handler_.reply_to(request("POST", path)).status, 403) << path;
  }
  EXPECT_EQ(service_.calls().size(), calls);
  rights_.set_group({{"steering", kSteering}});
  EXPECT_EQ(handler_.reply_to(request("GET", "/livez")).status, 200);
}

TEST_F(RightsOfRequests, EndAStreamWhenTheyEnd) {
  const Reply reply = handler_.reply_to(request("GET", "/tap"));
  ASSERT_NE(reply.stream, nullptr);
  EXPECT_FALSE(reply.stream->is_over());
  rights_.set_group({{"others", kSending + 1}});
  EXPECT_TRUE(reply.stream->is_over());
}

TEST_F(RightsOfRequests, AreNobodysWhomTheKernelDoesNotName) {
  member_ = nullptr;
  EXPECT_EQ(handler_.reply_to(request("GET", "/livez")).status, 403);
  EXPECT_FALSE(handler_.is_known(request("GET", "/livez")));
}

TEST(RightsOfStreams, EndWithTheToken) {
  const TestFolder folder;
  const std::string file = folder.write("t", kToken);
  FakeService service;
  const SystemClock clock;
  const Rights rights;
  RequestHandler handler(service, Access(rights, std::move(*TokenFile::open(file))), clock);
  const Reply reply =
      handler.reply_to({.method = "GET",
                        .target = "/tap",
                        .headers = {{"Authorization", "Bearer " + std::string(kToken)}},
                        .over_tcp = true});
  ASSERT_NE(reply.stream, nullptr);
  EXPECT_FALSE(reply.stream->is_over());
  folder.write("t.new", "another-token-of-24-letters");
  std::filesystem::rename(folder.file("t.new"), file);
  EXPECT_TRUE(reply.stream->is_over());
}

struct stat status_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status;
}

TEST(RightsOfTheSocket, FollowTheGroup) {
  TestServer server;
  const std::string path = server.folder.file("admin.sock");
  EXPECT_EQ(status_of(path).st_mode & 0777U, 0600U) << "until there is a group";
  const std::string own = std::to_string(::getegid());
  ASSERT_TRUE(server.server.set_group(own).ok());
  EXPECT_EQ(status_of(path).st_mode & 0777U, 0660U);
  EXPECT_EQ(status_of(path).st_gid, ::getegid());
  ASSERT_TRUE(server.server.set_group("").ok());
  EXPECT_EQ(status_of(path).st_mode & 0777U, 0600U);
  EXPECT_FALSE(server.server.set_group("no-such-group").ok());
  EXPECT_EQ(server.client().get("/livez").status, 200) << "it is the daemon's own user who asks";
}

TEST(RightsOfTheSocket, ThatCannotFollowAreSaid) {
  TestServer server;
  std::filesystem::remove(server.folder.file("admin.sock"));
  const Result<void> followed = server.server.set_group(std::to_string(::getegid()));
  ASSERT_FALSE(followed.ok());
  EXPECT_THAT(followed.error().message, HasSubstr("admin.group"));
  EXPECT_THAT(followed.error().message, HasSubstr("adduser"));
}

}  // namespace
}  // namespace awps::admin
