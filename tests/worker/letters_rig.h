#pragma once

// LettersRig: dead letters on a disk in memory, in virtual time: the logs, the keeper and the store
// as the daemon puts them together, with or without a committer. The test plays doors, worker and
// operators. It can be killed, or lose its power, and begins again on what the disk has.

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <deque>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "hub/redrive.h"
#include "tests/support/disk_model.h"
#include "tests/worker/committer_rig.h"
#include "worker/kept_letters.h"
#include "worker/letter_keeper.h"

namespace awps {

struct LettersRigOptions {
  bool is_durable = false;
  bool writes = true;
  DeadLetterStore::Options bounds{};
  DiskModel::Options disk{};
  uint64_t spool_max_bytes = uint64_t{10} << 30U;
};

class LettersRig {
 public:
  explicit LettersRig(const LettersRigOptions& options = {});
  ~LettersRig();

  /// An action that the worker has, some turns later.
  void accept(const std::string& name);
  /// One turn of everything, now.
  void turn();
  /// Turns, and lets time pass in between.
  void run(Duration time);

  // What the worker has, by its place there.

  std::vector<std::string> held() const;
  void deliver(size_t at);
  void give_up(size_t at, const std::string& why = "why");

  /// A new action that is given up at once.
  void give_up_new(const std::string& name);

  // Operators.

  uint64_t purge(uint64_t number);
  void redrive(uint64_t number);
  /// Names of the letters that are shown, in their order.
  std::vector<std::string> listed() const;
  std::vector<uint64_t> numbers() const;

  /// All begins again on this disk.
  void restart(std::unique_ptr<DiskModel> with);
  void kill() { restart(disk->killed()); }
  void cut(Keep keep) { restart(disk->cut(keep, /*seed=*/1)); }
  /// As a stop ends it.
  void stop_and_start();

  /// Live letters, and live records of the hub, that the disk has now.
  uint64_t letters_on_disk() const { return live_on_disk(SegmentHeader::kLetters); }
  uint64_t records_on_disk() const { return live_on_disk(SegmentHeader::kLog); }

  const LettersRigOptions options;
  SteppedTime clock;
  std::unique_ptr<DiskModel> disk;
  std::ostringstream lines;
  std::unique_ptr<KeptLetters> store;
  LetterBox* box = nullptr;
  std::unique_ptr<LetterKeeper> keeper;
  std::unique_ptr<Committer> committer;

 private:
  struct Held {
    std::shared_ptr<Batch> batch;
    const Accepted* accepted = nullptr;
  };

  void begin();
  void end();
  std::unique_ptr<Log> open_log(uint32_t kind, uint32_t least_run);
  void take(std::unique_ptr<Batch> batch);
  void take_all();
  void settle(const Held& held);
  uint64_t live_on_disk(uint32_t kind) const;

  spdlog::logger logger_{"test", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines)};
  SpoolCounters counters_;
  ReportQueue reports_{[] {}};  // nobody reads it
  Account account_;
  uint64_t seq_ = 0;
  std::unique_ptr<SpoolSpace> space_;
  std::unique_ptr<HubQueue> arrivals_;
  std::unique_ptr<HubQueue> window_;
  std::unique_ptr<Redrive> redrive_;
  Overtakings overtakings_;
  std::deque<Held> held_;
  std::vector<uint64_t> positions_;
};

}  // namespace awps
