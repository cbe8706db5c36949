// What does awpsd add to the sending of a request? A hub's worker (queue, lanes, limits, tokens,
// libcurl) against a bare libcurl multi loop, one request an action, to the same emulator in this
// process, in turn, at a round trip of 0 and of 25 ms, to many targets and to one.
//
// Before anything is timed both are checked: the emulator counted as many sends as were asked for.
// "cpu_us" is the CPU time of the sending thread a request; ratios are medians over the rounds.

#include <benchmark/benchmark.h>
#include <spdlog/sinks/null_sink.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <thread>
#include <vector>

#include "auth/connection_string.h"
#include "auth/token_cache.h"
#include "bench/bare_curl.h"
#include "emulator/emulator.h"
#include "http/curl_transport.h"
#include "queue/hub_entrance.h"
#include "queue/hub_queue.h"
#include "queue/report_queue.h"
#include "worker/worker.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr size_t kConnections = 64;
constexpr size_t kTargets = 1000;
constexpr int kRounds = 7;
const std::string kBody(128, 'x');

double thread_cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

struct Cost {
  double wall = 0;  // seconds
  double cpu = 0;   // seconds of the sending thread
};

/// The emulator in this process, counting only.
class Server {
 public:
  explicit Server(Duration delay) {
    emulator::Options options;
    options.service.log_entries = 0;
    auto started = emulator::Emulator::start(std::move(options));
    AWPS_CHECK(started.ok());
    emulator_ = std::move(*started);
    emulator_->set_delay(delay);
  }
  std::string endpoint() const { return emulator_->endpoint(); }
  std::string key() const { return emulator_->access_key(); }

 private:
  std::unique_ptr<emulator::Emulator> emulator_;
};

std::vector<BareRequest> bare_requests(const Server& server, size_t targets) {
  std::vector<BareRequest> requests;
  KeyTokenSource tokens({server.key()}, {}, 1);
  const RequestBuilder builder(server.endpoint(), "bench", "2024-12-01");
  ServiceRequest request;
  for (size_t i = 0; i < targets; ++i) {
    const std::string user = "user" + std::to_string(i);
    builder.build({.kind = ActionKind::kSendToUser, .member = user}, request);
    const auto token = tokens.token(request.audience(), SystemClock().wall_now());
    requests.push_back(
        {.url = request.url, .authorization = "Authorization: Bearer " + std::string(*token)});
  }
  return requests;
}

/// A hub's worker and what it needs; the main thread plays the intake.
class Hub {
 public:
  Hub(const Server& server, size_t targets)
      : logger_("bench", std::make_shared<spdlog::sinks::null_sink_mt>()),
        transport_(clock_, CurlOptions{.max_connections = kConnections}),
        tokens_({server.key()}, {}, 1),
        outcomes_([this] {
          wakes_.fetch_add(1);
          wakes_.notify_one();
        }),
        queue_(
            {.hub = "bench"}, [this] { transport_.wake(); }, [] {}),
        worker_({.hub = {.hub = "bench", .max_in_flight = kConnections},
                 .sender = {.endpoint_url = server.endpoint(), .hub = "bench"}},
                {.queue = queue_,
                 .endpoint = endpoint_,
                 .transport = transport_,
                 .tokens = tokens_,
                 .clock = clock_,
                 .counters = counters_,
                 .logger = logger_,
                 .undelivered = undelivered_},
                1) {
    account_.wants_outcomes = true;
    account_.reports = &outcomes_;
    for (size_t i = 0; i < targets; ++i) users_.push_back("user" + std::to_string(i));
    thread_ = std::jthread([this] {
      cpu_at_start_ = thread_cpu_seconds();
      worker_.run();
      cpu_ = thread_cpu_seconds() - cpu_at_start_;
    });
  }
  ~Hub() {
    worker_.stop_now();
    thread_.join();
  }

  void push(size_t actions, bool unordered) {
    static constexpr size_t kInABatch = 32;
    for (size_t done = 0; done < actions;) {
      auto batch = std::make_unique<Batch>(account_, clock_.now(), 16384);
      for (size_t i = 0; i < kInABatch && done < actions; ++i, ++done) {
        batch->add({.kind = ActionKind::kSendToUser,
                    .unordered = unordered,
                    .member = users_[done % users_.size()],
                    .data = kBody},
                   done, 300, 0);
      }
      MemoryEntrance(queue_).enter(0, std::move(batch));
    }
    queue_.wake_worker();
  }
  /// Without spinning: there are two cores, and server and worker need them.
  void wait_for(uint64_t delivered) {
    while (outcomes_seen_ < delivered) {
      const uint64_t seen = wakes_.load();
      taken_.clear();
      if (outcomes_.pop(taken_)) {
        outcomes_seen_ += taken_.size();
        continue;
      }
      if (outcomes_.prepare_to_sleep()) wakes_.wait(seen);
      outcomes_.woke_up();
    }
  }
  uint64_t delivered() const { return outcomes_seen_; }
  /// Ends the worker; the CPU time that it took in all.
  double cpu_seconds() {
    worker_.stop(Instant::max());
    thread_.join();
    thread_ = std::jthread([] {});
    return cpu_;
  }

