#include "spool/spool_lock.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/support/test_folder.h"

namespace awps {
namespace {

std::string our_text(const std::string& version) {
  return "pid " + std::to_string(::getpid()) + ", version " + version;
}

TEST(SpoolLock, IsOneDaemonsAlone) {
  const TestFolder folder;
  const std::string path = folder.file("");
  EXPECT_EQ(SpoolLock::holder(path), std::nullopt);
  const auto first = SpoolLock::take(path, "0.2.0");
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_EQ(SpoolLock::holder(path), our_text("0.2.0"));
  const auto second = SpoolLock::take(path, "0.3.0");
  ASSERT_FALSE(second.ok());
  EXPECT_TRUE(second.error().is_held);
  EXPECT_EQ(second.error().message, "spool.path '" + path + "' is in use by another daemon (" +
                                        our_text("0.2.0") +
                                        "); stop that one, or give this one another spool.path");
}

TEST(SpoolLock, IsFreeAgainAndItsFileStays) {
  const TestFolder folder;
  const std::string path = folder.file("");
  ASSERT_TRUE(SpoolLock::take(path, "a longer version").ok());
  EXPECT_EQ(SpoolLock::holder(path), std::nullopt);
  EXPECT_TRUE(std::filesystem::exists(path + "/spool.lock"));
  const auto again = SpoolLock::take(path, "short");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(SpoolLock::holder(path), our_text("short"));
}

TEST(SpoolLock, EndsWithItsProcess) {
  const TestFolder folder;
  const std::string path = folder.file("");
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = SpoolLock::take(path, "0.2.0");
    ::_exit(lock.ok() ? 0 : 1);  // without a destructor, as by a signal
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(SpoolLock::take(path, "0.2.0").ok());
}

TEST(SpoolLock, WhatIsNoFileOfOursIsNotLocked) {
  const TestFolder folder;
  const std::string path = folder.file("");
  const auto nowhere = SpoolLock::take(path + "/missing", "0.2.0");
  EXPECT_FALSE(nowhere.error().is_held);
  ASSERT_EQ(::symlink("target", (path + "/spool.lock").c_str()), 0);
  const auto link = SpoolLock::take(path, "0.2.0");
  ASSERT_FALSE(link.ok());
  EXPECT_FALSE(link.error().is_held);
  EXPECT_FALSE(std::filesystem::exists(path + "/target"));
  ASSERT_EQ(::unlink((path + "/spool.lock").c_str()), 0);
  ASSERT_EQ(::mkfifo((path + "/spool.lock").c_str(), 0600), 0);
  EXPECT_FALSE(SpoolLock::take(path, "0.2.0").ok());
}

TEST(SpoolLock, ShowsNoControlCharactersOfTheFile) {
  const TestFolder folder;
  const auto lock = SpoolLock::take(folder.file(""), "0.2.0\x1b[31m");
  ASSERT_TRUE(lock.ok());
  EXPECT_EQ(SpoolLock::holder(folder.file("")), our_text("0.2.0[31m"));
}

}  // namespace
}  // namespace awps
