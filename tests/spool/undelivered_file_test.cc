#include "spool/undelivered_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/sanitized.h"

namespace awps {
namespace {

constexpr WallTime kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} +
                        std::chrono::hours(5)};

class SetClock final : public Clock {
 public:
  Instant now() const override { return {}; }
  WallTime wall_now() const override { return wall; }
  AwakeInstant awake_now() const override {
    on_wait();
    return AwakeInstant(std::chrono::seconds(1));
  }

  WallTime wall = kNow;
  std::function<void()> on_wait = [] {};  // a call of the disk begins, that others are told of
};

/// Files of this process may become this long, and no longer, while it lives.
class SizeLimit {
 public:
  explicit SizeLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  ~SizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, SIG_DFL);
  }

 private:
  rlimit before_{};
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
  EXPECT_EQ(file.append("one"), 4U);
  EXPECT_EQ(file.append("two and three"), 18U);
  EXPECT_EQ(file.sync(), 18U);
  EXPECT_EQ(file.append("four"), 23U);
  EXPECT_EQ(file.sync(), 23U);
  EXPECT_EQ(file.failure(), "");
  EXPECT_EQ(file.path(), folder_ + "/spool/undelivered-20261124T050000Z.ndjson");
  EXPECT_EQ(content(file.path()), "one\ntwo and three\nfour\n");
}

TEST_F(UndeliveredFileTest, IsNamedByTheTimeOfTheStop) {
  UndeliveredFile file(folder_ + "/spool", clock_);
  EXPECT_EQ(file.path(), "");
  ASSERT_TRUE(file.try_folder().ok());
  EXPECT_EQ(file.path(), "");
  clock_.wall += std::chrono::hours(24 * 30);
  file.append("one");
  clock_.wall += std::chrono::seconds(9);
  file.append("two");
  EXPECT_EQ(file.sync(), 8U);
  EXPECT_EQ(file.path(), folder_ + "/spool/undelivered-20261224T050000Z.ndjson");
}

TEST_F(UndeliveredFileTest, StopsOfOneSecondHaveFilesOfTheirOwn) {
  const std::string name = folder_ + "/spool/undelivered-20261124T050000Z";
  for (const char* line : {"one", "two", "three"}) {
    UndeliveredFile file(folder_ + "/spool", clock_);
    file.append(line);
    file.sync();
    EXPECT_EQ(file.failure(), "");
  }
  EXPECT_EQ(content(name + ".ndjson"), "one\n");
  EXPECT_EQ(content(name + "_2.ndjson"), "two\n");
  EXPECT_EQ(content(name + "_3.ndjson"), "three\n");
}

