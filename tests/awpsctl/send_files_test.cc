// Which files a send has, and when one of them may go.

#include "daemon/awpsctl/commands/send_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "daemon/awpsctl/commands/arguments.h"
#include "spool/undelivered_file.h"
#include "tests/support/as_nobody.h"

namespace awps {
namespace {

using Paths = std::vector<std::string>;

class SendFiles : public testing::Test {
 protected:
  SendFiles() {
    std::string name = testing::TempDir() + "send-files-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~SendFiles() override { std::filesystem::remove_all(folder_); }

  std::string make(const std::string& name) const {
    std::ofstream(folder_ + "/" + name) << "{}\n";
    return folder_ + "/" + name;
  }
  static Result<FileToSend, Failure> open(const std::string& path) {
    return FileToSend::open(path, {.remove = true});
  }

  std::string folder_;
};

TEST_F(SendFiles, OfAFolderAreThoseOfStopsInTheOrderOfTheirTime) {
  const std::string second = make("undelivered-20260102T030406Z.ndjson");
  const std::string first = make("undelivered-20260102T030405Z.ndjson");
  make("dead.ndjson");
  std::filesystem::create_directory(folder_ + "/undelivered-x.ndjson");
  const auto files = files_to_send({.files = {folder_}});
  ASSERT_TRUE(files.ok());
  EXPECT_EQ(*files, (Paths{first, second}));
}

TEST_F(SendFiles, AreInTheOrderGivenEachOnce) {
  const std::string b = make("b");
  const std::string a = make("a");
  std::filesystem::create_symlink(a, folder_ + "/link");
  const auto files = files_to_send({.files = {b, "-", a, folder_ + "/link", b}});
  ASSERT_TRUE(files.ok());
  EXPECT_EQ(*files, (Paths{b, "-", a}));
}

TEST_F(SendFiles, AreAllThereBeforeTheFirstIsSent) {
  const auto files = files_to_send({.files = {make("a"), folder_ + "/none"}});
  ASSERT_FALSE(files.ok());
  EXPECT_EQ(files.error().exit_code, ExitCode::kNoInput);
  EXPECT_NE(files.error().message.find(folder_ + "/none': No such file"), std::string::npos);
}

TEST_F(SendFiles, OfAPatternThatNoShellExpandedAreThoseOfTheFolder) {
  const auto files = files_to_send({.files = {folder_ + "/undelivered-*.ndjson"}, .remove = true});
  ASSERT_FALSE(files.ok());
  EXPECT_NE(files.error().message.find("awpsctl send --remove " + folder_ + "`"), std::string::npos)
      << files.error().message;
}

TEST_F(SendFiles, OfAClosedFolderNeedSudo) {
  const std::string file = make("undelivered-x.ndjson");
  ASSERT_EQ(::chmod(folder_.c_str(), 0), 0);
  for (const std::string& path : {file, folder_}) {
    const AsNobody nobody;
    const auto files = files_to_send({.files = {path}});
    ASSERT_FALSE(files.ok());
    EXPECT_NE(files.error().message.find("`sudo awpsctl send " + path + "`"), std::string::npos)
        << files.error().message;
  }
  ASSERT_EQ(::chmod(folder_.c_str(), 0700), 0);
}

TEST_F(SendFiles, ThatCouldNotBeRemovedAreNotSent) {
  make("undelivered-x.ndjson");
  ASSERT_EQ(::chmod(folder_.c_str(), 0555), 0);
  {
    const AsNobody nobody;
    EXPECT_TRUE(files_to_send({.files = {folder_}}).ok());
    const auto files = files_to_send({.files = {folder_}, .remove = true});
    ASSERT_FALSE(files.ok());
    EXPECT_EQ(files.error().exit_code, ExitCode::kNoPermission);
  }
  ASSERT_EQ(::chmod(folder_.c_str(), 0700), 0);
}

TEST_F(SendFiles, GoOnceTheyAreSent) {
  const std::string path = make("a");
  const auto file = open(path);
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(file->remove().ok());
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(SendFiles, StayIfTheyHaveGrownMeanwhile) {
  const std::string path = make("a");
  const auto file = open(path);
  ASSERT_TRUE(file.ok());
  std::ofstream(path, std::ios::app) << "{}\n";
  const Result<void, Failure> removed = file->remove();
  ASSERT_FALSE(removed.ok());
  EXPECT_EQ(removed.error().exit_code, ExitCode::kTempFail);
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(SendFiles, StayIfAnotherHasTheName) {
  const std::string path = make("a");
  const auto file = open(path);
  ASSERT_TRUE(file.ok());
  std::filesystem::rename(make("b"), path);
  EXPECT_FALSE(file->remove().ok());
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(SendFiles, StayIfALinkLedToThem) {
  const std::string path = make("a");
  std::filesystem::create_symlink(path, folder_ + "/link");
  const auto file = open(folder_ + "/link");
  ASSERT_TRUE(file.ok());
  EXPECT_FALSE(file->remove().ok());
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(SendFiles, AreNotThoseThatAStopStillWrites) {
  const SystemClock clock;
  std::string path;
  {
    UndeliveredFile writer(folder_, clock);
    writer.append("{}");
    ASSERT_GT(writer.sync(), 0U);
    path = writer.path();
    const auto file = open(path);
    ASSERT_FALSE(file.ok());
    EXPECT_EQ(file.error().code, "busy");
    EXPECT_EQ(file.error().exit_code, ExitCode::kTempFail);
  }
  EXPECT_TRUE(open(path).ok());
}

TEST_F(SendFiles, AreNotThoseThatAnotherSends) {
  const std::string path = make("undelivered-x.ndjson");
  const auto file = open(path);
  ASSERT_TRUE(file.ok());
  EXPECT_FALSE(open(path).ok());
}

}  // namespace
}  // namespace awps
