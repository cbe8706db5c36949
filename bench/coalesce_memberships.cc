// Membership churn: changes of few pairs, which supersede each other, and of random pairs, which
// become bulk operations. Every add and removal counts as an action; what is checked is who is in
// which group when all is settled. Half of the pairs are members before the first change, so that
// removals have something to remove.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/random.h"
#include "bench/coalesce_runs.h"
#include "bench/daemon_process.h"

namespace awps {
namespace {

constexpr size_t kPortionBytes = size_t{64} * 1024;
constexpr uint64_t kSeed = 4;

struct Churn {
  uint64_t users = 0;
  uint64_t groups = 0;
  std::string config;
};

/// A world and the changes made to it, as lines and as they ought to end.
class Program {
 public:
  Program(const Churn& churn, uint64_t changes)
      : churn_(churn), random_(kSeed), is_member_(churn.users * churn.groups) {
    std::vector<uint64_t> pairs;
    for (uint64_t i = 0; i < changes; ++i) pairs.push_back(random_.below(is_member_.size()));
    for (const uint64_t pair : pairs) is_member_[pair] = random_.chance(0.5);
    groups_at_the_start_.resize(churn.users);
    for (uint64_t pair = 0; pair < is_member_.size(); ++pair) {
      if (!is_member_[pair]) continue;
      groups_at_the_start_[pair / churn.groups].push_back(group_of(pair));
    }
    for (const uint64_t pair : pairs) change(pair);
  }

  const std::vector<std::string>& lines() const { return lines_; }

  std::vector<Client> clients(Receiver& receiver) const {
    std::vector<Client> clients;
    for (uint64_t user = 0; user < churn_.users; ++user) {
      clients.push_back({.receiver = &receiver,
                         .user = "user" + std::to_string(user),
                         .groups = groups_at_the_start_[user]});
    }
    return clients;
  }
  Memberships memberships_at_the_end() const {
    Memberships found;
    for (uint64_t pair = 0; pair < is_member_.size(); ++pair) {
      if (is_member_[pair]) found.emplace_back(user_of(pair), group_of(pair));
    }
    std::ranges::sort(found);
    return found;
  }

 private:
  std::string user_of(uint64_t pair) const { return "user" + std::to_string(pair / churn_.groups); }
  std::string group_of(uint64_t pair) const {
    return "room" + std::to_string(pair % churn_.groups);
  }
  void change(uint64_t pair) {
    const bool joins = random_.chance(0.5);
    is_member_[pair] = joins;
    lines_.push_back(
        R"({"actionName":")" + std::string(joins ? "addUserToGroup" : "removeUserFromGroup") +
        R"(","userId":")" + user_of(pair) + R"(","group":")" + group_of(pair) + "\"}\n");
  }

  const Churn& churn_;
  Random random_;
  std::vector<bool> is_member_;
  std::vector<std::vector<std::string>> groups_at_the_start_;
  std::vector<std::string> lines_;
};

Figure churn_through(const Churn& churn, const Setting& setting) {
  const Program program(churn, setting.actions);
  Receiver receiver([](std::string_view) {});
  EmulatedService service(limited_service(setting));
  service.connect(program.clients(receiver));
  const DaemonProcess daemon(service.connection_string(), limited_config(setting, churn.config));
  Producer producer(daemon.socket_path(), "delivered");
  uint64_t next = 0;
  const auto& lines = program.lines();
  const Settlement settlement = producer.run(
      [&](Instant, std::string& out) {
        const uint64_t before = next;
        while (next < lines.size() && out.size() < kPortionBytes) out += lines[next++];
        return Portion{.actions = next - before, .is_last = next == lines.size()};
      },
      setting.deadline());
  Figure figure = figure_of(settlement, service);
  if (settlement.has_ended && service.memberships() != program.memberships_at_the_end()) {
    figure.mistake = "other users are in the groups than ought to be";
  }
  return figure;
}

void memberships_of_few(benchmark::State& state) {
  const Churn churn{.users = 200, .groups = 10, .config = ""};
  compare(state, [&](const Setting& setting) { return churn_through(churn, setting); },
          {.coalescing = 100'000, .one_by_one = 4'000});
}

void memberships_in_bulk(benchmark::State& state) {
  const Churn churn{.users = 10'000, .groups = 100, .config = "bulk_membership = true\n"};
  compare(state, [&](const Setting& setting) { return churn_through(churn, setting); },
          {.coalescing = 100'000, .one_by_one = 4'000});
}

BENCHMARK(memberships_of_few)->Apply(round_trips);
BENCHMARK(memberships_in_bulk)->Apply(round_trips);

}  // namespace
}  // namespace awps
