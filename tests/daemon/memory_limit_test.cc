#include "daemon/awpsd/memory_limit.h"

#include <gtest/gtest.h>

#include <fstream>

#include "stream/stream.h"
#include "tests/support/test_folder.h"

namespace awps {
namespace {

constexpr uint64_t kGib = uint64_t{1} << 30U;

class MemoryLimitTest : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = std::filesystem::path(folder_.file("")) / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  uint64_t limit() {
    const auto limit = memory_limit(folder_.file(""));
    return limit ? limit->bytes : 0;
  }

  TestFolder folder_;
};

TEST_F(MemoryLimitTest, IsUnknownWhereNothingSaysIt) {
  EXPECT_EQ(limit(), 0U);
  EXPECT_EQ(warning_of_memory(kGib, memory_limit(folder_.file(""))), "");
}

TEST_F(MemoryLimitTest, IsTheMachines) {
  write("proc/meminfo", "MemTotal:       1048576 kB\nMemFree: 1 kB\n");
  write("proc/self/cgroup", "0::/system.slice/awpsd.service\n");
  write("sys/fs/cgroup/system.slice/awpsd.service/memory.max", "max\n");
  EXPECT_EQ(limit(), kGib);
}

TEST_F(MemoryLimitTest, IsTheLeastOfTheGroupsAndItsAncestors) {
  write("proc/meminfo", "MemTotal:       1048576 kB\n");
  write("proc/self/cgroup", "0::/a/b\n");
  write("sys/fs/cgroup/a/b/memory.max", "700000000\n");
  EXPECT_EQ(limit(), 700'000'000U);
  write("sys/fs/cgroup/a/memory.high", "600000000\n");
  EXPECT_EQ(limit(), 600'000'000U);
  write("sys/fs/cgroup/memory.max", "500000000\n");
  EXPECT_EQ(limit(), 500'000'000U);
}

TEST_F(MemoryLimitTest, KnowsTheFirstVersionOfGroups) {
  write("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/docker/1\n");
  write("sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes", "400000000\n");
  EXPECT_EQ(limit(), 400'000'000U);
}

TEST(MemoryWarning, NamesTheSumTheLimitAndTheRemedy) {
  Config config;
  Plan plan;
  plan.hubs.resize(101);
  const std::string warning =
      warning_of_memory(most_held_bytes(config, plan), MemoryLimit{16 * kGib, "the machine"});
  EXPECT_NE(warning.find("32384 MiB together"), std::string::npos) << warning;
  EXPECT_NE(warning.find("16384 MiB of memory (the machine)"), std::string::npos) << warning;
  EXPECT_NE(warning.find("lower them"), std::string::npos);
  plan.hubs.resize(1);
  EXPECT_EQ(warning_of_memory(most_held_bytes(config, plan), MemoryLimit{kGib, "x"}), "");
}

TEST(MemoryWarning, CountsWhatStreamsHaveReady) {
  const Config config;
  Plan plan;
  const uint64_t without = most_held_bytes(config, plan);
  plan.streams.resize(2);
  EXPECT_EQ(most_held_bytes(config, plan) - without, 2 * 64 * (uint64_t{1} << 20U));
  plan.streams[1].config.dead_letters = "awps-dead";
  EXPECT_EQ(most_held_bytes(config, plan) - without,
            2 * 64 * (uint64_t{1} << 20U) + StreamOptions{}.max_kept_bytes);
}

}  // namespace
}  // namespace awps
