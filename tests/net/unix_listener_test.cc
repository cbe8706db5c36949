#include "net/unix_listener.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <filesystem>
#include <fstream>

#include "tests/support/unix_client.h"

namespace awps {
namespace {

class UnixListenerTest : public testing::Test {
 protected:
  UnixListenerTest() { std::filesystem::create_directory(folder_); }
  ~UnixListenerTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("listener." + std::to_string(::getpid()));
  std::string path_ = (folder_ / "socket").string();
};

std::unique_ptr<UnixListener> bind_to(const std::string& path) {
  auto listener = UnixListener::bind({.path = path, .group = ""});
  EXPECT_TRUE(listener.ok()) << (listener.ok() ? "" : listener.error().message);
  return listener.ok() ? std::move(*listener) : nullptr;
}

ExitCode exit_code_of(const UnixListener::Options& options) {
  const auto listener = UnixListener::bind(options);
  return listener.ok() ? ExitCode::kOk : listener.error().exit_code;
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::lstat(path.c_str(), &status), 0);
  return status.st_mode & 07777;
}

TEST_F(UnixListenerTest, TakesConnections) {
  const auto listener = bind_to(path_);
  const UnixClient client(path_);
  EXPECT_TRUE(client.is_connected());
}

TEST_F(UnixListenerTest, MakesTheLastFolderForEverybodyToEnter) {
  const mode_t umask_before = ::umask(077);
  const auto listener = bind_to((folder_ / "run" / "socket").string());
  ::umask(umask_before);
  ASSERT_NE(listener, nullptr);
  EXPECT_EQ(mode_of((folder_ / "run").string()), 0755U);
}

TEST_F(UnixListenerTest, MakesNoMoreThanTheLastFolder) {
  const auto listener =
      UnixListener::bind({.path = (folder_ / "no" / "run" / "socket").string(), .group = ""});
  ASSERT_FALSE(listener.ok());
  EXPECT_EQ(listener.error().exit_code, ExitCode::kCannotCreate);
  EXPECT_NE(listener.error().message.find("XDG_RUNTIME_DIR"), std::string::npos)
      << listener.error().message;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "no"));
}

TEST_F(UnixListenerTest, LetsAsManyWaitAsTheSystemPermits) {
  std::ifstream file("/proc/sys/net/core/somaxconn");
  size_t most = 0;
  ASSERT_TRUE(file >> most);
  const auto listener = bind_to(path_);
  std::vector<std::unique_ptr<UniqueFd>> waiting;
  // Never accepted. A non-blocking connect() that finds the backlog full says EAGAIN.
  const size_t enough = std::min<size_t>(most, 1500);
  sockaddr_un address{.sun_family = AF_UNIX};
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  for (size_t i = 0; i < enough; ++i) {
    waiting.push_back(std::make_unique<UniqueFd>(
        ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)));
    ASSERT_EQ(::connect(waiting.back()->get(), reinterpret_cast<const sockaddr*>(&address),
                        sizeof address),
              0)
        << "after " << i;
  }
}

TEST_F(UnixListenerTest, SetsTheMode) {
  for (const mode_t mode : {0600U, 0660U, 0666U}) {
    const auto listener = UnixListener::bind({.path = path_, .mode = mode, .group = ""});
    ASSERT_TRUE(listener.ok());
    EXPECT_EQ(mode_of(path_), mode);
  }
}

TEST_F(UnixListenerTest, GivesTheFileToItsGroup) {
  const std::string group = std::to_string(::getgid());
  const auto listener = UnixListener::bind({.path = path_, .group = group});
  ASSERT_TRUE(listener.ok());
  struct stat status {};
  ASSERT_EQ(::lstat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_gid, ::getgid());
}

