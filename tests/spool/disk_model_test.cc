#include "tests/support/disk_model.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace awps {
namespace {

constexpr int kCuts = 200;

class DiskModelTest : public testing::Test {
 protected:
  DiskModelTest() {
    disk_.put_folder("/spool");
    folder_ = std::move(disk_.make_folder("/spool/chat")).value();
  }

  // A file with synced bytes, whose name is durable.
  std::unique_ptr<File> synced(const std::string& name, const std::string& bytes) {
    auto file = std::move(folder_->make(name)).value();
    EXPECT_TRUE(file->write(0, bytes).ok());
    EXPECT_TRUE(file->sync().ok());
    EXPECT_TRUE(folder_->sync().ok());
    return file;
  }

  std::set<std::string> contents_after_cuts(const std::string& path) const {
    std::set<std::string> contents;
    for (int seed = 0; seed < kCuts; ++seed) {
      contents.insert(disk_.cut(Keep::kRandom, static_cast<uint64_t>(seed))->content(path));
    }
    return contents;
  }

  DiskModel disk_{{.sector_bytes = 4}};
  std::unique_ptr<Folder> folder_;
};

TEST_F(DiskModelTest, WhatIsSyncedStays) {
  const auto file = synced("one", "abcdefgh");
  EXPECT_FALSE(disk_.has_unsynced());
  for (const Keep keep : {Keep::kNone, Keep::kAll, Keep::kRandom, Keep::kFirst, Keep::kLast}) {
    const auto after = disk_.cut(keep, 7);
    EXPECT_EQ(after->content("/spool/chat/one"), "abcdefgh");
    EXPECT_EQ(after->names("/spool/chat"), std::vector<std::string>{"one"});
  }
}

TEST_F(DiskModelTest, UnsyncedSectorsAreKeptOneByOne) {
  const auto file = synced("one", "abcdefgh");
  ASSERT_TRUE(file->write(2, "CDEF").ok());
  EXPECT_EQ(disk_.content("/spool/chat/one"), "abCDEFgh");
  EXPECT_TRUE(disk_.has_unsynced());
  EXPECT_EQ(disk_.cut(Keep::kNone, 1)->content("/spool/chat/one"), "abcdefgh");
  EXPECT_EQ(disk_.cut(Keep::kFirst, 1)->content("/spool/chat/one"), "abCDefgh");
  EXPECT_EQ(disk_.cut(Keep::kLast, 1)->content("/spool/chat/one"), "abcdEFgh");
  EXPECT_EQ(disk_.cut(Keep::kAll, 1)->content("/spool/chat/one"), "abCDEFgh");
  EXPECT_EQ(contents_after_cuts("/spool/chat/one"),
            (std::set<std::string>{"abcdefgh", "abCDefgh", "abcdEFgh", "abCDEFgh"}));
}

TEST_F(DiskModelTest, EachVersionOfASectorMayBeTheOneThatIsKept) {
  const auto file = synced("one", "abcd");
  ASSERT_TRUE(file->write(0, "1").ok());
  ASSERT_TRUE(file->write(1, "2").ok());
  EXPECT_EQ(contents_after_cuts("/spool/chat/one"),
            (std::set<std::string>{"abcd", "1bcd", "12cd"}));
}

TEST_F(DiskModelTest, ASizeIsDurableWithItsFile) {
  const auto file = synced("one", "");
  ASSERT_TRUE(file->allocate(6).ok());
  ASSERT_TRUE(file->write(0, "abcdef").ok());
  const std::string none(4, '\0');
  EXPECT_EQ(contents_after_cuts("/spool/chat/one"),
            (std::set<std::string>{"", none + none.substr(2), "abcd" + none.substr(2), none + "ef",
                                   "abcdef"}));
  ASSERT_TRUE(file->sync().ok());
  EXPECT_EQ(contents_after_cuts("/spool/chat/one"), std::set<std::string>{"abcdef"});
}

TEST_F(DiskModelTest, NamesAreDurableWithTheirFolder) {
  const auto file = synced("one", "1");
  ASSERT_TRUE((*folder_->make("two"))->sync().ok());
  ASSERT_TRUE(folder_->unlink("one").ok());
  std::set<std::vector<std::string>> seen;
  for (uint64_t seed = 0; seed < kCuts; ++seed) {
    seen.insert(disk_.cut(Keep::kRandom, seed)->names("/spool/chat"));
  }
  EXPECT_EQ(seen, (std::set<std::vector<std::string>>{{}, {"one"}, {"two"}, {"one", "two"}}));
  EXPECT_EQ(disk_.cut(Keep::kNone, 1)->names("/spool/chat"), std::vector<std::string>{"one"});
  ASSERT_TRUE(folder_->sync().ok());
  EXPECT_EQ(disk_.cut(Keep::kNone, 1)->names("/spool/chat"), std::vector<std::string>{"two"});
}

TEST_F(DiskModelTest, ARenameIsDoneOrNot) {
  synced("one", "1");
  ASSERT_TRUE(folder_->rename("one", "two").ok());
  EXPECT_EQ(disk_.names("/spool/chat"), std::vector<std::string>{"two"});
  EXPECT_EQ(disk_.cut(Keep::kNone, 1)->names("/spool/chat"), std::vector<std::string>{"one"});
  EXPECT_EQ(disk_.cut(Keep::kAll, 1)->content("/spool/chat/two"), "1");
}

TEST_F(DiskModelTest, MakesFoldersThatStay) {
  ASSERT_TRUE(disk_.make_folder("/spool/a/b").ok());
  EXPECT_TRUE(disk_.cut(Keep::kNone, 1)->open_folder("/spool/a/b").ok());
  EXPECT_EQ(disk_.make_folder("/w/x/y/z").error().code, ENOENT);
  EXPECT_EQ(disk_.open_folder("/spool/none").error().code, ENOENT);
  disk_.give_away("/spool/a");
  EXPECT_EQ(disk_.open_folder("/spool/a").error().code, EPERM);
}

TEST_F(DiskModelTest, AKillLosesNothing) {
  const auto file = std::move(folder_->make("one")).value();
  ASSERT_TRUE(file->write(0, "abcd").ok());
  const auto after = disk_.killed();
  EXPECT_EQ(after->content("/spool/chat/one"), "abcd");
  EXPECT_TRUE(after->has_unsynced());
  EXPECT_EQ(after->cut(Keep::kNone, 1)->names("/spool/chat"), std::vector<std::string>{});
}

TEST_F(DiskModelTest, NoSyncWritesWhatAFailedOneLeft) {
  const std::string written(80, 'A');
  const auto file = synced("one", std::string(80, 'a'));
  ASSERT_TRUE(file->write(0, written).ok());
  disk_.fail({.from = 1, .code = EIO});
  EXPECT_EQ(file->sync().error(),
            (IoError{.call = "sync", .path = "/spool/chat/one", .code = EIO}));
  ASSERT_TRUE(file->sync().ok());
  EXPECT_EQ(disk_.content("/spool/chat/one"), written);
  EXPECT_EQ(disk_.killed()->content("/spool/chat/one"), written);
  const std::string durable = disk_.cut(Keep::kAll, 1)->content("/spool/chat/one");
  EXPECT_NE(durable, written);
  EXPECT_EQ(disk_.killed_and_forgotten()->content("/spool/chat/one"), durable);
}

TEST_F(DiskModelTest, FailsOnceOrUntilItIsHealed) {
  disk_.fail({.from = disk_.operations() + 2, .code = ENOSPC});
  EXPECT_TRUE(folder_->make("one").ok());
  EXPECT_TRUE(folder_->list().ok());
  EXPECT_EQ(folder_->make("two").error().code, ENOSPC);
  EXPECT_TRUE(folder_->make("three").ok());
  disk_.fail({.from = 1, .code = EROFS, .is_lasting = true});
  EXPECT_EQ(folder_->make("four").error().code, EROFS);
  EXPECT_TRUE(folder_->list().ok());
  EXPECT_EQ(folder_->sync().error().code, EROFS);
  disk_.heal();
  EXPECT_TRUE(folder_->sync().ok());
}

TEST_F(DiskModelTest, IsFullAtItsBytes) {
  DiskModel small({.bytes = 100});
  small.put_folder("/spool");
  const auto folder = std::move(small.make_folder("/spool/chat")).value();
  const auto file = std::move(folder->make("one")).value();
  ASSERT_TRUE(file->allocate(60).ok());
  EXPECT_EQ(*small.free_bytes("/spool"), 40U);
  EXPECT_EQ((*folder->make("two"))->allocate(50).error().code, ENOSPC);
  ASSERT_TRUE(folder->unlink("one").ok());
  ASSERT_TRUE(folder->unlink("two").ok());
  EXPECT_EQ(*small.free_bytes("/spool"), 100U);
}

TEST_F(DiskModelTest, ShowsEachChange) {
  std::vector<std::string> calls;
  disk_.after_change([&](const DiskModel::Operation& operation) {
    calls.push_back(operation.call + (operation.has_failed ? " failed" : ""));
  });
  synced("one", "1");
  disk_.fail({.from = 1});
  (void)folder_->unlink("one");  // it fails as it was told to
  EXPECT_EQ(calls, (std::vector<std::string>{"make", "write", "sync", "sync", "unlink failed"}));
}

}  // namespace
}  // namespace awps
