// How many actions a second does awpsd settle where the service permits 1,000 requests a second?
// Lines of traffic that users have, one a benchmark: notifications and telemetry here, live values,
// memberships, barriers and traffic with nothing in common on the other pages coalesce_*.cc.
//
// awpsd is a process of its own, as a user runs it; the emulator lives in this process, which
// spares a hundred thousand client sockets and lets each answer be checked: who received what, and
// who is in which group at the end.

#include <benchmark/benchmark.h>

#include <charconv>
#include <memory>
#include <vector>

#include "bench/coalesce_runs.h"
#include "bench/daemon_process.h"

namespace awps {
namespace {

constexpr size_t kPortionBytes = size_t{64} * 1024;

// ---- One notification to each of 100,000 users, the same payload.

std::string notification(uint64_t user) {
  return R"({"actionName":"sendToUser","userId":"user)" + std::to_string(user) +
         R"(","data":"Maintenance begins at 22:00; please save your work."})"
         "\n";
}

Figure notify_everyone(const Setting& setting) {
  std::vector<uint32_t> received(setting.actions);
  std::vector<std::unique_ptr<Receiver>> receivers;
  std::vector<Client> clients;
  std::vector<std::string> lines;
  for (uint64_t user = 0; user < setting.actions; ++user) {
    uint32_t& count = received[user];
    receivers.push_back(std::make_unique<Receiver>([&count](std::string_view) { ++count; }));
    clients.push_back({.receiver = receivers.back().get(), .user = "user" + std::to_string(user)});
    lines.push_back(notification(user));
  }
  EmulatedService service(limited_service(setting));
  service.connect(std::move(clients));
  const DaemonProcess daemon(service.connection_string(), limited_config(setting));
  Producer producer(daemon.socket_path(), "delivered");
  uint64_t next = 0;
  const Settlement settlement = producer.run(
      [&](Instant, std::string& out) {
        const uint64_t before = next;
        while (next < lines.size() && out.size() < kPortionBytes) out += lines[next++];
        return Portion{.actions = next - before, .is_last = next == lines.size()};
      },
      setting.deadline());
  Figure figure = figure_of(settlement, service);
  service.run([&] {
    for (const uint32_t count : received) {
      const bool is_right = settlement.has_ended ? count == 1 : count <= 1;
      if (!is_right) figure.mistake = "a user got " + std::to_string(count) + " notifications";
    }
  });
  return figure;
}

void notifications(benchmark::State& state) {
  compare(state, notify_everyone, {.coalescing = 100'000, .one_by_one = 4'000});
}

// ---- Telemetry of about 100 bytes into 50 groups, under a merge rule.

constexpr uint64_t kDevices = 50;
constexpr uint64_t kFirstNumber = 1'000'000;  // numbers of a group, all of seven digits
constexpr std::string_view kNumberName = R"("n":)";

/// The lines of one device, the same but for their number.
class Telemetry {
 public:
  explicit Telemetry(uint64_t device)
      : line_(R"({"actionName":"sendToGroup","group":"device-)" + std::to_string(device) +
              R"(","dataType":"json","data":{"n":0000000,"at":"2026-01-31T12:00:00.000Z",)"
              R"("sensor":"boiler","celsius":71.25,"bar":1.013,"ok":true}})"
              "\n"),
        place_(line_.find(kNumberName) + kNumberName.size()) {}

  void append_next(std::string& out) {
    std::to_chars(line_.data() + place_, line_.data() + place_ + 7, next_++);
    out += line_;
  }

 private:
  std::string line_;
  size_t place_;
  uint64_t next_ = kFirstNumber;
};

/// A group's reader: each number once, in order, in whatever messages.
class TelemetryReader {
 public:
  void read(std::string_view payload) {
    for (size_t at = 0; (at = payload.find(kNumberName, at)) != std::string_view::npos;) {
      at += kNumberName.size();
      uint64_t number = 0;
      std::from_chars(payload.data() + at, payload.data() + payload.size(), number);
      is_right_ = is_right_ && number == kFirstNumber + count_;
      ++count_;
    }
  }
  bool is_right() const { return is_right_; }
  uint64_t count() const { return count_; }

 private:
  uint64_t count_ = 0;
  bool is_right_ = true;
};

Figure collect_telemetry(const Setting& setting) {
  std::vector<TelemetryReader> readers(kDevices);
  std::vector<Telemetry> devices;
  std::vector<std::unique_ptr<Receiver>> receivers;
  std::vector<Client> clients;
  for (uint64_t device = 0; device < kDevices; ++device) {
    TelemetryReader& reader = readers[device];
    receivers.push_back(
        std::make_unique<Receiver>([&reader](std::string_view payload) { reader.read(payload); }));
    clients.push_back(
        {.receiver = receivers.back().get(), .groups = {"device-" + std::to_string(device)}});
    devices.emplace_back(device);
  }
  EmulatedService service(limited_service(setting));
  service.connect(std::move(clients));
  const DaemonProcess daemon(service.connection_string(),
                             limited_config(setting,
                                            "[[hubs.bench.merge]]\ngroups = \"device-*\"\n"
                                            "format = \"json_array\"\nmax_bytes = \"64KiB\"\n"));
  Producer producer(daemon.socket_path(), "delivered");
  uint64_t next = 0;
  const Settlement settlement = producer.run(
      [&](Instant, std::string& out) {
        const uint64_t before = next;
        for (; next < setting.actions && out.size() < kPortionBytes; ++next) {
          devices[next % kDevices].append_next(out);
        }
        return Portion{.actions = next - before, .is_last = next == setting.actions};
      },
      setting.deadline());
  Figure figure = figure_of(settlement, service);
  service.run([&] {
    uint64_t count = 0;
    for (const TelemetryReader& reader : readers) {
      count += reader.count();
      if (!reader.is_right()) figure.mistake = "a group's telemetry has gaps, or another order";
    }
    const bool is_all = count == setting.actions;
    if (settlement.has_ended && !is_all) figure.mistake = std::to_string(count) + " received";
  });
  return figure;
}

void telemetry(benchmark::State& state) {
  compare(state, collect_telemetry, {.coalescing = 2'000'000, .one_by_one = 4'000});
}

BENCHMARK(notifications)->Apply(round_trips);
BENCHMARK(telemetry)->Apply(round_trips);

}  // namespace
}  // namespace awps

BENCHMARK_MAIN();
