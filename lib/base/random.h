#pragma once

// Random: a small seeded generator (xoshiro256**, Blackman and Vigna 2018), passed in wherever
// chance decides, so that a run can be repeated from its seed. Not for secrets.

#include <array>
#include <cstdint>

namespace awps {

class Random {
 public:
  explicit Random(uint64_t seed);

  uint64_t next();
  /// Uniform in [0, bound); 0 if bound is 0.
  uint64_t below(uint64_t bound);
  /// Uniform in [0, 1).
  double unit();
  bool chance(double probability) { return unit() < probability; }

 private:
  std::array<uint64_t, 4> state_;
};

/// A seed from the operating system, for a process that need not be repeated.
uint64_t seed_from_system();

}  // namespace awps
