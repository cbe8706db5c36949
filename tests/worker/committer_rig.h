#pragma once

// CommitterRig: a committer in virtual time, on a disk in memory, with producers and a worker that
// the test plays. It can be killed, lose its power, and begin again on what its disk has.

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "queue/report_queue.h"
#include "tests/support/disk_model.h"
#include "worker/committer.h"
#include "worker/durable_entrance.h"

namespace awps {

/// Another thread may ask how late it is.
class SteppedTime final : public Clock {
 public:
  Instant now() const override { return instant; }
  WallTime wall_now() const override { return wall; }
  void pass(Duration time) {
    instant = instant.load() + time;
    wall += time;
  }

  std::atomic<Instant> instant{Instant(std::chrono::seconds(1000))};
  WallTime wall{std::chrono::seconds(1'700'000'000)};
};

struct RigOptions {
  uint64_t max_queued_bytes = uint64_t{1} << 20U;
  uint64_t arrivals_bytes = uint64_t{16} << 20U;
  Committer::Options committer;
  uint64_t hub_max_bytes = 0;
  uint64_t segment_bytes = uint64_t{1} << 20U;
  uint64_t disk_bytes = uint64_t{1} << 40U;
  bool tells_free_bytes = true;  // else it seems to have more
};

class CommitterRig {
 public:
  static constexpr uint64_t kCharge = 500;  // of an action as the doors charge it

  explicit CommitterRig(const RigOptions& options = {});

  /// `count` actions of connection `producer` as one batch; "p-s" is the data of its action s.
  void push(uint64_t producer, int count, Duration time_to_live = {});
  /// The same, an action for each id, of a producer of this name that asks for deduplication. No
  /// name: its number.
  void push_ids(uint64_t producer, const std::vector<std::string>& ids, std::string name = "");
  /// Turns as often as it asks for, for this long.
  void run(Duration time);
  /// How often it turns in this time.
  int turns_in(Duration time);
  /// One turn, now.
  void turn() { committer->turn(); }

  /// What the worker takes from the window now: "p-s" each, in order. It has them until settle().
  std::vector<std::string> take();
  /// The first `count` that the worker has, but for `skipped` before them, are delivered.
  void settle(size_t count, size_t skipped = 0);
  size_t held() const { return held_.size(); }
  /// Sees what the worker has, in order.
  void visit_held(const std::function<void(const Accepted&, const Batch&)>& see) const {
    for (const Held& held : held_) see(*held.accepted, *held.batch);
  }
  /// Takes and settles everything, until nothing comes any more.
  std::vector<std::string> drain();

  /// What was reported since the last call: "accepted p-s" and so on.
  std::vector<std::string> reports();

  /// The process is killed; or the power is cut, with what was not synced kept so. Everything
  /// begins again on that disk.
  void kill();
  void cut(Keep keep);
  /// Live records of what the disk would have after a cut that keeps nothing.
  std::vector<std::string> safe() const;

  Account& account(uint64_t producer);
  /// What a door is told that has something new.
  Budget::Room room() { return arrivals->budget().room_for(1, 0, account(99)); }
  /// Its connection is gone: freed as AccountTable does, once nothing is left of it.
  bool may_free(uint64_t producer) { return account(producer).is_settled(); }

  RigOptions options;  // of the next beginning
  SteppedTime clock;
  std::string host = "host";  // of the service, from the next beginning on
  std::unique_ptr<DiskModel> disk;
  DiskModel large_disk;
  std::unique_ptr<SpoolSpace> space;
  SpoolCounters counters;
  std::ostringstream lines;
  spdlog::logger logger{"test", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines)};
  ReportQueue report_queue{[] {}};
  std::unique_ptr<HubQueue> arrivals;
  std::unique_ptr<HubQueue> window;
  std::unique_ptr<Committer> committer;
  std::function<void()> on_adopted = [] {};
  int room_signals = 0;
  int window_signals = 0;         // by which the committer is woken
  std::function<void()> on_room;  // with each of them

 private:
  struct Held {
    std::shared_ptr<Batch> batch;
    const Accepted* accepted = nullptr;
  };
  struct Producer {
    Account account;
    uint64_t seq = 0;
  };

  void begin();
  void end();
  std::unique_ptr<Log> open_log(DiskModel& on, SpoolSpace& in) const;
  static std::string name(uint64_t producer, uint64_t seq);

  std::deque<Held> held_;
  std::map<uint64_t, std::unique_ptr<Producer>> producers_;
  std::vector<std::unique_ptr<Producer>> gone_;
};

/// "1-1", "1-2" … as take() has them.
std::vector<std::string> names(uint64_t producer, uint64_t first, uint64_t last);

}  // namespace awps
