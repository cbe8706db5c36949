// LineWriter, of logging.h.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>

#include "base/unique_fd.h"
#include "daemon/awpsd/logging.h"

namespace awps {
namespace {

struct Pipe {
  explicit Pipe(int flags) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), flags), 0);
    reader = UniqueFd(ends[0]);
    writer = UniqueFd(ends[1]);
  }
  std::string read(size_t bytes) const {
    std::string text(bytes, '\0');
    size_t length = 0;
    while (length < bytes) {
      pollfd waited{.fd = reader.get(), .events = POLLIN, .revents = 0};
      (void)::poll(&waited, 1, -1);
      const ssize_t count = ::read(reader.get(), text.data() + length, bytes - length);
      if (count <= 0) break;
      length += static_cast<size_t>(count);
    }
    return text.substr(0, length);
  }

  UniqueFd reader;
  UniqueFd writer;
};

TEST(LineWriter, WritesEachAsALine) {
  const Pipe pipe(O_CLOEXEC);
  LineWriter writer(pipe.writer.get());
  EXPECT_TRUE(writer.write("a"));
  EXPECT_TRUE(writer.write("b"));
  EXPECT_EQ(pipe.read(4), "a\nb\n");
}

TEST(LineWriter, WaitsForRoomWhereSomebodyMadeTheDescriptorNonBlocking) {
  const Pipe pipe(O_CLOEXEC | O_NONBLOCK);
  const std::string line(200'000, 'x');  // more than a pipe holds
  bool taken = false;
  std::thread thread([&] {
    LineWriter writer(pipe.writer.get());
    taken = writer.write(line);
  });
  EXPECT_EQ(pipe.read(line.size() + 1), line + "\n");
  thread.join();
  EXPECT_TRUE(taken);
}

TEST(LineWriter, ADiskThatIsFullCostsTheLineAndNoMore) {
  const UniqueFd file(::memfd_create("disk", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_EQ(::ftruncate(file.get(), 3), 0);
  ASSERT_EQ(::fcntl(file.get(), F_ADD_SEALS, F_SEAL_GROW), 0);
  LineWriter writer(file.get());
  EXPECT_FALSE(writer.write("abcdef"));
}

TEST(LineWriter, AReaderThatIsGoneCostsTheLine) {
  ::signal(SIGPIPE, SIG_IGN);
  Pipe pipe(O_CLOEXEC);
  pipe.reader.reset();
  LineWriter writer(pipe.writer.get());
  EXPECT_FALSE(writer.write("a"));
}

}  // namespace
}  // namespace awps
