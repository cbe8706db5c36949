// What does the order cost? Actions through a hub's pipeline (accept, lanes, next, complete,
// settle) with a service that answers at once, in one thread: to many targets, to one, with
// barriers.
//
// Before it is timed the ledger is checked: everything was delivered.

#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <utility>
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

// What waits costs nothing more the more of it waits: so many wait all the time, while as many are
// accepted as are delivered. The first filling, which fetches the memory, is not timed.
class FullHub {
 public:
  FullHub(size_t depth, PipelineOptions options)
      : groups_(names(1000)), pipeline_(std::move(options), endpoint_, 1) {
    while (accepted_ < depth) accept();
  }

  /// As many as one batch has.
  void turn() {
    accept();
    for (size_t delivered = 0; delivered < kInABatch;) {
      Operation* operation = pipeline_.next(kNow);
      delivered += operation->members.size();
      pipeline_.complete(*operation, {.http_status = 202}, kNow);
    }
    pipeline_.releases().clear();
  }
  uint64_t waiting() const { return pipeline_.ledger().unsettled(); }

 private:
  void accept() {
    static const std::string kData(80, 'x');
    auto batch = std::make_unique<Batch>(account_, kNow, kInABatch * 400);
    for (size_t i = 0; i < kInABatch; ++i, ++accepted_) {
      batch->add({.kind = ActionKind::kSendToGroup,
                  .group = groups_[accepted_ * 7919 % groups_.size()],
                  .data = kData},
                 accepted_, 300, 0);
    }
    pipeline_.accept(std::move(batch));
  }

  const std::vector<std::string> groups_;
  EndpointState endpoint_{EndpointState::Options{}};
  Account account_;
  size_t accepted_ = 0;
  Pipeline pipeline_;
};

void with_a_backlog(benchmark::State& state) {
  const auto depth = static_cast<size_t>(state.range(0));
  FullHub hub(depth, {.hub = "bench"});
  for (size_t i = 0; i < depth / kInABatch; ++i) hub.turn();  // every place was used once
  AWPS_CHECK(hub.waiting() >= depth && hub.waiting() < depth + kInABatch);
  for (auto _ : state) hub.turn();
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kInABatch));
}
BENCHMARK(with_a_backlog)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Arg(1'000'000);

}  // namespace
}  // namespace awps

BENCHMARK_MAIN();
