// What does a token cost, kept and signed afresh?

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "auth/token_cache.h"
#include "base/check.h"

namespace awps {
namespace {

void tokens(benchmark::State& state) {
  const auto audiences = static_cast<size_t>(state.range(0));
  KeyTokenSource source({std::string(64, 'k')}, {.max_entries = 4096}, 1);
  std::vector<std::string> all;
  for (size_t i = 0; i < audiences; ++i) {
    all.push_back("https://name.webpubsub.azure.com/api/hubs/chat/users/" + std::to_string(i) +
                  "/:send");
  }
  const WallTime now = SystemClock().wall_now();
  AWPS_CHECK(source.token(all[0], now).ok() && source.signatures() == 1);
  size_t i = 0;
  const uint64_t before = source.signatures();
  for (auto _ : state) benchmark::DoNotOptimize(source.token(all[i++ % audiences], now));
  state.counters["signed"] = benchmark::Counter(static_cast<double>(source.signatures() - before) /
                                                static_cast<double>(state.iterations()));
}
BENCHMARK(tokens)->Arg(1)->Arg(4000)->Arg(8000)->ArgName("audiences");

}  // namespace
}  // namespace awps

BENCHMARK_MAIN();
