// What does the order cost? Actions through a hub's pipeline (accept, lanes, next, complete,
// settle) with a service that answers at once, in one thread: to many targets, to one, with
// barriers.
//
// Before it is timed the ledger is checked: everything was delivered.

#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "hub/pipeline.h"

namespace awps {
namespace {

constexpr Instant kNow{std::chrono::seconds(1)};
constexpr size_t kInABatch = 32;

std::vector<std::string> names(size_t count) {
  std::vector<std::string> all;
  for (size_t i = 0; i < count; ++i) all.push_back("group-" + std::to_string(i));
  return all;
}

void run(Pipeline& pipeline, Account& account, const std::vector<std::string>& groups,
         size_t actions) {
  static const std::string kData(80, 'x');
  for (size_t done = 0; done < actions;) {
    auto batch = std::make_unique<Batch>(account, kNow, kInABatch * 256);
    for (size_t i = 0; i < kInABatch; ++i, ++done) {
      batch->add(
          {.kind = ActionKind::kSendToGroup, .group = groups[done % groups.size()], .data = kData},
          done, 300, 0);
    }
    pipeline.accept(std::move(batch));
    while (Operation* operation = pipeline.next(kNow)) {
      pipeline.complete(*operation, {.http_status = 202}, kNow);
    }
    pipeline.releases().clear();
  }
}

void sends_to_groups(benchmark::State& state) {
  const std::vector<std::string> groups = names(static_cast<size_t>(state.range(0)));
  EndpointState endpoint{EndpointState::Options{}};
  Pipeline pipeline({.hub = "bench"}, endpoint, 1);
  Account account;
  constexpr size_t kActions = 32'000;
  run(pipeline, account, groups, kActions);
  AWPS_CHECK(pipeline.ledger().with(OutcomeKind::kDelivered) == kActions && pipeline.idle());
  for (auto _ : state) run(pipeline, account, groups, kActions);
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kActions));
}
BENCHMARK(sends_to_groups)->Arg(1)->Arg(1000)->Arg(100000);

// What waits costs nothing more the more of it waits: accepted while nothing may be sent.
void waiting_actions(benchmark::State& state) {
  const auto depth = static_cast<size_t>(state.range(0));
  const std::vector<std::string> groups = names(1000);
  EndpointState endpoint{EndpointState::Options{}};
  for (auto _ : state) {
    state.PauseTiming();
    auto pipeline = std::make_unique<Pipeline>(HubOptions{.hub = "bench"}, endpoint, 1);
    Account account;
    state.ResumeTiming();
    for (size_t done = 0; done < depth;) {
      auto batch = std::make_unique<Batch>(account, kNow, kInABatch * 256);
      for (size_t i = 0; i < kInABatch; ++i, ++done) {
        batch->add({.kind = ActionKind::kSendToGroup, .group = groups[done % groups.size()]}, done,
                   300, 0);
      }
      pipeline->accept(std::move(batch));
    }
    while (Operation* operation = pipeline->next(kNow)) {
      pipeline->complete(*operation, {.http_status = 202}, kNow);
    }
    AWPS_CHECK(pipeline->idle());
    state.PauseTiming();
    pipeline.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * depth));
}
BENCHMARK(waiting_actions)->Arg(1024)->Arg(32768)->Arg(1 << 20);

}  // namespace
}  // namespace awps

BENCHMARK_MAIN();
