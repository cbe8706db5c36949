// The server's life: where it listens, what it refuses, and how it ends.

#include "admin/admin_server.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/admin/server_harness.h"

namespace awps::admin {
namespace {

struct Refusal {
  std::string name;
  std::string listen;
  std::string token;  // in the file; "-": no file, "": no option
  std::string words;  // of the message
};

std::ostream& operator<<(std::ostream& out, const Refusal& one) {
  return out << one.name;
}

int times(std::string_view words, std::string_view text) {
  int count = 0;
  for (size_t at = text.find(words); at != text.npos; at = text.find(words, at + 1)) ++count;
  return count;
}

class Settings : public testing::TestWithParam<Refusal> {};

TEST_P(Settings, AreRefusedWithAMessage) {
  const TestFolder folder;
  AdminServer::Options options{.listen = {GetParam().listen}};
  if (!GetParam().token.empty()) options.token_file = folder.file("token");
  if (GetParam().token.size() > 1) folder.write("token", GetParam().token);
  const Result<void> checked = AdminServer::check(options);
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().message.find(GetParam().words), std::string::npos)
      << checked.error().message;
  EXPECT_TRUE(checked.error().message.starts_with("admin.")) << checked.error().message;
  EXPECT_EQ(times("admin.listen = ", checked.error().message) +
                times("admin.token_file = ", checked.error().message),
            1)
      << checked.error().message;
  FakeService service;
  AdminServer server(options, service);
  const auto listens = server.listen();
  ASSERT_FALSE(listens);
  EXPECT_EQ(listens.error().exit_code, ExitCode::kConfig);
  EXPECT_EQ(listens.error().message, checked.error().message);
}

INSTANTIATE_TEST_SUITE_P(
    All, Settings,
    testing::Values(Refusal{"TcpWithoutToken", "127.0.0.1:0", "", "admin.token_file"},
                    Refusal{"TokenFileMissing", "127.0.0.1:0", "-", "No such file"},
                    Refusal{"TokenTooShort", "127.0.0.1:0", "fifteen-letters", "16 to 4096"},
                    Refusal{"TokenOfBlanks", "127.0.0.1:0", "                    \n", "16 to 4096"},
                    Refusal{"TokenOfTwoWords", "127.0.0.1:0", "twelve-chars and-more",
                            "without blanks"},
                    Refusal{"TokenTooLong", "127.0.0.1:0", std::string(5000, 'x'), "16 to 4096"},
                    Refusal{"AllAddresses", "0.0.0.0:9464", "0123456789abcdef", "loopback"},
                    Refusal{"NetworkAddress", "192.168.0.7:9464", "0123456789abcdef", "loopback"},
                    Refusal{"NetworkName", "example.com:9464", "0123456789abcdef", "loopback"},
                    Refusal{"AllAddressesOfIpv6", "[::]:9464", "0123456789abcdef", "loopback"},
                    Refusal{"Ipv6WithoutBrackets", "::1:9464", "0123456789abcdef", "brackets"},
                    Refusal{"NoPort", "127.0.0.1", "0123456789abcdef", "port"},
                    Refusal{"EmptyPort", "127.0.0.1:", "0123456789abcdef", "port"},
                    Refusal{"LargePort", "127.0.0.1:65536", "0123456789abcdef", "port"},
                    Refusal{"NoPath", "unix:", "", "path"},
                    Refusal{"PathWithoutUnix", "/run/awpsd/admin.sock", "", "unix:"}),
    [](const auto& test) { return test.param.name; });

TEST(Settings, OfATokenThatOthersMayUseAreRefused) {
  const TestFolder folder;
  const AdminServer::Options options{.listen = {"127.0.0.1:0"},
                                     .token_file = folder.write("token", kToken)};
  for (const unsigned mode : {0604U, 0602U, 0601U, 0644U, 0666U}) {
    ASSERT_EQ(::chmod(options.token_file.c_str(), mode), 0);
    const Result<void> checked = AdminServer::check(options);
    ASSERT_FALSE(checked) << mode;
    EXPECT_NE(checked.error().message.find("`chmod 640` it"), std::string::npos);
  }
  for (const unsigned mode : {0600U, 0640U, 0660U, 0400U}) {
    ASSERT_EQ(::chmod(options.token_file.c_str(), mode), 0);
    EXPECT_TRUE(AdminServer::check(options)) << mode;
  }
}

TEST(Settings, OfATokenThatIsInNoRegularFileAreRefused) {
  const TestFolder folder;
  ASSERT_EQ(::mkfifo(folder.file("pipe").c_str(), 0600), 0);  // with nobody who writes: no wait
  ASSERT_EQ(::mkdir(folder.file("folder").c_str(), 0700), 0);
  for (const std::string& path :
       {folder.file("pipe"), folder.file("folder"), std::string("/dev/null")}) {
    const Result<void> checked =
        AdminServer::check({.listen = {"127.0.0.1:0"}, .token_file = path});
    ASSERT_FALSE(checked) << path;
    EXPECT_NE(checked.error().message.find("no regular file"), std::string::npos)
        << checked.error().message;
  }
}

TEST(Listening, IsOnTheFirstFreePort) {
  for (const std::string address : {"127.0.0.1:0", "localhost:0"}) {
    const TestFolder folder;
    FakeService service;
    AdminServer server({.listen = {address}, .token_file = folder.write("token", kToken)}, service);
    ASSERT_TRUE(server.listen());
    EXPECT_TRUE(server.addresses()[0].starts_with("127.0.0.1:")) << server.addresses()[0];
    EXPECT_FALSE(server.addresses()[0].ends_with(":0"));
  }
}

TEST(Listening, IsRefusedWhereAnotherListens) {
  TestServer first(Door::kTcp);
  AdminServer second({.listen = first.server.addresses(), .token_file = first.folder.file("token")},
                     first.service);
  const auto listens = second.listen();
  ASSERT_FALSE(listens);
  EXPECT_EQ(listens.error().exit_code, ExitCode::kTempFail);
  EXPECT_NE(listens.error().message.find("choose another port"), std::string::npos);
  EXPECT_TRUE(listens.error().message.starts_with("admin.listen = \"" +
                                                  first.server.addresses()[0] + "\": listen on"))
      << listens.error().message;

  TestServer third;
  AdminServer fourth({.listen = third.server.addresses()}, third.service);
  const auto listens_too = fourth.listen();
  ASSERT_FALSE(listens_too);
  EXPECT_EQ(listens_too.error().exit_code, ExitCode::kTempFail);
  EXPECT_TRUE(listens_too.error().message.starts_with("admin.listen = \"unix:"))
      << listens_too.error().message;
}

TEST(Listening, GivesTheSocketItsMode) {
  const TestFolder folder;
  FakeService service;
  AdminServer server({.listen = {"unix:" + folder.file("s")}}, service);
  ASSERT_TRUE(server.listen());
  struct stat status {};
  ASSERT_EQ(::stat(folder.file("s").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(Listening, EndsWithoutAStart) {
  const TestFolder folder;
  FakeService service;
  {
    AdminServer server({.listen = {"unix:" + folder.file("s")}}, service);
    ASSERT_TRUE(server.listen());
  }
  EXPECT_FALSE(std::filesystem::exists(folder.file("s")));
}

TEST(Stop, RemovesTheSocketAndEndsIdleConnectionsAtOnce) {
  TestServer server(Door::kUnix, {.stop_time = std::chrono::minutes(10)});
  HttpClient idle = server.client();
  ASSERT_EQ(idle.get("/livez").status, 200);
  HttpClient half = server.client();
  ASSERT_TRUE(half.write("GET /livez HT"));
  server.server.stop();
  EXPECT_TRUE(idle.reads_end());
  EXPECT_TRUE(half.reads_end());
  EXPECT_FALSE(std::filesystem::exists(server.folder.file("admin.sock")));
  EXPECT_FALSE(server.client().is_connected());
}

TEST(Stop, DoesNotWaitForAClientThatDoesNotRead) {
  TestServer server(Door::kUnix, {.stop_time = std::chrono::milliseconds(20)});
  server.service.set_letters({{.number = 1, .hub = "chat", .action = std::string(7'000'000, 'x')}});
  HttpClient client = server.client();
  ASSERT_TRUE(client.write(request_text("GET /dead-letters?hub=chat HTTP/1.1")));
  ASSERT_TRUE(server.service.wait_for_call("dead_letters chat 0"));
  server.server.stop();
  EXPECT_TRUE(client.read().is_cut);
}

TEST(Stop, IsDoneByTheDestructor) {
  auto server = std::make_unique<TestServer>();
  HttpClient client = server->client();
  ASSERT_EQ(client.get("/livez").status, 200);
  server.reset();
  EXPECT_TRUE(client.reads_end());
}

}  // namespace
}  // namespace awps::admin
