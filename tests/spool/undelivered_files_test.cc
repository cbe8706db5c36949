#include "spool/undelivered_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "spool/undelivered_file.h"
#include "tests/support/as_nobody.h"

namespace awps {
namespace {

constexpr const char* kAction = R"({"actionName":"sendToAll","hub":"chat","data":"x"})";
constexpr const char* kBatch =
    R"({"batch":[{"actionName":"sendToAll"},{"actionName":"sendToAll"}],"ordered":true})";

class UndeliveredFilesTest : public testing::Test {
 protected:
  UndeliveredFilesTest() {
    std::string name = testing::TempDir() + "undelivered-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~UndeliveredFilesTest() override { std::filesystem::remove_all(folder_); }

  std::string path(int number) const {
    return folder_ + "/undelivered-" + std::to_string(number) + ".ndjson";
  }
  void write(int number, int lines, const std::string& line = kAction) const {
    std::ofstream file(path(number), std::ios::app);
    for (int i = 0; i < lines; ++i) file << line << '\n';
  }
  void set_time(int number, int64_t seconds) const {
    const timespec times[2] = {{.tv_sec = seconds, .tv_nsec = 0},
                               {.tv_sec = seconds, .tv_nsec = 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path(number).c_str(), times, 0), 0);
  }

  std::string folder_;
};

TEST_F(UndeliveredFilesTest, CountsFilesActionsAndBytesAndSaysTheOldest) {
  write(1, 3);
  write(2, 2, kBatch);
  set_time(1, 2000);
  set_time(2, 1000);
  std::ofstream(folder_ + "/other.ndjson") << kAction << '\n';
  std::filesystem::create_directory(folder_ + "/undelivered-folder.ndjson");
  std::filesystem::create_symlink(path(1), folder_ + "/undelivered-link.ndjson");
  ASSERT_EQ(::mkfifo((folder_ + "/undelivered-pipe.ndjson").c_str(), 0600), 0);
  UndeliveredFiles files(folder_);
  const Undelivered expected{
      .files = 2,
      .actions = 7,
      .bytes = std::filesystem::file_size(path(1)) + std::filesystem::file_size(path(2)),
      .oldest = WallTime(std::chrono::seconds(1000))};
  EXPECT_EQ(files.look(), expected);
  EXPECT_EQ(files.last(), expected);
  EXPECT_EQ(to_text(files.last()), "2 files with 7 actions");
}

TEST_F(UndeliveredFilesTest, HasNothingWhereThereIsNothing) {
  EXPECT_EQ(UndeliveredFiles(folder_).look(), Undelivered{});
  EXPECT_EQ(UndeliveredFiles(folder_ + "/no/such").look(), Undelivered{});
}

TEST_F(UndeliveredFilesTest, SeesWhatComesGrowsAndGoes) {
  UndeliveredFiles files(folder_);
  write(1, 1);
  EXPECT_EQ(files.look().actions, 1U);
  write(1, 4);
  EXPECT_EQ(files.look().actions, 5U);
  write(2, 1);
  EXPECT_EQ(files.look().actions, 6U);
  std::filesystem::remove(path(1));
  EXPECT_EQ(files.look().actions, 1U);
  EXPECT_EQ(files.last().files, 1U);
  std::filesystem::remove(path(2));
  EXPECT_EQ(files.look(), Undelivered{});
}

// The file's contents change, and what tells so does not.
TEST_F(UndeliveredFilesTest, ReadsAFileOnce) {
  UndeliveredFiles files(folder_);
  write(1, 2);
  set_time(1, 1000);
  EXPECT_EQ(files.look().actions, 2U);
  const uint64_t bytes = files.last().bytes;
  std::ofstream(path(1), std::ios::in) << std::string(bytes, '\n');
  set_time(1, 1000);
  EXPECT_EQ(files.look().actions, 2U);
  set_time(1, 1001);
  EXPECT_EQ(files.look().actions, 0U);
}

TEST_F(UndeliveredFilesTest, ReadsNoMoreInOneLookThanItMayAndGoesOnInTheNext) {
  write(1, 1000);
  write(2, 1000);
  const uint64_t whole = std::filesystem::file_size(path(1));
  UndeliveredFiles files(folder_, {.most_bytes = whole / 2});
  EXPECT_EQ(files.look().actions, 500U);
  EXPECT_TRUE(files.last().is_at_least);
  EXPECT_EQ(files.last().files, 2U);
  EXPECT_EQ(files.last().bytes, 2 * whole);
  EXPECT_EQ(to_text(files.last()), "2 files with at least 500 actions");
  EXPECT_EQ(files.look().actions, 1000U);
  EXPECT_EQ(files.look().actions, 1500U);
  EXPECT_EQ(files.look().actions, 2000U);
  EXPECT_FALSE(files.last().is_at_least);
}

TEST_F(UndeliveredFilesTest, ExaminesNoMoreFilesThanItMayTheOldestFirst) {
  for (int number = 0; number < 9; ++number) write(number, number < 3 ? 10 : 1);
  UndeliveredFiles files(folder_, {.most_files = 3});
  EXPECT_EQ(files.look().files, 9U);
  EXPECT_EQ(files.last().actions, 30U);
  EXPECT_TRUE(files.last().is_at_least);
}

TEST_F(UndeliveredFilesTest, ListsNoMoreThanItMay) {
  for (int number = 0; number < 30; ++number) write(number, 1);
  UndeliveredFiles files(folder_, {.most_entries = 10});
  EXPECT_LE(files.look().files, 10U);
  EXPECT_TRUE(files.last().is_at_least);
}

TEST_F(UndeliveredFilesTest, AnEndlessFileCostsALookAndNoMore) {
  write(1, 1);
  std::filesystem::resize_file(path(1), uint64_t{10} << 30U);  // sparse
  UndeliveredFiles files(folder_);
  EXPECT_EQ(files.look().bytes, uint64_t{10} << 30U);
  EXPECT_TRUE(files.last().is_at_least);
}

TEST_F(UndeliveredFilesTest, SaysWhatCannotBeListed) {
  ASSERT_EQ(::chmod(folder_.c_str(), 0), 0);
  {
    const AsNobody nobody;
    EXPECT_EQ(UndeliveredFiles(folder_).look().error, "Permission denied");
  }
  ASSERT_EQ(::chmod(folder_.c_str(), 0700), 0);
  std::ofstream(folder_ + "/file") << "a file";
  EXPECT_EQ(UndeliveredFiles(folder_ + "/file").look().error, "Not a directory");
}

TEST_F(UndeliveredFilesTest, AFileThatCannotBeReadIsCountedAsFarAsItIsKnown) {
  write(1, 2);
  write(2, 1);
  ASSERT_EQ(::chmod(path(1).c_str(), 0), 0);
  ASSERT_EQ(::chmod(folder_.c_str(), 0755), 0);
  UndeliveredFiles files(folder_);
  {
    const AsNobody nobody;
    EXPECT_EQ(files.look().files, 2U);
  }
  EXPECT_EQ(files.last().actions, 1U);
  EXPECT_TRUE(files.last().is_at_least);
  ASSERT_EQ(::chmod(path(1).c_str(), 0600), 0);
  EXPECT_EQ(files.look().actions, 3U);
}

TEST(UndeliveredName, IsTheOneThatStopsGive) {
  EXPECT_TRUE(is_undelivered_name("undelivered-20260102T030405Z.ndjson"));
  EXPECT_TRUE(is_undelivered_name("undelivered-x.ndjson"));
  EXPECT_FALSE(is_undelivered_name("undelivered-x.ndjson.bak"));
  EXPECT_FALSE(is_undelivered_name("undelivered.ndjson"));
  EXPECT_FALSE(is_undelivered_name("dead.ndjson"));
}

}  // namespace
}  // namespace awps
