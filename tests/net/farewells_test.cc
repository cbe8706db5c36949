#include "net/farewells.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <string>

namespace awps {
namespace {

struct Pair {
  Pair() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
    ours = UniqueFd(ends[0]);
    peers = UniqueFd(ends[1]);
  }
  void write(std::string_view text) const {
    EXPECT_EQ(::send(peers.get(), text.data(), text.size(), MSG_NOSIGNAL), ssize_t(text.size()));
  }
  /// "reset", or what there is to read; "|" behind it: and the end.
  std::string read() const {
    std::array<char, 1024> bytes;
    std::string text;
    for (;;) {
      const ssize_t count = ::recv(peers.get(), bytes.data(), bytes.size(), 0);
      if (count == 0) return text + "|";
      if (count < 0) return errno == ECONNRESET ? "reset" : text;
      text.append(bytes.data(), static_cast<size_t>(count));
    }
  }

  UniqueFd ours;
  UniqueFd peers;
};

class FarewellsTest : public testing::Test {
 protected:
  boost::asio::io_context io_;
  Farewells farewells_{io_, std::chrono::milliseconds(50)};
};

TEST_F(FarewellsTest, LetThePeerReadTheLastWordsThoughItsInputIsUnread) {
  Pair pair;
  pair.write("never read");
  farewells_.add(std::move(pair.ours), "no");
  io_.poll();
  pair.write("nor this");
  io_.poll();
  EXPECT_EQ(pair.read(), "no|");
  EXPECT_FALSE(farewells_.empty());
  pair.peers.reset();
  io_.poll();
  EXPECT_TRUE(farewells_.empty());
}

TEST_F(FarewellsTest, EndWithThePeersInput) {
  Pair pair;
  farewells_.add(std::move(pair.ours), "no");
  ::shutdown(pair.peers.get(), SHUT_WR);
  io_.poll();
  EXPECT_TRUE(farewells_.empty());
  EXPECT_EQ(pair.read(), "no|");
}

TEST_F(FarewellsTest, AreOverAfterAWhile) {
  Pair pair;
  farewells_.add(std::move(pair.ours), "no");
  while (!farewells_.empty()) io_.run_one();
  EXPECT_EQ(::send(pair.peers.get(), "x", 1, MSG_NOSIGNAL), -1);
}

TEST_F(FarewellsTest, AreBounded) {
  std::vector<Pair> pairs(Farewells::kMost + 3);
  for (Pair& pair : pairs) {
    pair.write("x");
    farewells_.add(std::move(pair.ours), "no");
  }
  io_.poll();
  EXPECT_EQ(pairs.front().read(), "no|");
  const std::string last = pairs.back().read();
  EXPECT_TRUE(last == "reset" || last == "no|") << last;
  EXPECT_EQ(::send(pairs.back().peers.get(), "x", 1, MSG_NOSIGNAL), -1);
}

}  // namespace
}  // namespace awps
