#include "spool/undelivered_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace awps {
namespace {

constexpr WallTime kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} +
                        std::chrono::hours(5)};

class SetClock final : public Clock {
 public:
  Instant now() const override { return {}; }
  WallTime wall_now() const override { return wall; }

  WallTime wall = kNow;
};

class UndeliveredFileTest : public testing::Test {
 protected:
  UndeliveredFileTest() {
    std::string name = testing::TempDir() + "undelivered-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~UndeliveredFileTest() override { std::filesystem::remove_all(folder_); }

  static std::string content(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  std::string folder_;
  SetClock clock_;
};

TEST_F(UndeliveredFileTest, KeepsTheLinesInOrder) {
  UndeliveredFile file(folder_ + "/spool", clock_);
  file.append("one", 1);
  file.append("two and three", 2);
  const Result<uint64_t> kept = file.finish();
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(*kept, 3U);
  EXPECT_EQ(file.path(), folder_ + "/spool/undelivered-20261124T050000Z.ndjson");
  EXPECT_EQ(content(file.path()), "one\ntwo and three\n");
}

TEST_F(UndeliveredFileTest, IsNamedByTheTimeOfTheStop) {
  UndeliveredFile file(folder_ + "/spool", clock_);
  EXPECT_EQ(file.path(), "");
  clock_.wall += std::chrono::hours(24 * 30);
  file.append("one", 1);
  clock_.wall += std::chrono::seconds(9);
  file.append("two", 1);
  ASSERT_TRUE(file.finish().ok());
  EXPECT_EQ(file.path(), folder_ + "/spool/undelivered-20261224T050000Z.ndjson");
}

TEST_F(UndeliveredFileTest, IsForItsOwnerOnly) {
  UndeliveredFile file(folder_ + "/spool", clock_);
  file.append("secret", 1);
  ASSERT_TRUE(file.finish().ok());
  struct stat status {};
  ASSERT_EQ(::stat(file.path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat((folder_ + "/spool").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST_F(UndeliveredFileTest, IsNotMadeWithoutALine) {
  UndeliveredFile file(folder_ + "/spool", clock_);
  const Result<uint64_t> kept = file.finish();
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(*kept, 0U);
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/spool"));
}

TEST_F(UndeliveredFileTest, SaysWhatIsLostAndTheRemedy) {
  UndeliveredFile file(folder_ + "/no/such/folder", clock_);
  file.append("lost", 1);
  const Result<uint64_t> kept = file.finish();
  ASSERT_FALSE(kept.ok());
  EXPECT_NE(kept.error().message.find("No such file"), std::string::npos);
  EXPECT_NE(kept.error().message.find("spool.path"), std::string::npos);
}

TEST_F(UndeliveredFileTest, SaysWhenTheDiskIsFull) {
  if (::access("/dev/full", W_OK) != 0) return;
  ASSERT_EQ(::mkdir((folder_ + "/spool").c_str(), 0700), 0);
  UndeliveredFile file(folder_ + "/spool", clock_);
  const std::string path = folder_ + "/spool/undelivered-20261124T050000Z.ndjson";
  ASSERT_EQ(::symlink("/dev/full", path.c_str()), 0);
  file.append("lost", 1);
  const Result<uint64_t> kept = file.finish();
  ASSERT_FALSE(kept.ok());
  EXPECT_NE(kept.error().message.find("No space left"), std::string::npos);
}

TEST_F(UndeliveredFileTest, TakesLinesOfSeveralThreads) {
  UndeliveredFile file(folder_ + "/spool", clock_);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&file] {
        for (int k = 0; k < 5000; ++k) file.append(std::string(100, 'x'), 1);
      });
    }
  }
  const Result<uint64_t> kept = file.finish();
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(*kept, 20'000U);
  EXPECT_EQ(std::filesystem::file_size(file.path()), 20'000U * 101U);
}

}  // namespace
}  // namespace awps
