// The log on a disk that loses what was not synced, and whose calls fail: see LogProgram.

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "tests/spool/log_program.h"

namespace awps {
namespace {

const char* given(const char* name) {
  return std::getenv(name);
}

// How many programs: AWPS_LOG_PROGRAMS times as many for a long run.
uint64_t programs(uint64_t count) {
  const char* times = given("AWPS_LOG_PROGRAMS");
  return times == nullptr ? count : count * std::strtoull(times, nullptr, 10);
}

// A long run tries programs that nobody has tried; the others are the same each time.
// AWPS_TEST_SEED takes a seed back that a failure has printed.
uint64_t first_seed() {
  const char* wanted = given("AWPS_TEST_SEED");
  const uint64_t own = given("AWPS_LOG_PROGRAMS") == nullptr ? 1000 : seed_from_system() >> 16U;
  const uint64_t seed = wanted == nullptr ? own : std::strtoull(wanted, nullptr, 10);
  testing::Test::RecordProperty("seed", std::to_string(seed));
  return seed;
}

TEST(LogModel, LosesNothingAtACutBehindAnyOperation) {
  const uint64_t first = first_seed();
  for (uint64_t seed = first; seed < first + programs(3); ++seed) {
    LogProgram program({.seed = seed, .steps = 80});
    const std::string problem = program.run();
    ASSERT_TRUE(problem.empty()) << problem;
    EXPECT_GT(program.looks(), 0U);
  }
}

TEST(LogModel, LosesNothingOnADiskOfLargeSectors) {
  const uint64_t first = first_seed();
  for (uint64_t seed = first; seed < first + programs(2); ++seed) {
    LogProgram program({.seed = seed, .steps = 80, .disk = {.sector_bytes = 4096}});
    const std::string problem = program.run();
    ASSERT_TRUE(problem.empty()) << problem;
  }
}

TEST(LogModel, LosesNothingOverManyCrashes) {
  const uint64_t first = first_seed();
  uint64_t unlinked = 0;
  uint64_t moved = 0;
  for (uint64_t seed = first; seed < first + programs(5); ++seed) {
    LogProgram program(
        {.seed = seed, .steps = 800, .looks = 0.02, .crashes = true, .segment_bytes = 12'000});
    const std::string problem = program.run();
    ASSERT_TRUE(problem.empty()) << problem;
    unlinked += program.unlinked();
    moved += program.moved_bytes();
  }
  EXPECT_GT(unlinked, 0U);
  EXPECT_GT(moved, 0U);
}

TEST(LogModel, LosesNothingWhereRecordsAreMoved) {
  const uint64_t first = first_seed();
  for (uint64_t seed = first; seed < first + programs(3); ++seed) {
    LogProgram program({.seed = seed, .steps = 300, .looks = 0.2, .segment_bytes = 8'192});
    const std::string problem = program.run();
    ASSERT_TRUE(problem.empty()) << problem;
    EXPECT_GT(program.moved_bytes(), 0U);
  }
}

LogProgram::Options with_failing_calls(uint64_t seed) {
  return {.seed = seed,
          .steps = 400,
          .looks = 0.05,
          .crashes = true,
          .fails = true,
          .segment_bytes = 8'192};
}

TEST(LogModel, LosesNothingWhereCallsFailNowAndThen) {
  const uint64_t first = first_seed();
  for (uint64_t seed = first; seed < first + programs(10); ++seed) {
    LogProgram program(with_failing_calls(seed));
    const std::string problem = program.run();
    ASSERT_TRUE(problem.empty()) << problem;
  }
}

// A moved record was read from memory alone, since its sync had failed in the run before.
TEST(LogModel, LosesNothingWhereAMovedRecordWasNeverSynced) {
  for (const uint64_t seed :
       {123540298716856U, 99359287220773U, 217830438584021U, 265934005746641U}) {
    LogProgram program(with_failing_calls(seed));
    const std::string problem = program.run();
    EXPECT_TRUE(problem.empty()) << problem;
  }
}

TEST(LogModel, LosesNothingAtItsLimit) {
  const uint64_t first = first_seed();
  uint64_t refusals = 0;
  for (uint64_t seed = first; seed < first + programs(10); ++seed) {
    LogProgram program(
        {.seed = seed, .steps = 300, .looks = 0.05, .crashes = true, .max_bytes = 100'000});
    const std::string problem = program.run();
    ASSERT_TRUE(problem.empty()) << problem;
    refusals += program.refusals();
  }
  EXPECT_GT(refusals, 0U);
}

TEST(LogModel, LosesNothingOnADiskThatIsFull) {
  const uint64_t first = first_seed();
  uint64_t refusals = 0;
  for (uint64_t seed = first; seed < first + programs(10); ++seed) {
    LogProgram program({.seed = seed,
                        .steps = 200,
                        .looks = 0.05,
                        .crashes = true,
                        .disk = {.bytes = 200'000, .seed = seed}});
    const std::string problem = program.run();
    ASSERT_TRUE(problem.empty()) << problem;
    refusals += program.refusals();
  }
  EXPECT_GT(refusals, 0U);
}

// ---- known ids

TEST(LogModel, KnowsIdsAtACutBehindAnyOperation) {
  const uint64_t first = first_seed();
  for (uint64_t seed = first; seed < first + programs(3); ++seed) {
    LogProgram program({.seed = seed, .steps = 80, .has_ids = true});
    const std::string problem = program.run();
    ASSERT_TRUE(problem.empty()) << problem;
    EXPECT_GT(program.known_ids(), 0U);
  }
}

TEST(LogModel, KnowsIdsOverManyCrashes) {
  const uint64_t first = first_seed();
  uint64_t unlinked = 0;
  for (uint64_t seed = first; seed < first + programs(5); ++seed) {
    LogProgram program({.seed = seed,
                        .steps = 800,
                        .looks = 0.02,
                        .crashes = true,
                        .segment_bytes = 12'000,
                        .has_ids = true});
    const std::string problem = program.run();
    ASSERT_TRUE(problem.empty()) << problem;
    unlinked += program.unlinked();
  }
  EXPECT_GT(unlinked, 0U);
}

TEST(LogModel, KnowsIdsWhereCallsFailNowAndThen) {
  const uint64_t first = first_seed();
  for (uint64_t seed = first; seed < first + programs(10); ++seed) {
    LogProgram::Options options = with_failing_calls(seed);
    options.has_ids = true;
    LogProgram program(options);
    const std::string problem = program.run();
    ASSERT_TRUE(problem.empty()) << problem;
  }
}

TEST(LogModel, KnowsIdsAtItsLimit) {
  const uint64_t first = first_seed();
  uint64_t refusals = 0;
  for (uint64_t seed = first; seed < first + programs(10); ++seed) {
    LogProgram program({.seed = seed,
                        .steps = 300,
                        .looks = 0.05,
                        .crashes = true,
                        .max_bytes = 100'000,
                        .has_ids = true});
    const std::string problem = program.run();
    ASSERT_TRUE(problem.empty()) << problem;
    refusals += program.refusals();
  }
  EXPECT_GT(refusals, 0U);
}

// The tests above see something: where syncs do nothing, they fail.
int programs_that_lose(const DiskModel::Options& disk) {
  const uint64_t first = first_seed();
  int losing = 0;
  for (uint64_t seed = first; seed < first + 10; ++seed) {
    LogProgram program({.seed = seed, .steps = 80, .disk = disk});
    losing += program.run().empty() ? 0 : 1;
  }
  return losing;
}

TEST(LogModel, WithoutSyncsOfFilesItLoses) {
  EXPECT_GE(programs_that_lose({.syncs_files = false}), 9);
}

TEST(LogModel, WithoutSyncsOfFoldersItLoses) {
  EXPECT_GE(programs_that_lose({.syncs_folders = false}), 9);
}

class EachCall : public testing::TestWithParam<DiskModel::Failure> {};

// One program, once for each of its calls.
TEST_P(EachCall, MayFail) {
  const uint64_t seed = first_seed();
  LogProgram sound({.seed = seed, .steps = 40, .looks = 0});
  ASSERT_EQ(sound.run(), "");
  for (uint64_t call = 1; call <= sound.operations(); ++call) {
    DiskModel::Failure failure = GetParam();
    failure.from = call;
    LogProgram program({.seed = seed,
                        .steps = 40,
                        .looks = 0.05,
                        .disk = {.seed = call},
                        .failure = failure,
                        .healed_at = 33});
    const std::string problem = program.run();
    ASSERT_TRUE(problem.empty()) << "call " << call << ", " << problem;
  }
}

std::string name_of(const testing::TestParamInfo<DiskModel::Failure>& failure) {
  const int code = failure.param.code;
  const std::string name = code == EIO ? "EIO" : code == ENOSPC ? "ENOSPC" : "EROFS";
  return name + (failure.param.is_lasting ? "FromThenOn" : "Once");
}

INSTANTIATE_TEST_SUITE_P(LogModel, EachCall,
                         testing::Values(DiskModel::Failure{.code = EIO},
                                         DiskModel::Failure{.code = EIO, .is_lasting = true},
                                         DiskModel::Failure{.code = ENOSPC},
                                         DiskModel::Failure{.code = ENOSPC, .is_lasting = true},
                                         DiskModel::Failure{.code = EROFS, .is_lasting = true}),
                         name_of);

}  // namespace
}  // namespace awps
