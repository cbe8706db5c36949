#pragma once

// What the cases of coalesce_bench share: each is run once with coalescing and once, with fewer
// actions, with `coalesce.enabled = false`, against the emulator throttling at 1,000 requests/s. A
// run that does not end in time is cut off: its figure is what was settled until then, and
// "settled_share" is below 1. A wrong answer is an error of the benchmark and has no figure.

#include <benchmark/benchmark.h>

#include <functional>
#include <string>

#include "bench/emulated_service.h"
#include "bench/producer.h"

namespace awps {

inline constexpr double kRequestsPerSecond = 1000;

/// One run of a case.
struct Setting {
  int round_trip_ms = 0;
  bool coalesces = true;
  uint64_t actions = 0;
  Duration limit{};

  Instant deadline() const { return SystemClock().now() + limit; }
};

struct Figure {
  Settlement settlement;
  uint64_t requests = 0;
  uint64_t throttled = 0;
  std::string mistake;  // not empty: the answer is wrong

  double per_second() const;
};

/// Of the daemon: `more` are keys of [hub_defaults.coalesce] as "key = value" lines, and tables.
std::string limited_config(const Setting& setting, const std::string& more = "");
EmulatedService::Options limited_service(const Setting& setting);
/// `settlement`, with what the service counted.
Figure figure_of(const Settlement& settlement, EmulatedService& service);

struct Actions {
  uint64_t coalescing = 0;
  uint64_t one_by_one = 0;
};
using Case = std::function<Figure(const Setting&)>;
/// The body of a benchmark whose first argument is the round trip in milliseconds.
void compare(benchmark::State& state, const Case& run, const Actions& actions);

/// The arguments of such a benchmark.
void round_trips(benchmark::internal::Benchmark* benchmark);

/// How many actions a source of so many a second owes; 0 while it is less than a millisecond's.
class Pace {
 public:
  explicit Pace(double per_second) : per_second_(per_second) {}
  uint64_t due(Instant now, uint64_t done);

 private:
  double per_second_;
  Instant begin_{};
};

}  // namespace awps
