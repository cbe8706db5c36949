// What does it cost that "accepted" means on disk? Lines of 150 bytes and of 1 KiB from eight
// producers, to a service that is away: awpsd with a hub in memory, with a durable hub, and
// Debian's syslog-ng with its reliable disk buffer, on the same disk and in turn. Then a memory hub
// beside a busy neighbour, which is durable or not.
//
//   durable_bench [ROUNDS]
//
// Each line is counted as accepted when its producer was told so (of syslog-ng, which tells
// nothing: when it was read), and each round ends when all are. Each side begins each round anew,
// with nothing on its disk. Printed: medians, and the medians of the ratios of a round. How long
// the disk alone takes for as many bytes stands beside it: a busy or slow disk is none of awpsd's.

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "base/unique_fd.h"
#include "bench/daemon_process.h"
#include "bench/durable_load.h"
#include "bench/durable_syslog.h"
#include "bench/emulated_service.h"

namespace awps {
namespace {

constexpr int kRounds = 5;
constexpr uint64_t kBytesOfRound = 120'000'000;  // of lines
constexpr double kPacedSeconds = 3;
constexpr const char* kAway = "Endpoint=http://127.0.0.1:9;AccessKey=MDEyMzQ1Njc4OWFiY2RlZg==;";
constexpr const char* kHello = R"({"hello":{"ack":"accepted"}})";
// What waits in memory is bounded by the bytes of a round alone.
constexpr const char* kMemory = "hub_defaults.max_queued_bytes = \"8GiB\"\n";
constexpr const char* kDurable = "hub_defaults.durability = \"durable\"\n";

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

double milliseconds_at(const std::vector<Duration>& sorted, double part) {
  const auto place = static_cast<size_t>(part * static_cast<double>(sorted.size()));
  return to_seconds(sorted[std::min(place, sorted.size() - 1)]) * 1e3;
}

struct Turn {
  double per_second = 0;
  double p50 = 0;  // ms, at half that rate; 0: nothing is told
  double p99 = 0;
};

Turn turn_of_daemon(const char* config, size_t line_bytes) {
  Turn turn;
  const uint64_t lines = kBytesOfRound / line_bytes;
  const LoadOptions options{.hello = kHello, .line_bytes = line_bytes};
  const auto load_of = [&](const DaemonProcess& daemon) {
    LoadOptions of_it = options;
    of_it.socket_path = daemon.socket_path();
    return Load(of_it);
  };
  {
    const DaemonProcess daemon(kAway, config);
    Load load = load_of(daemon);
    load.flood(lines / 10);  // connections are open, the first files are there
    turn.per_second = static_cast<double>(lines) / load.flood(lines);
  }
  const DaemonProcess daemon(kAway, config);
  Load load = load_of(daemon);
  const std::vector<Duration> took = load.pace(turn.per_second / 2, kPacedSeconds);
  turn.p50 = milliseconds_at(took, 0.5);
  turn.p99 = milliseconds_at(took, 0.99);
  return turn;
}

Turn turn_of_syslog(size_t line_bytes) {
  const uint64_t lines = kBytesOfRound / line_bytes;
  const SyslogProcess syslog;
  Load load({.socket_path = syslog.socket_path(), .line_bytes = line_bytes});
  load.flood(lines / 10);
  return {.per_second = static_cast<double>(lines) / load.flood(lines)};
}

// What the disk alone takes for so many bytes a second: a write and a sync of what has become due,
// at most each 2 ms, as a durable hub does it. No daemon can be quicker on this disk.
Turn turn_of_disk(double bytes_per_second) {
  constexpr size_t kFileBytes = size_t{512} << 20U;
  constexpr int kSamples = 8;  // of each group: from its first line to its last
  constexpr auto kInterval = std::chrono::milliseconds(2);
  char path[] = "/tmp/awps-bench-XXXXXX";
  const UniqueFd file(::mkostemp(path, O_CLOEXEC));
  AWPS_CHECK(file.valid() && ::unlink(path) == 0);
  AWPS_CHECK(::fallocate(file.get(), 0, 0, kFileBytes) == 0 && ::fsync(file.get()) == 0);
  const SystemClock clock;
  const std::string bytes(kFileBytes / 4, 'x');
  std::vector<Duration> took;
  size_t place = 0;
  const Instant first = clock.now();
  for (Instant before = first; to_seconds(before - first) < kPacedSeconds;) {
    const auto early =
        std::chrono::ceil<std::chrono::milliseconds>(before + kInterval - clock.now());
    if (early.count() > 0) ::poll(nullptr, 0, static_cast<int>(early.count()));
    const Instant begin = clock.now();
    const auto due = static_cast<size_t>(bytes_per_second * to_seconds(begin - before));
    const size_t count = std::min(std::max<size_t>(due, 1), bytes.size());
    if (place + count > kFileBytes) place = 0;
    AWPS_CHECK(::pwrite(file.get(), bytes.data(), count, static_cast<off_t>(place)) > 0);
    AWPS_CHECK(::fdatasync(file.get()) == 0);
    place += count;
    const Instant end = clock.now();
    for (int i = 0; i < kSamples; ++i)
      took.push_back(end - begin + (begin - before) * i / kSamples);
    before = begin;
  }
  std::ranges::sort(took);
  return {.per_second = bytes_per_second,
          .p50 = milliseconds_at(took, 0.5),
          .p99 = milliseconds_at(took, 0.99)};
}

struct Column {
  std::vector<double> per_second, p50, p99, of_memory;
};

void print_row(const char* name, const Column& column) {
  std::printf("%-22s %12.0f/s %5.2f", name, median(column.per_second), median(column.of_memory));
  if (median(column.p99) == 0) {
    std::puts("      tells nothing");
    return;
  }
  std::printf("   p50 %6.2f ms   p99 %6.2f ms\n", median(column.p50), median(column.p99));
}

void compare(size_t line_bytes, int rounds) {
  std::map<std::string, Column> columns;
  const auto take = [&](const std::string& name, const Turn& turn, const Turn& memory) {
    Column& column = columns[name];
    column.per_second.push_back(turn.per_second);
    column.p50.push_back(turn.p50);
    column.p99.push_back(turn.p99);
    column.of_memory.push_back(turn.per_second / memory.per_second);
  };
  for (int round = 0; round < rounds; ++round) {
    const Turn memory = turn_of_daemon(kMemory, line_bytes);
    take("memory", memory, memory);
    const Turn durable = turn_of_daemon(kDurable, line_bytes);
    take("durable", durable, memory);
    const auto bytes = static_cast<double>(line_bytes);
    Turn disk = turn_of_disk(durable.per_second / 2 * bytes);
    disk.per_second /= bytes / 2;
    take("the disk alone", disk, memory);
    if (SyslogProcess::is_installed()) take("syslog-ng", turn_of_syslog(line_bytes), memory);
  }
  std::printf("\nlines of %zu bytes, 8 producers, %d rounds; latencies at half the rate\n",
              line_bytes, rounds);
  for (const auto& [name, column] : columns) print_row(name.c_str(), column);
}

// ---- a memory hub beside a busy one

constexpr double kNeighbourPerSecond = 20'000;
constexpr double kMemoryPerSecond = 2'000;

std::string neighbours_config(const std::string& connection_file, const char* durability) {
  return "services.away.connection_file = \"" + connection_file + "\"\n" +
         "hub_defaults.max_queued_bytes = \"1GiB\"\n[hubs.bench]\n[hubs.busy]\nservice = "
         "\"away\"\n" +
         "durability = \"" + durability + "\"\n";
}

// Latencies of the memory hub's acknowledgements, and how fast it accepts.
Turn turn_beside(EmulatedService& service, const std::string& away, const char* durability) {
  const DaemonProcess daemon(service.connection_string(), neighbours_config(away, durability));
  const std::string hello = R"({"hello":{"hub":")";
  const auto options = [&](const char* hub) {
    return LoadOptions{.socket_path = daemon.socket_path(),
                       .hello = hello + hub + R"(","ack":"accepted"}})",
                       .line_bytes = 1024,
                       .producers = 4};
  };
  Load busy(options("busy")), load(options("bench"));
  std::jthread neighbour([&] { busy.pace(kNeighbourPerSecond, kPacedSeconds + 1); });
  const std::vector<Duration> took = load.pace(kMemoryPerSecond, kPacedSeconds);
  const uint64_t lines = kBytesOfRound / 1024;
  return {.per_second = static_cast<double>(lines) / load.flood(lines),
          .p50 = milliseconds_at(took, 0.5),
          .p99 = milliseconds_at(took, 0.99)};
}

