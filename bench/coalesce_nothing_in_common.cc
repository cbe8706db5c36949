// Traffic that nothing can coalesce, to random users with random payloads: what does the search
// cost? Two daemons, one with coalescing and one without, take turns at the same actions; ratios
// are medians of the rounds' ratios. Limited: 950 a second offered where 1,000 are permitted.
// Unlimited: as fast as it goes, so that actions wait and coalescing has something to look through.
// Checked: the service carried out one request an action.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "base/random.h"
#include "bench/coalesce_runs.h"
#include "bench/daemon_process.h"

namespace awps {
namespace {

constexpr int kRounds = 7;
constexpr uint64_t kUsers = 100'000;
constexpr size_t kPayloadBytes = 100;
constexpr size_t kPortionBytes = size_t{64} * 1024;
constexpr double kLimitedPerSecond = 950;
constexpr auto kLimit = std::chrono::seconds(30);  // of a turn

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

std::vector<std::string> random_sends(Random& random, uint64_t count) {
  std::vector<std::string> lines;
  for (uint64_t i = 0; i < count; ++i) {
    std::string payload;
    while (payload.size() < kPayloadBytes) {
      payload += static_cast<char>('a' + random.below(26));
    }
    lines.push_back(R"({"actionName":"sendToUser","userId":"user)" +
                    std::to_string(random.below(kUsers)) + R"(","data":")" + payload + "\"}\n");
  }
  return lines;
}

struct Turn {
  double per_second = 0;
  double latency_p50 = 0;  // seconds
  double cpu = 0;          // seconds of the daemon
  bool is_right = false;
};

/// One daemon and its producers.
class Side {
 public:
  Side(EmulatedService& service, const std::string& config)
      : service_(service), daemon_(service.connection_string(), config) {}

  Turn turn(const std::vector<std::string>& lines, double per_second) {
    Producer producer(daemon_.socket_path(), "delivered");
    Pace pace(per_second);
    uint64_t next = 0;
    std::vector<Instant> offered_at(lines.size());
    std::vector<double> latencies(lines.size());
    const uint64_t requests = service_.counters().took_effect;
    const double cpu = daemon_.cpu_seconds();
    const Settlement settlement = producer.run(
        [&](Instant now, std::string& out) {
          const uint64_t before = next;
          const uint64_t end = std::min<uint64_t>(lines.size(), next + pace.due(now, next));
          for (; next < end && out.size() < kPortionBytes; ++next) {
            out += lines[next];
            offered_at[next] = now;
          }
          return Portion{.actions = next - before, .is_last = next == lines.size()};
        },
        SystemClock().now() + kLimit,
        [&](uint64_t first, uint64_t last, Instant now) {
          for (uint64_t i = first - 1; i < last; ++i)
            latencies[i] = to_seconds(now - offered_at[i]);
        });
    return {.per_second = static_cast<double>(settlement.settled()) / settlement.seconds(),
            .latency_p50 = median(latencies),
            .cpu = daemon_.cpu_seconds() - cpu,
            .is_right = settlement.has_ended && settlement.delivered == lines.size() &&
                        service_.counters().took_effect == requests + lines.size()};
  }

 private:
  EmulatedService& service_;
  DaemonProcess daemon_;
};

struct Ratios {
  std::vector<double> rate;
  std::vector<double> latency;
  std::vector<double> cpu;
};

void nothing_in_common(benchmark::State& state, bool is_limited) {
  const auto actions = static_cast<uint64_t>(state.range(1));
  Setting setting{.round_trip_ms = static_cast<int>(state.range(0))};
  EmulatedService service({.round_trip_ms = setting.round_trip_ms,
                           .requests_per_second = is_limited ? kRequestsPerSecond : 0});
  const auto config = [&](bool coalesces) {
    setting.coalesces = coalesces;
    const std::string unlimited = "[hub_defaults.coalesce]\nfan_out_per_second = 1000\nenabled = ";
    return is_limited ? limited_config(setting) : unlimited + (coalesces ? "true\n" : "false\n");
  };
  Side on(service, config(true));
  Side off(service, config(false));
  Random random(11);
  const double pace = is_limited ? kLimitedPerSecond : 1e9;
  Ratios ratios;
  Turn last;
  on.turn(random_sends(random, actions / 4), pace);  // connections are open, memory is there
  off.turn(random_sends(random, actions / 4), pace);
  for (auto _ : state) {
    const auto lines = random_sends(random, actions);
    const bool on_first = ratios.rate.size() % 2 == 0;
    Turn first = (on_first ? on : off).turn(lines, pace);
    Turn second = (on_first ? off : on).turn(lines, pace);
    if (!on_first) std::swap(first, second);
    if (!first.is_right || !second.is_right) {
      return state.SkipWithError("not one request an action, or not all in time");
    }
    state.SetIterationTime(static_cast<double>(actions) / first.per_second);
    ratios.rate.push_back(first.per_second / second.per_second);
    ratios.latency.push_back(first.latency_p50 / second.latency_p50);
    ratios.cpu.push_back(first.cpu / second.cpu);
    last = first;
  }
  state.counters["actions_per_second"] = last.per_second;
  state.counters["latency_p50_ms"] = last.latency_p50 * 1e3;
  state.counters["cpu_us"] = last.cpu * 1e6 / static_cast<double>(actions);
  state.counters["rate_ratio"] = median(ratios.rate);
  state.counters["latency_ratio"] = median(ratios.latency);
  state.counters["cpu_ratio"] = median(ratios.cpu);
}

BENCHMARK_CAPTURE(nothing_in_common, limited, true)
    ->Args({0, 1500})
    ->Args({25, 1500})
    ->ArgNames({"rtt_ms", "actions"})
    ->UseManualTime()
    ->Iterations(kRounds)
    ->Unit(benchmark::kSecond);
BENCHMARK_CAPTURE(nothing_in_common, unlimited, false)
    ->Args({0, 20000})
    ->Args({25, 4000})
    ->ArgNames({"rtt_ms", "actions"})
    ->UseManualTime()
    ->Iterations(kRounds)
    ->Unit(benchmark::kSecond);

}  // namespace
}  // namespace awps