TEST_F(UndeliveredFileTest, IsForItsOwnerOnly) {
  UndeliveredFile file(folder_ + "/spool", clock_);
  file.append("secret");
  file.sync();
  struct stat status {};
  ASSERT_EQ(::stat(file.path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat((folder_ + "/spool").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST_F(UndeliveredFileTest, IsNotMadeWithoutALine) {
  UndeliveredFile file(folder_ + "/spool", clock_);
  EXPECT_EQ(file.sync(), 0U);
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/spool"));
}

// ---- whoever waits for the disk sees it, in each call that may hang

class UndeliveredFileWaits : public UndeliveredFileTest {
 protected:
  UndeliveredFileWaits() {
    clock_.on_wait = [this] { sizes_.push_back(size()); };
  }
  int64_t size() const {
    std::error_code none;
    int64_t size = -1;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ + "/spool", none)) {
      size = static_cast<int64_t>(entry.file_size());
    }
    return size;
  }

  std::vector<int64_t> sizes_;  // of the file, -1: there is none; as each call begins
};

TEST_F(UndeliveredFileWaits, AsALineIsMadeSafe) {
  UndeliveredFile file(folder_ + "/spool", clock_);
  file.append("one");
  file.sync();
  // It is made, written, its folder looked at, and synced.
  EXPECT_EQ(sizes_, (std::vector<int64_t>{-1, 0, 4, 4}));
}

TEST_F(UndeliveredFileWaits, AsAFileThatCannotBeSyncedIsClosed) {
  UndeliveredFile file(folder_ + "/spool", clock_);
  file.append("one");
  std::filesystem::remove_all(folder_ + "/spool");
  EXPECT_EQ(file.sync(), 0U);
  EXPECT_EQ(sizes_.size(), 5U);
}

TEST_F(UndeliveredFileWaits, AsATornLineIsCutOff) {
  UndeliveredFile file(folder_ + "/spool", clock_);
  const SizeLimit limit(1005);
  for (int i = 0; i < 30; ++i) file.append(std::string(99, 'x'));
  EXPECT_EQ(file.sync(), 1000U);
  // It is cut off, its folder looked at, and what is left synced.
  EXPECT_EQ(sizes_, (std::vector<int64_t>{-1, 0, 1005, 1000, 1000}));
}

// ---- what cannot be kept

TEST_F(UndeliveredFileTest, SaysWhatIsLostAndTheRemedy) {
  UndeliveredFile file(folder_ + "/no/such/folder", clock_);
  EXPECT_EQ(file.append("lost"), 5U);
  EXPECT_EQ(file.append("lost, too"), 15U);
  EXPECT_EQ(file.sync(), 0U);
  EXPECT_NE(file.failure().find("No such file"), std::string::npos) << file.failure();
  EXPECT_NE(file.failure().find("spool.path"), std::string::npos) << file.failure();
}

TEST_F(UndeliveredFileTest, KeepsTheWholeLinesThatThereIsRoomFor) {
  UndeliveredFile file(folder_ + "/spool", clock_);
  const SizeLimit limit(1005);
  std::vector<uint64_t> ends;
  for (int i = 0; i < 30; ++i) ends.push_back(file.append(std::string(99, 'x')));
  EXPECT_EQ(file.sync(), 1000U);
  EXPECT_EQ(ends[9], 1000U);
  EXPECT_EQ(content(file.path()).size(), 1000U) << "no torn line";
  EXPECT_NE(file.failure().find("File too large"), std::string::npos) << file.failure();
}

TEST_F(UndeliveredFileTest, WhatIsSafeStaysSoWhenLaterLinesAreLost) {
  UndeliveredFile file(folder_ + "/spool", clock_);
  file.append(std::string(99, 'x'));
  EXPECT_EQ(file.sync(), 100U);
  const SizeLimit limit(150);
  EXPECT_EQ(file.append(std::string(99, 'y')), 200U);
  EXPECT_EQ(file.sync(), 100U);
  EXPECT_EQ(file.append("z"), 202U);
  EXPECT_EQ(file.sync(), 100U) << "nothing is kept behind a line that is lost";
  EXPECT_EQ(content(file.path()), std::string(99, 'x') + "\n");
}

TEST_F(UndeliveredFileTest, IsMadeWithoutAFreeDescriptor) {
  if (kIsAddressSanitized) return;  // a check of the sanitizer's opens a pipe
  UndeliveredFile file(folder_ + "/spool", clock_);
  ASSERT_TRUE(file.try_folder().ok());
  std::vector<UniqueFd> all;
  for (UniqueFd next(::open("/dev/null", O_RDONLY)); next.valid();
       next = UniqueFd(::open("/dev/null", O_RDONLY))) {
    all.push_back(std::move(next));
  }
  file.append("kept");
  const uint64_t safe = file.sync();
  all.clear();
  EXPECT_EQ(safe, 5U) << file.failure();
}

TEST_F(UndeliveredFileTest, IsKeptInAFolderThatTookThePlaceOfTheTriedOne) {
  UndeliveredFile file(folder_ + "/spool", clock_);
  ASSERT_TRUE(file.try_folder().ok());
  std::filesystem::rename(folder_ + "/spool", folder_ + "/old");
  file.append("kept");
  EXPECT_EQ(file.sync(), 5U) << file.failure();
  EXPECT_EQ(content(folder_ + "/spool/undelivered-20261124T050000Z.ndjson"), "kept\n");
}

TEST_F(UndeliveredFileTest, TakesLinesOfSeveralThreads) {
  UndeliveredFile file(folder_ + "/spool", clock_);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&file] {
        uint64_t end = 0;
        for (int k = 0; k < 5000; ++k) end = file.append(std::string(100, 'x'));
        EXPECT_GE(file.sync(), end);
      });
    }
  }
  EXPECT_EQ(std::filesystem::file_size(file.path()), 20'000U * 101U);
}

// ---- the trial

TEST_F(UndeliveredFileTest, ATrialMakesTheFolderAndLeavesNothingInIt) {
  UndeliveredFile file(folder_ + "/spool", clock_);
  ASSERT_TRUE(file.try_folder().ok());
  EXPECT_TRUE(std::filesystem::is_empty(folder_ + "/spool"));
  ASSERT_TRUE(file.try_folder().ok()) << "again, at each reload";
}

TEST_F(UndeliveredFileTest, ATrialForALaterProcessLeavesNothingAtAll) {
  EXPECT_TRUE(try_spool_folder(folder_ + "/spool").ok());
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
  EXPECT_TRUE(try_spool_folder(folder_).ok()) << "a folder that is there stays";
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(UndeliveredFileTest, ATrialSaysWhatCannotBeDoneAndWhatIsAtStake) {
  std::ofstream(folder_ + "/file") << "a file";
  for (const std::string& path :
       {folder_ + "/no/such", std::string("/proc/x"), folder_ + "/file"}) {
    const Result<void> tried = try_spool_folder(path);
    ASSERT_FALSE(tried.ok()) << path;
    EXPECT_NE(tried.error().message.find("spool.path '" + path + "'"), std::string::npos);
    EXPECT_NE(tried.error().message.find("would be lost"), std::string::npos);
    const Result<void> by_the_file = UndeliveredFile(path, clock_).try_folder();
    ASSERT_FALSE(by_the_file.ok());
    EXPECT_EQ(by_the_file.error(), tried.error());
  }
}

}  // namespace
}  // namespace awps
