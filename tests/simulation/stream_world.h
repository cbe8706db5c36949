#pragma once

// StreamWorld: a fleet of daemons that share the partitions of one topic, a scripted broker, and a
// service, under one seed, in virtual time. Daemons stop, freeze and are killed, brokers go away,
// commits fail, letters wait for their disk, hubs stall, are paused and removed. Then all that
// heals but what is not to, and everything must be settled and committed, each next thing in
// bounded time. The rules are in stream_judge.h and stream_hub.h.
//
// Every mistake that is found is one line in mistakes().

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/stream_daemon.h"
#include "tests/simulation/stream_records.h"

namespace awps {

class StreamWorld {
 public:
  struct Options {
    uint64_t seed = 0;
    int daemons = 1;
    int32_t partitions = 2;
    int records = 100;
    uint64_t max_ahead = 20;
    uint64_t hub_bytes = 8000;
    bool block_when_full = true;
    bool is_eager = false;
    bool coalesce = false;
    bool has_disk = true;
    bool writes_letters = false;  // to a topic
    ServiceModel::Faults service;
    bool has_sick_group = false;
    bool is_sick_for_good = false;
    StreamRecords::Options content;
    // What happens on the way.
    int crashes = 0;
    int stops = 0;
    int freezes = 0;
    int moves = 0;
    int fences = 0;
    int stalls = 0;
    int outages = 0;  // of the broker
    int stuck_letters = 0;
    int pauses = 0;
    int reloads = 0;
    bool commits_fail = false;
    bool one_commit_fails_for_good = false;
  };

  static constexpr Instant kStart{std::chrono::seconds(1000)};
  static constexpr Duration kUntilHealed = std::chrono::seconds(90);

  explicit StreamWorld(const Options& options);
  ~StreamWorld();
  StreamWorld(const StreamWorld&) = delete;
  StreamWorld& operator=(const StreamWorld&) = delete;

  void run();

  const std::vector<std::string>& mistakes() const { return judge_.mistakes(); }
  const StreamJudge& judge() const { return judge_; }
  const StreamTruth& truth() const { return truth_; }
  uint64_t outcomes(OutcomeKind kind) const { return outcomes_[static_cast<size_t>(kind)]; }
  uint64_t rejected() const { return rejected_; }

 private:
  class WorldClock final : public Clock {
   public:
    explicit WorldClock(const Instant& now) : now_(now) {}
    Instant now() const override { return now_; }
    WallTime wall_now() const override {
      return WallTime(std::chrono::seconds(1'700'000'000)) + now_.time_since_epoch();
    }

   private:
    const Instant& now_;
  };
  struct Event {
    Instant at{};
    std::function<void()> happens;
  };

  void script();
  void script_content();
  void script_daemons();
  void script_broker();
  void script_hubs();
  void at_random(int times, const std::function<void()>& happens);
  void at(Instant when, std::function<void()> happens);
  Duration up_to(Duration longest);
  void write_record();
  void heal();

  StreamDaemon::Options daemon_options();
  void start_daemon(size_t place);
  /// A daemon that is there; nullptr: none is.
  StreamDaemon* random_daemon();
  void end_daemon(size_t place);
  void reap();
  bool step();
  void note_commits();
  void check_parts();
  bool is_done();
  uint64_t progress() const;
  std::string what_is_open() const;
  void stop_all();

  const Options options_;
  Random random_;
  Instant now_;
  WorldClock clock_;
  StreamTruth truth_;
  ScriptedBroker broker_;
  StreamJudge judge_;
  StreamService service_;
  StreamRecords records_;
  uint64_t last_producer_ = 0;
  std::vector<std::unique_ptr<StreamDaemon>> daemons_;
  std::deque<Event> events_;  // by time
  bool is_healed_ = false;
  bool is_ending_ = false;  // nobody who stops comes back
  bool commits_fail_ = false;
  std::vector<bool> refuses_commits_;  // by partition
  std::array<uint64_t, kOutcomeKinds> outcomes_{};
  uint64_t rejected_ = 0;
  Instant stepped_at_{};
  int steps_at_once_ = 0;
};

}  // namespace awps
