// How fast does the intake take actions from one producer, against the least that it has to do:
// reading the socket, splitting at '\n' and parsing each line by simdjson's DOM?
//
// One producer writes lines of 150 bytes to a Unix socket, 4 KiB or one line a write. The lower
// bound reads, splits and parses them, the intake carries them into a hub's queue, which a worker
// empties. Before anything is timed, both are checked: as many actions come out as went in, with
// the data that they had. The last benchmark prints the ratio of both, taken in turn.
//
// "cpu" figures are those of the reading thread alone: actions per second of that core.

#include <benchmark/benchmark.h>
#include <simdjson.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/check.h"
#include "queue/hub_entrance.h"
#include "queue/hub_queue.h"
#include "socket/line_splitter.h"
#include "socket/socket_server.h"

namespace awps {
namespace {

constexpr size_t kLineBytes = 150;
constexpr int kIterations = 40;
constexpr size_t kReadBytes = size_t{256} << 10U;

struct Load {
  size_t write_bytes = 4096;
  uint64_t actions = 100'000;
};

// A send of 150 bytes, '\n' included; its data ends with its number.
std::string line_of(uint64_t number) {
  char digits[9];
  std::snprintf(digits, sizeof digits, "%08llu", static_cast<unsigned long long>(number));
  std::string line = R"({"actionName":"sendToGroup","group":"group-)" +
                     std::to_string(10 + number % 90) + R"(","dataType":"text","data":")";
  line.append(kLineBytes - line.size() - 8 - 3, 'x');
  return line + digits + "\"}\n";
}

const std::string& lines() {
  static const std::string* const kLines = [] {  // made once, for building it costs more than a run
    auto* text = new std::string;
    for (uint64_t number = 0; number < 100'000; ++number) *text += line_of(number);
    return text;
  }();
  return *kLines;
}

void write_all(int socket, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    AWPS_CHECK(count > 0);
    text.remove_prefix(static_cast<size_t>(count));
  }
}

void produce(int socket, const Load& load) {
  uint64_t bytes = load.actions * kLineBytes;
  while (bytes > 0) {
    std::string_view text = std::string_view(lines()).substr(0, bytes);
    bytes -= text.size();
    while (!text.empty()) {
      const std::string_view piece = text.substr(0, load.write_bytes);
      write_all(socket, piece);
      text.remove_prefix(piece.size());
    }
  }
  ::shutdown(socket, SHUT_WR);
}

// Seconds that a thread of this process has run, up to now. /proc/self/task/ID/schedstat is behind
// by up to a tick, which is a third of a run.
double cpu_seconds(pid_t thread) {
  // The clock of a thread by its id, as the kernel makes it (include/linux/posix-timers.h).
  const auto clock = static_cast<clockid_t>((~static_cast<unsigned>(thread) << 3U) | 6U);
  timespec time{};
  AWPS_CHECK(::clock_gettime(clock, &time) == 0);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// 0: there is none.
pid_t thread_of(const std::string& thread_name) {
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    if (name == thread_name) return std::stoi(task.path().filename());
  }
  return 0;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

struct Cost {
  double wall = 0;
  double cpu = 0;  // of the reading thread
};

// The lower bound: nothing but reading, splitting and parsing.
Cost read_and_parse(const Load& load) {
  std::array<int, 2> sockets;
  AWPS_CHECK(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets.data()) == 0);
  const UniqueFd reading(sockets[0]);
  const UniqueFd writing(sockets[1]);
  std::jthread producer([&] { produce(writing.get(), load); });
  const auto start = std::chrono::steady_clock::now();
  const double cpu = cpu_seconds(::gettid());
  LineSplitter splitter(size_t{8} << 20U);
  simdjson::dom::parser parser;
  std::vector<char> buffer(kReadBytes + kReadPadding);
  uint64_t parsed = 0;
  for (;;) {
    const ssize_t count = ::recv(reading.get(), buffer.data(), kReadBytes, 0);
    if (count <= 0) break;
    std::string_view bytes(buffer.data(), static_cast<size_t>(count));
    while (const auto line = splitter.next(bytes)) {
      simdjson::dom::element root;
      AWPS_CHECK(parser.parse(line->text.data(), line->text.size(), false).get(root) ==
                 simdjson::SUCCESS);
      benchmark::DoNotOptimize(root);
      ++parsed;
    }
  }
  AWPS_CHECK(parsed == load.actions);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  return {wall.count(), cpu_seconds(::gettid()) - cpu};
}

// A worker that takes batches, looks at them if it is told to, and settles them at once.
class NullWorker {
 public:
  NullWorker(HubQueue& queue, std::atomic<uint64_t>& wakes, bool checks)
      : queue_(queue),
        wakes_(wakes),
        checks_(checks),
        thread_([this](std::stop_token stop) { run(stop); }) {}
  uint64_t taken() const { return taken_.load(); }
  void wait_for(uint64_t count) const {
    for (uint64_t taken = taken_.load(); taken < count; taken = taken_.load()) taken_.wait(taken);
  }
  ~NullWorker() {
    thread_.request_stop();
    wakes_.fetch_add(1);
    wakes_.notify_one();
  }

