// What do removals of users from all groups cost the sends beside them? 5,000 sends a second into
// 1,000 groups, no limit of requests, and 100 removeUserFromAllGroups a second: `unordered`, from a
// second producer, and from the same one, where each is a barrier. "of_alone" is the share of the
// sends a second that are reached without removals, in the same run. Checked: each group's messages
// come once and in order.

#include <benchmark/benchmark.h>

#include <charconv>
#include <memory>
#include <thread>
#include <vector>

#include "bench/coalesce_runs.h"
#include "bench/daemon_process.h"

namespace awps {
namespace {

constexpr uint64_t kGroups = 1'000;
constexpr uint64_t kUsers = 1'000;
constexpr double kSendsPerSecond = 5'000;
constexpr double kRemovalsPerSecond = 100;
constexpr int kRemovalsEvery = static_cast<int>(kSendsPerSecond / kRemovalsPerSecond);
constexpr auto kWindow = std::chrono::seconds(3);

enum class Removals { kNone, kUnordered, kSecondProducer, kBarriers };

/// In all groups: "17:42", the group and the number of its message.
class Reader {
 public:
  Reader() : next_(kGroups) {}

  void read(std::string_view payload) {
    uint64_t group = 0;
    uint64_t number = 0;
    const char* end = payload.data() + payload.size();
    const auto parsed = std::from_chars(payload.data(), end, group);
    std::from_chars(parsed.ptr + 1, end, number);
    is_right_ = is_right_ && group < kGroups && number == next_[group];
    if (is_right_) ++next_[group];
    ++count_;
  }
  uint64_t count() const { return count_; }
  bool is_right() const { return is_right_; }

 private:
  std::vector<uint64_t> next_;
  uint64_t count_ = 0;
  bool is_right_ = true;
};

void append_send(std::string& out, uint64_t number) {
  const std::string group = std::to_string(number % kGroups);
  out += R"({"actionName":"sendToGroup","group":"g)" + group + R"(","data":")" + group + ":" +
         std::to_string(number / kGroups) + "\"}\n";
}

void append_removal(std::string& out, uint64_t number, bool is_unordered) {
  out += R"({"actionName":"removeUserFromAllGroups","userId":"user)" +
         std::to_string(number % kUsers) + (is_unordered ? R"(","unordered":true})" : "\"}") + "\n";
}

/// Sends, and among them every so often a removal.
class Sends {
 public:
  explicit Sends(Removals removals) : removals_(removals) {}

  Portion next(Instant now, std::string& out) {
    const bool has_removals = removals_ == Removals::kUnordered || removals_ == Removals::kBarriers;
    uint64_t actions = pace_.due(now, sent_);
    for (const uint64_t end = sent_ + actions; sent_ < end; ++sent_) {
      append_send(out, sent_);
      if (!has_removals || sent_ % kRemovalsEvery != 0) continue;
      append_removal(out, sent_ / kRemovalsEvery, removals_ == Removals::kUnordered);
      ++actions;
    }
    return {.actions = actions, .is_last = false};
  }

 private:
  Removals removals_;
  Pace pace_{kSendsPerSecond};
  uint64_t sent_ = 0;
};

struct Reached {
  double sends_per_second = 0;
  double removals_per_second = 0;
  bool is_right = true;
};

std::vector<Client> clients_of(Receiver& reader, Receiver& nobody) {
  Client all{.receiver = &reader};
  for (uint64_t group = 0; group < kGroups; ++group) {
    all.groups.push_back("g" + std::to_string(group));
  }
  std::vector<Client> clients{all};
  for (uint64_t user = 0; user < kUsers; ++user) {
    clients.push_back(
        {.receiver = &nobody, .user = "user" + std::to_string(user), .groups = {"lobby"}});
  }
  return clients;
}

Reached send_beside(Removals removals, int round_trip_ms, bool coalesces) {
  Reader reader;
  Receiver receiver([&reader](std::string_view payload) { reader.read(payload); });
  Receiver nobody([](std::string_view) {});
  EmulatedService service({.round_trip_ms = round_trip_ms, .requests_per_second = 0});
  service.connect(clients_of(receiver, nobody));
  const DaemonProcess daemon(
      service.connection_string(),
      std::string("service.max_connections = 256\nhub_defaults.max_in_flight = 256\n") +
          "hub_defaults.coalesce.enabled = " + (coalesces ? "true\n" : "false\n"));
  Producer sender(daemon.socket_path(), "none");
  Producer remover(daemon.socket_path(), "none");
  const Instant end = SystemClock().now() + kWindow;
  std::jthread second;
  if (removals == Removals::kSecondProducer) {
    second = std::jthread([&] {
      Pace pace(kRemovalsPerSecond);
      uint64_t removed = 0;
      remover.run(
          [&](Instant now, std::string& out) {
            const uint64_t due = pace.due(now, removed);
            for (uint64_t i = 0; i < due; ++i) append_removal(out, removed++, false);
            return Portion{.actions = due, .is_last = false};
          },
          end);
    });
  }
  Sends sends(removals);
  sender.run([&](Instant now, std::string& out) { return sends.next(now, out); }, end);
  Reached reached;
  const double seconds = to_seconds(kWindow);
  service.run([&] {
    reached.sends_per_second = static_cast<double>(reader.count()) / seconds;
    reached.is_right = reader.is_right();
  });
  const uint64_t removed = service.counters().of(emulator::Operation::kRemoveUserFromAllGroups);
  reached.removals_per_second = static_cast<double>(removed) / seconds;
  return reached;
}

void sends_beside_removals(benchmark::State& state, Removals removals, bool coalesces) {
  const int round_trip_ms = static_cast<int>(state.range(0));
  for (auto _ : state) {
    const Reached alone = send_beside(Removals::kNone, round_trip_ms, coalesces);
    const Reached beside = send_beside(removals, round_trip_ms, coalesces);
    if (!alone.is_right || !beside.is_right) {
      return state.SkipWithError("a group's messages came twice, or in another order");
    }
    state.SetIterationTime(to_seconds(kWindow));
    state.counters["sends_per_second"] = beside.sends_per_second;
    state.counters["alone_per_second"] = alone.sends_per_second;
    state.counters["of_alone"] = beside.sends_per_second / alone.sends_per_second;
    state.counters["removals_per_second"] = beside.removals_per_second;
  }
}

BENCHMARK_CAPTURE(sends_beside_removals, unordered, Removals::kUnordered, true)->Apply(round_trips);
BENCHMARK_CAPTURE(sends_beside_removals, second_producer, Removals::kSecondProducer, true)
    ->Apply(round_trips);
BENCHMARK_CAPTURE(sends_beside_removals, barriers, Removals::kBarriers, true)->Apply(round_trips);
BENCHMARK_CAPTURE(sends_beside_removals, unordered_one_by_one, Removals::kUnordered, false)
    ->Apply(round_trips);

}  // namespace
}  // namespace awps
