#include "spool/space.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>

namespace awps {
namespace {

// A disk of which only its room matters.
class Room final : public FileSystem {
 public:
  Result<std::unique_ptr<Folder>, IoError> open_folder(const std::string& path) override {
    return IoError{.call = "open", .path = path, .code = ENOENT};
  }
  Result<std::unique_ptr<Folder>, IoError> make_folder(const std::string& path) override {
    return IoError{.call = "make", .path = path, .code = EROFS};
  }
  Result<uint64_t, IoError> free_bytes(const std::string& path) override {
    if (is_broken) return IoError{.call = "free space", .path = path, .code = EIO};
    return free;
  }

  uint64_t free = 1'000'000;
  bool is_broken = false;
};

class SpoolSpaceTest : public testing::Test {
 protected:
  Room disk_;
  SpoolSpace space_{disk_, {.path = "/spool", .max_bytes = 10'000, .min_free_bytes = 500}};
};

TEST_F(SpoolSpaceTest, IsSharedByAllLogs) {
  EXPECT_EQ(space_.room_for(10'000), SpoolSpace::Room::kFree);
  EXPECT_EQ(space_.room_for(10'001), SpoolSpace::Room::kSpoolFull);
  space_.took(4'000);
  space_.took(3'000);
  EXPECT_EQ(space_.used(), 7'000U);
  EXPECT_EQ(space_.room_for(3'000), SpoolSpace::Room::kFree);
  EXPECT_EQ(space_.room_for(3'001), SpoolSpace::Room::kSpoolFull);
  space_.gave_back(4'000);
  EXPECT_EQ(space_.room_for(7'000), SpoolSpace::Room::kFree);
}

TEST_F(SpoolSpaceTest, LeavesRoomToOthers) {
  disk_.free = 1'500;
  EXPECT_EQ(space_.room_for(1'000), SpoolSpace::Room::kFree);
  EXPECT_EQ(space_.room_for(1'001), SpoolSpace::Room::kDiskFull);
  disk_.free = 100;
  EXPECT_EQ(space_.room_for(0), SpoolSpace::Room::kDiskFull);
}

TEST_F(SpoolSpaceTest, OverTheBoundThereIsNoRoom) {
  space_.took(20'000);
  EXPECT_EQ(space_.room_for(0), SpoolSpace::Room::kSpoolFull);
  EXPECT_EQ(space_.room_for(UINT64_MAX), SpoolSpace::Room::kSpoolFull);
}

TEST_F(SpoolSpaceTest, ADiskThatDoesNotSayIsTried) {
  disk_.is_broken = true;
  EXPECT_EQ(space_.room_for(10'000), SpoolSpace::Room::kFree);
}

}  // namespace
}  // namespace awps