 private:
  void run(const std::stop_token& stop) {
    std::array<std::unique_ptr<Batch>, 64> batches;
    while (!stop.stop_requested()) {
      const uint64_t wakes = wakes_.load();
      const size_t count = queue_.pop(batches);
      for (size_t i = 0; i < count; ++i) settle(std::move(batches[i]));
      if (count > 0) continue;
      if (queue_.prepare_to_sleep()) wakes_.wait(wakes);
      queue_.woke_up();
    }
  }
  void settle(std::unique_ptr<Batch> batch) {
    if (checks_) {
      uint64_t number = taken_.load();
      for (const Accepted* item = batch->first(); item != nullptr; item = item->next) {
        char digits[9];
        std::snprintf(digits, sizeof digits, "%08llu",
                      static_cast<unsigned long long>(number++ % 100'000));
        AWPS_CHECK(item->data().ends_with(digits));
        AWPS_CHECK(item->seq == number);
      }
    }
    queue_.budget().release(batch->charge(), batch->account());
    taken_.fetch_add(batch->count());
    taken_.notify_one();
  }

  HubQueue& queue_;
  std::atomic<uint64_t>& wakes_;
  bool checks_;
  std::atomic<uint64_t> taken_{0};
  std::jthread thread_;
};

class Intake {
 public:
  Intake(bool checks)
      : queue_(
            {.hub = "chat", .budget = {.max_bytes = uint64_t{64} << 20U, .max_producer_share = 1}},
            [this] {
              wakes_.fetch_add(1);
              wakes_.notify_one();
            },
            [this] { server_->room_again(); }) {
    SocketServer::Options options;
    options.socket.path = path_;
    options.thread.read_buffer_bytes = kReadBytes;
    server_ = std::make_unique<SocketServer>(
        options, std::vector<IntakeHub>{{"chat", &queue_, &entrance_, {}}}, "chat", counters_);
    AWPS_CHECK(server_->listen().ok());
    server_->start();
    worker_ = std::make_unique<NullWorker>(queue_, wakes_, checks);
    while (thread_ == 0) thread_ = thread_of("intake/0");
  }
  ~Intake() {
    server_->finish(SystemClock().now() + std::chrono::seconds(5));
    worker_.reset();
  }

  Cost take(const Load& load, bool wants_acks) {
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    AWPS_CHECK(
        ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    if (wants_acks) write_all(socket.get(), "{\"hello\":{\"ack\":\"accepted\"}}\n");
    const uint64_t before = worker_->taken();
    const auto start = std::chrono::steady_clock::now();
    const double cpu = cpu_seconds(thread_);
    std::jthread producer([&] { produce(socket.get(), load); });
    std::array<char, 65536> replies;
    while (::recv(socket.get(), replies.data(), replies.size(), 0) > 0) {
    }
    worker_->wait_for(before + load.actions);
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    AWPS_CHECK(worker_->taken() == before + load.actions);
    return {wall.count(), cpu_seconds(thread_) - cpu};
  }

 private:
  std::string path_ = "/tmp/ingest_bench." + std::to_string(::getpid());
  std::array<IntakeCounters, 1> counters_;
  std::atomic<uint64_t> wakes_{0};
  HubQueue queue_;
  MemoryEntrance entrance_{queue_};
  std::unique_ptr<SocketServer> server_;
  std::unique_ptr<NullWorker> worker_;
  pid_t thread_ = 0;
};

Load load_of(const benchmark::State& state) {
  Load load;
  load.write_bytes = static_cast<size_t>(state.range(0));
  return load;
}

// The best of all iterations: what the machine did beside disturbs it least.
void keep_best(Cost& best, const Cost& cost) {
  best.wall = best.wall == 0 ? cost.wall : std::min(best.wall, cost.wall);
  best.cpu = best.cpu == 0 ? cost.cpu : std::min(best.cpu, cost.cpu);
}

void report(benchmark::State& state, const Load& load, const Cost& best) {
  state.SetItemsProcessed(static_cast<int64_t>(load.actions * state.iterations()));
  state.counters["best_per_second"] = static_cast<double>(load.actions) / best.wall;
  state.counters["best_per_core_second"] = static_cast<double>(load.actions) / best.cpu;
}

void read_split_and_parse(benchmark::State& state) {
  const Load load = load_of(state);
  Cost best;
  for (auto _ : state) {
    const Cost cost = read_and_parse(load);
    state.SetIterationTime(cost.wall);
    keep_best(best, cost);
  }
  report(state, load, best);
}

void take_in(benchmark::State& state, bool wants_acks) {
  const Load load = load_of(state);
  Intake(true).take({load.write_bytes, 150'000}, wants_acks);
  Intake intake(false);
  Cost best;
  for (auto _ : state) {
    const Cost cost = intake.take(load, wants_acks);
    state.SetIterationTime(cost.wall);
    keep_best(best, cost);
  }
  report(state, load, best);
}

// Both in turn, so that another load on the machine meets both.
void intake_against_lower_bound(benchmark::State& state) {
  const Load load = load_of(state);
  Intake intake(false);
  Cost best;
  std::vector<double> wall_ratios;
  std::vector<double> cpu_ratios;
  for (auto _ : state) {
    const Cost lower = read_and_parse(load);
    const Cost taken = intake.take(load, false);
    state.SetIterationTime(taken.wall);
    keep_best(best, taken);
    wall_ratios.push_back(lower.wall / taken.wall);
    cpu_ratios.push_back(lower.cpu / taken.cpu);
  }
  report(state, load, best);
  state.counters["ratio_wall"] = median(wall_ratios);
  state.counters["ratio_cpu"] = median(cpu_ratios);
}

BENCHMARK(read_split_and_parse)
    ->Arg(4096)
    ->Arg(kLineBytes)
    ->UseManualTime()
    ->Iterations(kIterations);
BENCHMARK_CAPTURE(take_in, ack_none, false)
    ->Arg(4096)
    ->Arg(kLineBytes)
    ->UseManualTime()
    ->Iterations(kIterations);
BENCHMARK_CAPTURE(take_in, ack_accepted, true)
    ->Arg(4096)
    ->Arg(kLineBytes)
    ->UseManualTime()
    ->Iterations(kIterations);
BENCHMARK(intake_against_lower_bound)
    ->Arg(4096)
    ->Arg(kLineBytes)
    ->UseManualTime()
    ->Iterations(kIterations);

}  // namespace
}  // namespace awps

BENCHMARK_MAIN();
