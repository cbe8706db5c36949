// The oracle of coalescing: random programs under one seed each, through the pipeline, against
// carrying out their actions one by one; see coalesce_run.h and coalesce_history.h. A failure names
// its seed, and shows the smallest program that was found to fail in the same way.

#include <gtest/gtest.h>
#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/simulation/coalesce_run.h"

namespace awps {
namespace {

/// AWPS_ORACLE_SEEDS: how many seeds; AWPS_ORACLE_SEED: that one alone.
uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

#ifdef NDEBUG
constexpr uint64_t kSeeds = 80'000;  // more than two million actions
#else
constexpr uint64_t kSeeds = 8'000;  // with sanitizers
#endif
constexpr int kMostShrinkingRuns = 3000;

struct Totals {
  uint64_t actions = 0;
  uint64_t attempts = 0;
  uint64_t coalesced = 0;
  uint64_t superseded = 0;
  uint64_t returned = 0;
};

std::string mistake_of(const Program& program, const std::vector<bool>& kept) {
  CoalesceRun run(program, kept);
  return run.run();
}

// Drops ever smaller pieces while what is left still fails (Zeller, "Yesterday, My Program Worked.
// Today, It Does Not. Why?", ESEC 1999, without its complements).
std::vector<bool> smallest_failing(const Program& program, std::vector<bool> kept) {
  const size_t size = kept.size();
  int runs = 0;
  for (size_t piece = (size + 1) / 2; piece > 0 && runs < kMostShrinkingRuns;) {
    bool dropped = false;
    for (size_t begin = 0; begin < size && runs < kMostShrinkingRuns; begin += piece) {
      std::vector<bool> fewer = kept;
      for (size_t i = begin; i < std::min(size, begin + piece); ++i) fewer[i] = false;
      if (fewer == kept) continue;
      ++runs;
      if (mistake_of(program, fewer).empty()) continue;
      kept = std::move(fewer);
      dropped = true;
    }
    if (!dropped || piece > 1) piece = piece == 1 && !dropped ? 0 : (piece == 1 ? 1 : piece / 2);
  }
  return kept;
}

void run(uint64_t seed, Totals& totals) {
  const Program program(seed);
  const std::vector<bool> all(program.steps().size(), true);
  CoalesceRun whole(program, all);
  const std::string mistake = whole.run();
  totals.actions += all.size();
  totals.attempts += whole.attempts();
  totals.coalesced += whole.coalesced();
  totals.superseded += whole.superseded();
  totals.returned += whole.returned();
  if (mistake.empty()) return;
  const std::vector<bool> small = smallest_failing(program, all);
  CoalesceRun least(program, small);
  const std::string least_mistake = least.run();
  ADD_FAILURE() << "seed " << seed << " (AWPS_ORACLE_SEED): " << mistake
                << "\nsmall: " << least_mistake << '\n'
                << program.text_of(small) << "carried out: " << least.history().effects_text();
}

TEST(CoalesceOracle, LeavesTheWorldThatOneByOneWouldLeave) {
  const uint64_t only = from_environment("AWPS_ORACLE_SEED", 0);
  const uint64_t seeds = from_environment("AWPS_ORACLE_SEEDS", kSeeds);
  // Each run frees what the next one needs again: it need not go back to the system in between.
  mallopt(M_MMAP_THRESHOLD, 1 << 24);
  mallopt(M_TRIM_THRESHOLD, 1 << 26);
  Totals totals;
  for (uint64_t seed = only != 0 ? only : 1; seed <= (only != 0 ? only : seeds) && !HasFailure();
       ++seed) {
    run(seed, totals);
  }
  std::printf(
      "seeds 1 to %llu: %llu actions, %llu attempts, %llu coalesced, %llu superseded, "
      "%llu returned\n",
      static_cast<unsigned long long>(seeds), static_cast<unsigned long long>(totals.actions),
      static_cast<unsigned long long>(totals.attempts),
      static_cast<unsigned long long>(totals.coalesced),
      static_cast<unsigned long long>(totals.superseded),
      static_cast<unsigned long long>(totals.returned));
  const bool is_whole = only == 0;
  EXPECT_TRUE(!is_whole || totals.returned > seeds / 4) << "hardly anything was withdrawn";
}

}  // namespace
}  // namespace awps