 private:
  SystemClock clock_;
  spdlog::logger logger_;
  CurlTransport transport_;
  KeyTokenSource tokens_;
  EndpointState endpoint_{EndpointState::Options{}};
  HubCounters counters_;
  std::atomic<uint64_t> wakes_{0};
  uint64_t outcomes_seen_ = 0;
  std::vector<Report> taken_;
  ReportQueue outcomes_;
  UndeliveredFile undelivered_{"/nonexistent", clock_};
  HubQueue queue_;
  Worker worker_;
  Account account_;
  std::vector<std::string> users_;
  double cpu_at_start_ = 0;
  double cpu_ = 0;
  std::jthread thread_;
};

Cost bare(const Server& server, size_t targets, size_t connections, size_t requests) {
  BareCurl curl(bare_requests(server, targets), connections, kBody);
  AWPS_CHECK(curl.send(connections) == connections);  // connections are open, and it works
  const auto start = std::chrono::steady_clock::now();
  const double cpu = thread_cpu_seconds();
  AWPS_CHECK(curl.send(requests) == requests);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  return {wall.count(), thread_cpu_seconds() - cpu};
}

Cost through_the_hub(const Server& server, size_t targets, size_t requests, bool unordered) {
  Hub hub(server, targets);
  hub.push(kConnections, unordered);
  hub.wait_for(kConnections);
  const auto start = std::chrono::steady_clock::now();
  hub.push(requests, unordered);
  hub.wait_for(kConnections + requests);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  return {wall.count(), hub.cpu_seconds()};
}

// One line of the table: as many requests through both, in turn.
void throughput(benchmark::State& state, size_t targets, bool unordered) {
  const auto round_trip = milliseconds(state.range(0));
  const auto requests = static_cast<size_t>(state.range(1));
  // One target takes one at a time; a fair lower bound has one connection.
  const size_t connections = targets == 1 && !unordered ? 1 : kConnections;
  const Server server(round_trip);
  std::vector<double> wall_ratios;
  std::vector<double> cpu_ratios;
  std::vector<double> rates;
  std::vector<double> cpus;
  for (auto _ : state) {
    const Cost lower = bare(server, targets, connections, requests);
    const Cost hub = through_the_hub(server, targets, requests, unordered);
    state.SetIterationTime(hub.wall);
    wall_ratios.push_back(lower.wall / hub.wall);
    cpu_ratios.push_back(lower.cpu / hub.cpu);
    rates.push_back(static_cast<double>(requests) / hub.wall);
    cpus.push_back(hub.cpu * 1e6 / static_cast<double>(requests));
  }
  state.counters["requests_per_second"] = median(rates);
  state.counters["of_bare_loop_wall"] = median(wall_ratios);
  state.counters["of_bare_loop_cpu"] = median(cpu_ratios);
  state.counters["cpu_us"] = median(cpus);
}

// At 1,000 actions a second: from push to delivered, against a bare request one at a time.
void latency(benchmark::State& state) {
  const auto round_trip = milliseconds(state.range(0));
  const Server server(round_trip);
  const SystemClock clock;
  std::vector<double> lower;
  std::vector<double> hub_times;
  BareCurl curl(bare_requests(server, kTargets), 1, kBody);
  Hub hub(server, kTargets);
  hub.push(1, false);
  hub.wait_for(1);
  AWPS_CHECK(curl.send(1) == 1);
  for (auto _ : state) {
    Instant next = clock.now();
    for (int i = 0; i < 300; ++i, next += milliseconds(1)) {
      while (clock.now() < next) std::this_thread::yield();
      Instant begin = clock.now();
      AWPS_CHECK(curl.send(1) == 1);
      lower.push_back(to_seconds(clock.now() - begin) * 1e6);
      const uint64_t before = hub.delivered();
      begin = clock.now();
      hub.push(1, false);
      hub.wait_for(before + 1);
      hub_times.push_back(to_seconds(clock.now() - begin) * 1e6);
    }
    state.SetIterationTime(1e-6 * hub_times.back());
  }
  state.counters["p50_us"] = median(hub_times);
  state.counters["bare_p50_us"] = median(lower);
  state.counters["added_p50_us"] = median(hub_times) - median(lower);
}

BENCHMARK_CAPTURE(throughput, many_targets, kTargets, false)
    ->Args({0, 20000})
    ->Args({25, 5000})
    ->ArgNames({"rtt_ms", "requests"})
    ->UseManualTime()
    ->Iterations(kRounds);
BENCHMARK_CAPTURE(throughput, one_target, size_t{1}, false)
    ->Args({0, 5000})
    ->Args({25, 60})
    ->ArgNames({"rtt_ms", "requests"})
    ->UseManualTime()
    ->Iterations(kRounds);
BENCHMARK_CAPTURE(throughput, one_target_unordered, size_t{1}, true)
    ->Args({0, 20000})
    ->Args({25, 5000})
    ->ArgNames({"rtt_ms", "requests"})
    ->UseManualTime()
    ->Iterations(kRounds);
BENCHMARK(latency)->Arg(0)->Arg(25)->ArgName("rtt_ms")->UseManualTime()->Iterations(5);

}  // namespace
}  // namespace awps

BENCHMARK_MAIN();
