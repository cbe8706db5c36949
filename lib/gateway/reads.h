#pragma once

// Reads: what the gateway passes on to the services: whether somebody is there, who is in a group,
// the health, tokens for clients.
//
// 1. At most max_reads are at the services at once, of which a service that does not answer can
//    hold up only its share; and at most a quarter of an endpoint's pace.
// 2. What cannot go yet waits in the order in which it came, until its hub's answer_within is over:
//    then 503. In a pause or a hold of its endpoint a read is answered at once with what is left.
// 3. A read is sent once. Of what it learns, nothing changes how writes are sent.
// 4. A caller's token is passed on only if it is one for the service: signed by the service's own
//    key for its address, or Entra's. To whoever has another one the gateway lends a token of its
//    own, for looking alone.
// 5. Anybody may ask for the health: one question at a time is asked for all of them, at most once
//    in HealthAsked::kFresh, apart from the bounds above. So strangers take nothing from reads and
//    writes.
// 6. What a turn costs does not grow with the reads that wait: those are looked at in the order of
//    their service until one has to wait, and where something was settled.
//
// Belongs to the server's thread, which waits for none of the others here.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gateway/exchange.h"
#include "gateway/gatekeeper.h"
#include "gateway/health_asked.h"
#include "gateway/read_thread.h"
#include "gateway/settled_watch.h"
#include "http_server/request.h"
#include "limit/gcra.h"

namespace awps {

class Reads {
 public:
  static constexpr size_t kKeptBody = (size_t{8} << 20U) + 1;

  struct Options {
    size_t max_reads = 16;
    size_t max_waiting = 1024;
    Duration timeout = std::chrono::seconds(10);  // of one that was sent
  };
  /// All of them outlive it.
  struct Parts {
    const Clock& clock;
    GatewayCounters& counters;
    SettledWatch& settled;
    std::function<void()> tell;  // any thread: call advance()
  };

  Reads(const Options& options, Parts parts);
  /// Waits for a turn of each thread at most.
  ~Reads();
  Reads(const Reads&) = delete;
  Reads& operator=(const Reads&) = delete;

  void take(Visit visit, const http_server::Request& request, Exchange exchange);
  /// Answers what is done and what has waited too long, and sends what may go. When something was
  /// settled, at next_time(), and when told to.
  void advance();
  /// kNever: nothing waits for time to pass.
  Instant next_time() const { return next_time_; }

  /// The ways that no hub of `hubs` has any more end; what waits for them is answered 503.
  void follow(const std::vector<HubRules>& hubs);
  /// Whatever waits is answered 503, and what comes from now on.
  void stop();
  /// What is under way, too: nothing comes from the threads any more.
  void abandon();

  size_t waiting() const { return waiting_.size(); }
  size_t health_askers() const { return health_.askers(); }
  size_t channels() const { return channels_.size(); }

 private:
  struct Channel {
    Channel(std::shared_ptr<const ReadWay> its_way, const Clock& clock,
            const std::function<void()>& tell)
        : way(std::move(its_way)), thread(*way, clock, tell) {}

    std::shared_ptr<const ReadWay> way;
    Gcra quarter{{}};
    double pace = 0;  // of which it is
    size_t under_way = 0;
    std::set<uint64_t> ready;  // numbers of waiting reads that wait for nothing else
    ReadThread thread;
  };
  struct Waiting {
    std::shared_ptr<const ServedHub> hub;
    ReadThread::Job job;
    std::optional<SettledWatch::Question> question;  // that is not answered yet
    Instant deadline{};
    Exchange exchange;
  };
  struct UnderWay {
    Channel* channel = nullptr;
    Exchange exchange;
  };

  std::optional<GatewayAnswer> refusal_of(const Visit& visit) const;
  ReadThread::Job job_of(const Visit& visit, const http_server::Request& request);
  void take_health(const Visit& visit, ReadThread::Job job, Exchange exchange);
  void finish_health(const ReadThread::Done& done);
  void take_done();
  void take_settled();
  void look_whether_settled(const std::vector<uint64_t>& numbers);
  void answer_overdue(Instant now);
  void send_ready(Channel& channel, Instant now);
  bool may_send(Channel& channel, Instant now);
  void send(uint64_t number, Channel& channel);
  Waiting take_waiting(uint64_t number);
  void forget_question(uint64_t number, Waiting& read);
  Channel& channel_of(const std::shared_ptr<const ReadWay>& way);
  size_t share_of_channel() const;
  void answer_under_way_of(const Channel& channel, const GatewayAnswer& answer);
  void look_again_at(Instant at) { next_time_ = std::min(next_time_, at); }

  const Options options_;
  const Parts parts_;
  std::map<std::string, std::unique_ptr<Channel>> channels_;  // by ReadWay::key
  std::vector<std::unique_ptr<Channel>> ending_;
  std::optional<std::set<std::string>> ways_;  // keys of the present ones; none: no reload yet
  std::map<uint64_t, Waiting> waiting_;        // by number, in the order in which they came
  std::set<std::pair<Instant, uint64_t>> deadlines_;
  std::unordered_multimap<SettledWatch::Target, uint64_t> unsettled_;  // whose question names it
  std::unordered_map<uint64_t, UnderWay> under_way_;
  HealthAsked health_;
  Channel* health_channel_ = nullptr;  // where it is under way
  uint64_t last_number_ = 0;
  Instant next_time_ = kNever;
  bool is_stopping_ = false;
};

}  // namespace awps
