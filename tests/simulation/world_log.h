#pragma once

// WorldLog: what a durable hub of a World has before its pipeline: a disk in memory, the log, the
// committer, and the window that the pipeline takes from. Its process can be killed, or its power
// cut; then it begins again with what the disk has.

#include <spdlog/sinks/null_sink.h>

#include <memory>
#include <set>

#include "base/random.h"
#include "tests/support/disk_model.h"
#include "worker/committer.h"

namespace awps {

class WorldLog {
 public:
  struct Options {
    uint64_t window_bytes = 0;
    uint64_t segment_bytes = uint64_t{16} << 10U;
  };

  /// `now` outlives it.
  WorldLog(const Options& options, const Instant& now);
  ~WorldLog() { end(); }
  WorldLog(const WorldLog&) = delete;
  WorldLog& operator=(const WorldLog&) = delete;

  HubQueue& arrivals() { return *arrivals_; }
  HubQueue& window() { return *window_; }
  Committer& committer() { return *committer_; }
  HubEntrance& entrance() { return *entrance_; }

  /// Everything in memory is gone. Returns the seqs of what is live on the disk.
  std::set<uint64_t> restart(Random& random);

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

  void begin();
  void end();
  std::set<uint64_t> live() const;
  std::unique_ptr<Log> open(DiskModel& disk, SpoolSpace& space) const;

  const Options options_;
  WorldClock clock_;
  SpoolCounters counters_;
  spdlog::logger logger_{"world", std::make_shared<spdlog::sinks::null_sink_mt>()};
  std::unique_ptr<DiskModel> disk_ = std::make_unique<DiskModel>();
  std::unique_ptr<SpoolSpace> space_;
  std::unique_ptr<HubQueue> arrivals_;
  std::unique_ptr<HubQueue> window_;
  std::unique_ptr<Committer> committer_;
  std::unique_ptr<DurableEntrance> entrance_;
};

}  // namespace awps
