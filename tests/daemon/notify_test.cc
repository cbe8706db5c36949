// What systemd is told, read from a socket as it would.

#include "daemon/awpsd/notify.h"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/unique_fd.h"
#include "tests/support/test_folder.h"

namespace awps {
namespace {

class NotifyTest : public testing::Test {
 protected:
  NotifyTest() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::setenv("NOTIFY_SOCKET", path_.c_str(), 1);
  }
  ~NotifyTest() override { ::unsetenv("NOTIFY_SOCKET"); }

  /// Waits for the next message.
  std::string heard() {
    std::array<char, 4096> message{};
    const ssize_t bytes = ::recv(socket_.get(), message.data(), message.size(), 0);
    return bytes < 0 ? std::strerror(errno)
                     : std::string(message.data(), static_cast<size_t>(bytes));
  }

  TestFolder folder_;
  std::string path_ = folder_.file("notify.sock");
  UniqueFd socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

TEST_F(NotifyTest, AChangedStatusSaysThatItIsReady) {
  Notifier notifier;
  notifier.status("2 hubs");
  EXPECT_EQ(heard(), "READY=1\nSTATUS=2 hubs");
}

// systemd, and whoever waits for `systemctl reload`, would take the reload for done.
TEST_F(NotifyTest, AChangedStatusEndsNoReload) {
  Notifier notifier;
  notifier.reloading();
  EXPECT_EQ(heard().substr(0, 12), "RELOADING=1\n");
  notifier.status("2 hubs");
  EXPECT_EQ(heard(), "STATUS=2 hubs");
  notifier.ready("3 hubs");
  EXPECT_EQ(heard(), "READY=1\nSTATUS=3 hubs");
  notifier.status("4 hubs");
  EXPECT_EQ(heard(), "READY=1\nSTATUS=4 hubs");
}

// A reload may end while the daemon stops.
TEST_F(NotifyTest, NothingIsReadyOnceItStops) {
  Notifier notifier;
  notifier.reloading();
  heard();
  notifier.stopping("delivering");
  EXPECT_EQ(heard(), "STOPPING=1\nSTATUS=delivering");
  notifier.ready("3 hubs");
  notifier.status("3 hubs");
  notifier.reloading();
  notifier.watchdog();
  EXPECT_EQ(heard(), "WATCHDOG=1");
}

}  // namespace
}  // namespace awps
