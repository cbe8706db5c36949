// `awpsctl bench`: load of an even pace over several connections, and how long each action takes
// until it is delivered.

#include <poll.h>

#include <algorithm>
#include <utility>

#include "base/terminal_text.h"
#include "daemon/awpsctl/commands/bench_plan.h"
#include "daemon/awpsctl/commands/bench_tally.h"
#include "daemon/awpsctl/commands/context.h"
#include "daemon/awpsctl/figures.h"
#include "daemon/awpsctl/view/interval.h"
#include "daemon/awpsctl/wire/json_fields.h"
#include "daemon/awpsctl/wire/producer_connection.h"

namespace awps {

namespace {

constexpr size_t kMostUnsentOfLane = size_t{256}
                                     << 10U;  // of a connection; then its actions are late
constexpr Duration kProgressPeriod = std::chrono::seconds(1);
constexpr Duration kLongestWait = std::chrono::milliseconds(100);

// A bench is a flood: it may go to a machine's own emulator, and to nobody's real service by
// mistake. So it goes to the socket of the daemon whose status was looked at, and to no other.
Result<std::string, Failure> checked_socket(const Context& context) {
  const BenchArguments& wanted = context.arguments.bench;
  if (wanted.real_service) return producers_socket(context);
  const Result<StatusReading, Failure> status = ask_status(context.admin, wanted.hub);
  if (!status) {
    Failure failure = status.error();
    if (failure.code == "unknown_hub") return failure;
    failure.message +=
        " (without /status it is not known whether the service is a real one; --socket with "
        "--yes-real-service sends all the same)";
    return failure;
  }
  for (const HubReading& hub : status->hubs) {
    if (is_loopback_url(hub.endpoint)) continue;
    return Failure{ExitCode::kUsage, "real_service",
                   "hub " + printable(hub.name) + " delivers to '" + printable(hub.endpoint) +
                       "', which is not of this machine: a bench would be billed and throttled "
                       "there; name a hub of an emulator with --hub, or say --yes-real-service"};
  }
  const Result<std::string, Failure> socket = socket_of(context.admin.address(), *status);
  if (!socket) return socket.error();
  const std::string& said = context.arguments.socket;
  if (said.empty() || said == *socket) return *socket;
  return Failure{ExitCode::kUsage, "real_service",
                 "--socket '" + printable(said) + "' is not the socket of awpsd at '" +
                     context.admin.address().said + "', which is '" + printable(*socket) +
                     "': where that one delivers to is not known; leave --socket out, name its "
                     "daemon with --admin, or say --yes-real-service"};
}

class Bench {
 public:
  Bench(const Context& context, const BenchPlan& plan)
      : context_(context), plan_(plan), tally_(plan) {}

  Result<void, Failure> connect(const std::string& path) {
    for (uint32_t c = 0; c < plan_.connections(); ++c) {
      auto connection = ProducerConnection::open(path, context_.arguments.bench.hub, "delivered");
      if (!connection) return connection.error();
      lanes_.push_back({.connection = std::move(*connection)});
    }
    hub_ = lanes_.front().connection->ready().hub;
    return {};
  }

  CommandResult run() {
    const Result<StatusReading, Failure> before = ask_status(context_.admin);
    start_ = clock_.now();
    progress_at_ = start_ + kProgressPeriod;
    while (!is_over()) {
      send_due();
      wait();
      for (uint32_t c = 0; c < plan_.connections(); ++c) {
        lanes_[c].connection->turn(
            [&](const Reply& reply) { tally_.take(c, reply, since_start()); });
      }
      if (interrupts_.take() != 0) ++interrupted_;
      if (clock_.now() >= progress_at_) show_progress();
    }
    return finish(before);
  }

 private:
  struct Lane {
    std::unique_ptr<ProducerConnection> connection;
    uint64_t next = 0;  // its actions before this were sent
  };

  Duration since_start() const { return clock_.now() - start_; }
  bool may_send(const Lane& lane, uint32_t c) const {
    return interrupted_ == 0 && lane.next < plan_.actions_of(c) &&
           !lane.connection->is_refusing() && !lane.connection->ended();
  }