void compare_neighbours(int rounds) {
  EmulatedService service({});
  const std::string away = "/tmp/awps-bench-away." + std::to_string(::getpid());
  std::ofstream(away) << kAway;
  std::filesystem::permissions(away, std::filesystem::perms::owner_read);
  Column beside_memory, beside_durable;
  for (int round = 0; round < rounds; ++round) {
    const Turn memory = turn_beside(service, away, "memory");
    const Turn durable = turn_beside(service, away, "durable");
    for (auto& [column, turn] : {std::pair{&beside_memory, memory}, {&beside_durable, durable}}) {
      column->per_second.push_back(turn.per_second);
      column->p50.push_back(turn.p50);
      column->p99.push_back(turn.p99);
      column->of_memory.push_back(turn.per_second / memory.per_second);
    }
  }
  std::filesystem::remove(away);
  std::printf("\na memory hub beside one that takes %.0f lines of 1 KiB a second, %d rounds\n",
              kNeighbourPerSecond, rounds);
  print_row("beside a memory hub", beside_memory);
  print_row("beside a durable one", beside_durable);
}

}  // namespace
}  // namespace awps

int main(int count, char** arguments) {
  int rounds = awps::kRounds;
  if (count > 1) {
    const char* text = arguments[1];
    std::from_chars(text, text + std::strlen(text), rounds);
  }
  awps::compare(150, rounds);
  awps::compare(1024, rounds);
  awps::compare_neighbours(rounds);
}
