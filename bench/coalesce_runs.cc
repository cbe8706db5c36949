#include "bench/coalesce_runs.h"

#include <algorithm>

namespace awps {

namespace {

constexpr auto kCoalescingLimit = std::chrono::seconds(15);
constexpr auto kOneByOneLimit = std::chrono::seconds(6);

}  // namespace

double Figure::per_second() const {
  const double seconds = settlement.seconds();
  return seconds > 0 ? static_cast<double>(settlement.settled()) / seconds : 0;
}

std::string limited_config(const Setting& setting, const std::string& more) {
  return "service.requests_per_second = " + std::to_string(static_cast<int>(kRequestsPerSecond)) +
         "\n[hub_defaults.coalesce]\nfan_out_per_second = 1000\nenabled = " +
         (setting.coalesces ? "true\n" : "false\n") + more;
}

EmulatedService::Options limited_service(const Setting& setting) {
  return {.round_trip_ms = setting.round_trip_ms, .requests_per_second = kRequestsPerSecond};
}

Figure figure_of(const Settlement& settlement, EmulatedService& service) {
  Figure figure{.settlement = settlement, .requests = 0, .throttled = 0, .mistake = {}};
  const auto counters = service.counters();
  figure.requests = counters.requests;
  figure.throttled = counters.throttled;
  if (settlement.failed > 0) {
    figure.mistake = std::to_string(settlement.failed) + " actions failed";
  }
  return figure;
}

void compare(benchmark::State& state, const Case& run, const Actions& actions) {
  const int round_trip_ms = static_cast<int>(state.range(0));
  for (auto _ : state) {
    const Figure on = run({.round_trip_ms = round_trip_ms,
                           .coalesces = true,
                           .actions = actions.coalescing,
                           .limit = kCoalescingLimit});
    const Figure off = run({.round_trip_ms = round_trip_ms,
                            .coalesces = false,
                            .actions = actions.one_by_one,
                            .limit = kOneByOneLimit});
    for (const Figure* figure : {&on, &off}) {
      if (figure->mistake.empty()) continue;
      const std::string which = figure == &on ? "coalescing: " : "one by one: ";
      return state.SkipWithError((which + figure->mistake).c_str());
    }
    state.SetIterationTime(on.settlement.seconds());
    state.counters["actions_per_second"] = on.per_second();
    state.counters["one_by_one_per_second"] = off.per_second();
    state.counters["settled_share"] =
        static_cast<double>(on.settlement.settled()) / static_cast<double>(actions.coalescing);
    state.counters["actions_a_request"] = static_cast<double>(on.settlement.settled()) /
                                          static_cast<double>(std::max<uint64_t>(on.requests, 1));
    state.counters["throttled"] = static_cast<double>(on.throttled);
  }
}

void round_trips(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(0)->Arg(25)->ArgName("rtt_ms")->UseManualTime()->Iterations(1);
  benchmark->Unit(benchmark::kSecond);
}

uint64_t Pace::due(Instant now, uint64_t done) {
  if (begin_ == Instant{}) begin_ = now;
  const auto owed = static_cast<uint64_t>(to_seconds(now - begin_) * per_second_);
  const auto least = static_cast<uint64_t>(per_second_ / 1000);
  return owed >= done + std::max<uint64_t>(least, 1) ? owed - done : 0;
}

}  // namespace awps