  void send_due() {
    is_sending_ = false;
    Duration now = since_start();
    for (uint32_t c = 0; c < plan_.connections(); ++c) {
      Lane& lane = lanes_[c];
      while (may_send(lane, c) && plan_.intended(c, lane.next) <= now &&
             lane.connection->unsent() < kMostUnsentOfLane) {
        line_.clear();
        plan_.append_line(c, lane.next, line_);
        lane.connection->append(line_);
        tally_.sent(c, lane.next, now);
        ++lane.next;
      }
      if (may_send(lane, c)) is_sending_ = true;
    }
    if (is_sending_ || sent_all_at_) return;
    sent_all_at_ = since_start();
    for (const Lane& lane : lanes_) lane.connection->close_input();
  }

  // Until the next action is due, or a connection has something.
  void wait() {
    Duration left = std::min<Duration>(kLongestWait, progress_at_ - clock_.now());
    std::vector<pollfd> waited = {{.fd = interrupts_.fd(), .events = POLLIN, .revents = 0}};
    for (uint32_t c = 0; c < plan_.connections(); ++c) {
      const Lane& lane = lanes_[c];
      const short events = lane.connection->events();
      waited.push_back(
          {.fd = events == 0 ? -1 : lane.connection->fd(), .events = events, .revents = 0});
      if (may_send(lane, c) && lane.connection->unsent() < kMostUnsentOfLane) {
        left = std::min(left, plan_.intended(c, lane.next) - since_start());
      }
    }
    left = std::max(left, Duration::zero());
    const timespec timeout{.tv_sec = 0, .tv_nsec = static_cast<long>(left.count())};
    (void)::ppoll(waited.data(), waited.size(), &timeout, nullptr);  // EINTR: once more
  }

  bool is_over() const {
    if (interrupted_ > 1) return true;
    if (!sent_all_at_) return false;
    if (tally_.settled() >= tally_.sent()) return true;
    const bool all_ended =
        std::ranges::all_of(lanes_, [](const Lane& lane) { return lane.connection->ended(); });
    const Duration waiting = since_start() - *sent_all_at_;
    return all_ended || to_seconds(waiting) > context_.arguments.bench.wait_seconds;
  }

  void show_progress() {
    progress_at_ += kProgressPeriod;
    const std::string line = tally_.progress(to_seconds(since_start()));
    if (!context_.json()) context_.err << line << std::endl;
  }

  CommandResult finish(const Result<StatusReading, Failure>& before) {
    const BenchArguments& wanted = context_.arguments.bench;
    const double seconds = to_seconds(sent_all_at_.value_or(since_start()));
    const Result<StatusReading, Failure> after = ask_status(context_.admin);
    const HubReading* from = before ? before->find_hub(hub_) : nullptr;
    const HubReading* to = after ? after->find_hub(hub_) : nullptr;
    const bool known = from != nullptr && to != nullptr && before->pid == after->pid;
    const uint64_t requests = known ? to->requests.started - from->requests.started : 0;
    const uint64_t settled = known ? to->actions.settled() - from->actions.settled() : 0;
    if (context_.json()) {
      Json json = tally_.json(wanted.rate, seconds);
      json["hub"] = hub_;
      if (known) json["requests"] = requests;
      context_.write_json(json_text(json));
    } else {
      std::vector<std::string> lines = tally_.lines(wanted.rate, seconds);
      if (known) {
        lines.push_back("requests    " + count_text(requests) + " of hub " + printable(hub_) +
                        ": " + ratio_text(coalescing_ratio(settled, requests)) + " actions each");
      }
      context_.write_lines(lines);
    }
    return tally_.failed() == 0 ? ExitCode::kOk : kNegative;
  }

  const Context& context_;
  const BenchPlan& plan_;
  BenchTally tally_;
  Interrupts interrupts_;
  const SystemClock clock_;
  std::vector<Lane> lanes_;
  std::string hub_;
  std::string line_;
  Instant start_{};
  Instant progress_at_{};
  std::optional<Duration> sent_all_at_;
  int interrupted_ = 0;  // first: send no more; second: wait no more
  bool is_sending_ = true;
};

}  // namespace

CommandResult run_bench(const Context& context) {
  const Result<BenchPlan, Failure> plan = BenchPlan::make(context.arguments.bench);
  if (!plan) return plan.error();
  const Result<std::string, Failure> socket = checked_socket(context);
  if (!socket) return socket.error();
  Bench bench(context, *plan);
  if (const Result<void, Failure> connected = bench.connect(*socket); !connected) {
    return connected.error();
  }
  return bench.run();
}

}  // namespace awps
