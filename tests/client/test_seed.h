#pragma once

// The seed of a random test: it is printed with a failure, and AWPS_TEST_SEED gives it back.

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "base/random.h"

namespace awps::client {

inline uint64_t chosen_seed() {
  const char* given = std::getenv("AWPS_TEST_SEED");
  const uint64_t seed = given == nullptr ? seed_from_system() : std::strtoull(given, nullptr, 10);
  testing::Test::RecordProperty("seed", std::to_string(seed));
  std::printf("AWPS_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

inline Random seeded_random() {
  return Random(chosen_seed());
}

}  // namespace awps::client