TEST_F(UnixListenerTest, ReplacesADeadSocket) {
  {
    const UniqueFd dead(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    ASSERT_EQ(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ASSERT_TRUE(std::filesystem::exists(path_));
  const auto listener = bind_to(path_);
  EXPECT_TRUE(UnixClient(path_).is_connected());
}

TEST_F(UnixListenerTest, LeavesALiveSocketAlone) {
  const auto first = bind_to(path_);
  EXPECT_EQ(exit_code_of({.path = path_, .group = ""}), ExitCode::kTempFail);
  EXPECT_TRUE(UnixClient(path_).is_connected());
}

TEST_F(UnixListenerTest, LeavesALiveSocketAloneWhoseBacklogIsFull) {
  const auto first = UnixListener::bind({.path = path_, .group = "", .backlog = 0});
  ASSERT_TRUE(first.ok());
  const UnixClient waits(path_);
  EXPECT_EQ(exit_code_of({.path = path_, .group = ""}), ExitCode::kTempFail);
}

TEST_F(UnixListenerTest, LeavesWhatIsNoSocketAlone) {
  std::ofstream(path_) << "precious";
  EXPECT_EQ(exit_code_of({.path = path_, .group = ""}), ExitCode::kCannotCreate);
  std::string content;
  std::ifstream(path_) >> content;
  EXPECT_EQ(content, "precious");
}

TEST_F(UnixListenerTest, RemovesItsFileAtTheEnd) {
  bind_to(path_).reset();
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(UnixListenerTest, LeavesAFileThatTookItsName) {
  auto first = bind_to(path_);
  std::filesystem::remove(path_);
  const auto second = bind_to(path_);
  first.reset();
  EXPECT_TRUE(UnixClient(path_).is_connected());
}

struct MistakeCase {
  const char* name;
  UnixListener::Options options;
  ExitCode exit_code;
};

std::ostream& operator<<(std::ostream& out, const MistakeCase& row) {
  return out << row.name;
}

class UnixListenerMistakes : public testing::TestWithParam<MistakeCase> {};

TEST_P(UnixListenerMistakes, AreTold) {
  const auto listener = UnixListener::bind(GetParam().options);
  ASSERT_FALSE(listener.ok());
  EXPECT_EQ(listener.error().exit_code, GetParam().exit_code);
  EXPECT_FALSE(listener.error().message.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Cases, UnixListenerMistakes,
    testing::Values(
        MistakeCase{"EmptyPath", {.path = "", .group = ""}, ExitCode::kConfig},
        MistakeCase{
            "LongPath", {.path = "/tmp/" + std::string(110, 'x'), .group = ""}, ExitCode::kConfig},
        MistakeCase{"NoFolder",
                    {.path = "/nonexistent/folder/socket", .group = ""},
                    ExitCode::kCannotCreate},
        MistakeCase{"UnknownGroup",
                    {.path = testing::TempDir() + "/unix_listener_group", .group = "no-such-group"},
                    ExitCode::kConfig}),
    [](const auto& row) { return row.param.name; });

TEST(UnixListenerMistake, LeavesNoFileBehind) {
  const std::string path = testing::TempDir() + "/unix_listener_group";
  EXPECT_FALSE(UnixListener::bind({.path = path, .group = "no-such-group"}).ok());
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(UnixListenerTest, TakesASocketOver) {
  const auto made = bind_to(path_);
  const auto adopted = UnixListener::adopt(::dup(made->fd()));
  ASSERT_TRUE(adopted.ok());
  const UnixClient client(path_);
  const UniqueFd accepted(::accept((*adopted)->fd(), nullptr, nullptr));
  EXPECT_TRUE(accepted.valid());
}

TEST_F(UnixListenerTest, LeavesTheFileOfASocketTakenOver) {
  const auto made = bind_to(path_);
  UnixListener::adopt(::dup(made->fd())).value().reset();
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(UnixListenerTest, TakesOnlyListeningUnixStreamsOver) {
  EXPECT_FALSE(UnixListener::adopt(::socket(AF_UNIX, SOCK_STREAM, 0)).ok());
  EXPECT_FALSE(UnixListener::adopt(::socket(AF_INET, SOCK_STREAM, 0)).ok());
  EXPECT_FALSE(UnixListener::adopt(::socket(AF_UNIX, SOCK_DGRAM, 0)).ok());
  EXPECT_FALSE(UnixListener::adopt(::memfd_create("file", 0)).ok());
}

TEST_F(UnixListenerTest, KnowsWhereItListensAndWhetherAnybodyCanConnect) {
  const auto listener = bind_to(path_);
  EXPECT_EQ(listener->address(), path_);
  EXPECT_FALSE(listener->is_lost());
  std::filesystem::remove(path_);
  EXPECT_TRUE(listener->is_lost());
  std::ofstream(path_) << "another file";
  EXPECT_TRUE(listener->is_lost());
}

TEST_F(UnixListenerTest, OfASocketHandedOverTheKernelKnows) {
  const auto made = bind_to(path_);
  const auto adopted = UnixListener::adopt(::dup(made->fd()));
  ASSERT_TRUE(adopted.ok());
  EXPECT_EQ((*adopted)->address(), path_);
  EXPECT_FALSE((*adopted)->is_lost());
  std::filesystem::remove(path_);
  EXPECT_TRUE((*adopted)->is_lost());
}

}  // namespace
}  // namespace awps
