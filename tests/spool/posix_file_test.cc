#include "spool/posix_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/as_nobody.h"
#include "tests/support/test_folder.h"

namespace awps {
namespace {

using std::filesystem::perms;

mode_t mode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

// What opening it as a file of ours says; 0: it is one.
int open_code(Folder& folder, const std::string& name) {
  const auto file = folder.open(name);
  return file ? 0 : file.error().code;
}

// For its time files may have so many bytes, without a signal.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    (void)std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

class PosixFileTest : public testing::Test {
 protected:
  std::unique_ptr<Folder> folder() {
    auto made = files_.make_folder(test_folder_.file("log"));
    EXPECT_TRUE(made.ok()) << to_text(made.error());
    return std::move(made).value();
  }
  std::string path(const std::string& name) const { return test_folder_.file("log/" + name); }

  TestFolder test_folder_;
  PosixFileSystem files_;
};

TEST_F(PosixFileTest, ReadsWhatItWrote) {
  const auto in = folder();
  const auto file = std::move(in->make("one")).value();
  ASSERT_TRUE(file->allocate(10'000).ok());
  EXPECT_EQ(*file->size(), 10'000U);
  ASSERT_TRUE(file->write(5'000, "some bytes").ok());
  ASSERT_TRUE(file->sync().ok());
  ASSERT_TRUE(in->sync().ok());

  const auto again = std::move(in->open("one")).value();
  std::string bytes(12, 'x');
  EXPECT_EQ(*again->read(4'999, bytes), 12U);
  EXPECT_EQ(bytes, std::string(1, '\0') + "some bytes" + std::string(1, '\0'));
  EXPECT_EQ(*again->read(9'995, bytes), 5U);
  EXPECT_EQ(*again->read(10'000, bytes), 0U);
  EXPECT_EQ(*again->read(20'000, bytes), 0U);
}

TEST_F(PosixFileTest, WhatIsOpenedCannotBeWrittenTo) {
  const auto in = folder();
  ASSERT_TRUE(in->make("one").ok());
  const auto written = (*in->open("one"))->write(0, "x");
  EXPECT_EQ(written.error(), (IoError{.call = "write", .path = path("one"), .code = EBADF}));
}

TEST_F(PosixFileTest, MakesFilesOfItsUserAlone) {
  const auto in = folder();
  ASSERT_TRUE(in->make("one").ok());
  EXPECT_EQ(mode_of(path("one")), 0600U);
  EXPECT_EQ(mode_of(test_folder_.file("log")), 0700U);
}

TEST_F(PosixFileTest, ANameIsMadeOnce) {
  const auto in = folder();
  ASSERT_TRUE(in->make("one").ok());
  const auto second = in->make("one");
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error(), (IoError{.call = "make", .path = path("one"), .code = EEXIST}));
  EXPECT_EQ(to_text(second.error()), "make '" + path("one") + "': File exists");
  ASSERT_EQ(::symlink("/nowhere/at/all", path("link").c_str()), 0);
  EXPECT_EQ(in->make("link").error().code, EEXIST);
}

TEST_F(PosixFileTest, OpensOnlyPlainFilesThatNobodyElseMayWrite) {
  const auto in = folder();
  EXPECT_EQ(open_code(*in, "missing"), ENOENT);
  for (const char* name : {"ours", "group", "others", "read"}) ASSERT_TRUE(in->make(name).ok());
  std::filesystem::permissions(path("group"), perms(0660));
  std::filesystem::permissions(path("others"), perms(0602));
  std::filesystem::permissions(path("read"), perms(0644));
  ASSERT_EQ(::symlink("ours", path("link").c_str()), 0);
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  ASSERT_EQ(::mkdir(path("folder").c_str(), 0700), 0);
  EXPECT_EQ(open_code(*in, "ours"), 0);
  EXPECT_EQ(open_code(*in, "read"), 0);
  for (const char* name : {"group", "others", "link", "pipe", "folder"}) {
    EXPECT_EQ(open_code(*in, name), EPERM) << name;
  }
}

TEST_F(PosixFileTest, ListsRenamesAndUnlinks) {
  const auto in = folder();
  for (const char* name : {"one", "two", ".hidden"}) ASSERT_TRUE(in->make(name).ok());
  ASSERT_TRUE(in->rename("one", "two").ok());
  ASSERT_TRUE(in->unlink(".hidden").ok());
  ASSERT_TRUE(in->make("three").ok());
  for (int i = 0; i < 2; ++i) {
    auto names = std::move(in->list()).value();
    std::ranges::sort(names);
    EXPECT_EQ(names, (std::vector<std::string>{"three", "two"}));
  }
  EXPECT_EQ(in->unlink("one").error(),
            (IoError{.call = "unlink", .path = path("one"), .code = ENOENT}));
  EXPECT_EQ(in->rename("one", "four").error().code, ENOENT);
}

TEST_F(PosixFileTest, SaysWhyAWriteIsShort) {
  const auto in = folder();
  const auto file = std::move(in->make("one")).value();
  const FileSizeLimit limit(8'192);
  const auto written = file->write(4'096, std::string(10'000, 'x'));
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error(), (IoError{.call = "write", .path = path("one"), .code = EFBIG}));
  EXPECT_EQ(file->allocate(10'000).error().call, "allocate");
}

TEST_F(PosixFileTest, MakesTwoFoldersAboveAndNoMore) {
  const std::string path = test_folder_.file("a/b/c");
  EXPECT_EQ(files_.open_folder(path).error().code, ENOENT);
  EXPECT_EQ(files_.make_folder(path + "/d").error(),
            (IoError{.call = "make", .path = test_folder_.file("a/b"), .code = ENOENT}));
  ASSERT_TRUE(files_.make_folder(path).ok());
  ASSERT_TRUE(files_.make_folder(path + "/").ok());
  ASSERT_TRUE(files_.open_folder(path).ok());
  for (const char* name : {"a", "a/b", "a/b/c"}) {
    EXPECT_EQ(mode_of(test_folder_.file(name)), 0700U) << name;
  }
}

TEST_F(PosixFileTest, AFolderThatOthersMayChangeIsNotOurs) {
  ASSERT_NE(folder(), nullptr);
  const std::string name = test_folder_.file("log");
  ASSERT_EQ(::symlink(name.c_str(), test_folder_.file("link").c_str()), 0);
  EXPECT_EQ(files_.open_folder(test_folder_.file("link")).error().code, ENOTDIR);
  EXPECT_EQ(files_.open_folder(test_folder_.file("link/")).error().code, ENOTDIR);
  EXPECT_EQ(files_.make_folder(test_folder_.file("link")).error().code, ENOTDIR);
  for (const auto mode : {perms(0720), perms(0702)}) {
    std::filesystem::permissions(name, mode);
    EXPECT_EQ(files_.open_folder(name).error(),
              (IoError{.call = "open", .path = name, .code = EPERM}));
    EXPECT_EQ(files_.make_folder(name).error().code, EPERM);
  }
  std::filesystem::permissions(name, perms(0755));
  EXPECT_TRUE(files_.open_folder(name).ok());
}

TEST_F(PosixFileTest, WhatBelongsToAnotherUserIsNotOurs) {
  const AsNobody nobody;
  PosixFileSystem files;
  EXPECT_EQ(files.open_folder("/etc").error().code, EPERM);
  EXPECT_EQ(files.make_folder("/etc").error().code, EPERM);
  EXPECT_TRUE(PosixFileSystem(/*owner=*/std::nullopt).open_folder("/etc").ok());
}

TEST_F(PosixFileTest, AFolderAboveThatMayNotBeReadIsNoFault) {
  const std::string above = test_folder_.file("above");
  ASSERT_TRUE(files_.make_folder(above + "/spool").ok());
  std::filesystem::permissions(test_folder_.file(""), perms(0755));
  std::filesystem::permissions(above, perms(0711));
  std::filesystem::permissions(above + "/spool", perms(0777));
  const AsNobody nobody;
  EXPECT_TRUE(PosixFileSystem().make_folder(above + "/spool/hub/log").ok());
}

TEST_F(PosixFileTest, FreeBytesAreThoseOfTheDiskAbove) {
  const auto here = files_.free_bytes(test_folder_.file(""));
  ASSERT_TRUE(here.ok());
  EXPECT_GT(*here, 0U);
  EXPECT_TRUE(files_.free_bytes(test_folder_.file("not/yet/there")).ok());
  EXPECT_TRUE(files_.free_bytes("not/yet/there").ok());
  test_folder_.write("file", "");
  EXPECT_EQ(files_.free_bytes(test_folder_.file("file/x")).error().code, ENOTDIR);
}

}  // namespace
}  // namespace awps
