#pragma once

// LogProgram: a random program that uses a log on a DiskModel: it adds, commits, releases, reads,
// tidies up, ends and starts again, is killed and has its power cut. A LogOracle says what must be
// there. Behind changes of the disk it looks at the disks as a cut or a kill at this instant would
// leave them: a log must open there, hold what it must, and go on.
//
// Everything is decided by the seed. One thread.

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "spool/log.h"
#include "spool/space.h"
#include "tests/spool/log_oracle.h"
#include "tests/support/disk_model.h"

namespace awps {

class LogProgram {
 public:
  struct Options {
    uint64_t seed = 1;
    int steps = 60;
    double looks = 1;      // at so many of the changes of the disk
    bool crashes = false;  // the program itself goes on behind kills and cuts
    bool fails = false;    // calls of the disk fail now and then
    uint64_t segment_bytes = 24 << 10U;
    uint64_t max_bytes = 0;
    bool has_ids = false;  // most records have one
    DiskModel::Options disk{};
    std::optional<DiskModel::Failure> failure{};  // from the beginning on
    int healed_at = 1'000'000;                    // the step before which the disk is well again
  };

  explicit LogProgram(Options options);
  ~LogProgram();

  /// What went wrong, and behind which operations; "": nothing.
  std::string run();
  /// Calls of the disk that the last run made.
  uint64_t operations() const { return disk_->operations(); }
  uint64_t looks() const { return looks_; }
  /// Commits that did not succeed.
  uint64_t refusals() const { return refusals_; }
  /// Ids that openings found.
  uint64_t known_ids() const { return known_ids_; }
  /// Segments that were unlinked, and bytes that were moved.
  uint64_t unlinked() const { return unlinked_; }
  uint64_t moved_bytes() const { return moved_bytes_; }

 private:
  void step();
  void add();
  void identify(Position first, uint32_t count);
  void commit();
  void write_out();
  void release();
  void release_some(const std::vector<Position>& live, size_t at, size_t ranges);
  void release_range(PositionRange range);
  void read();
  void tend();
  void crash();
  void end_and_start();
  void start(std::unique_ptr<DiskModel> disk);
  void open();
  void finish();
  void make_room();
  bool is_disk_small() const { return options_.disk.bytes < DiskModel::Options{}.bytes; }

  void changed(const DiskModel::Operation& operation);
  void check_operation(const DiskModel::Operation& operation);
  void check_unlink(const std::string& path);
  void forget(const std::string& path);
  void look_at_cuts();
  void look_at(std::unique_ptr<DiskModel> disk, const std::string& how);
  void check_size();
  std::string check_ids(Log& log, const LogOracle& oracle, const std::vector<LiveRecord>& live);
  void fail(const std::string& problem);

  const Options options_;
  Random random_;
  std::unique_ptr<DiskModel> disk_;
  std::unique_ptr<SpoolSpace> space_;
  std::unique_ptr<Log> log_;
  LogOracle oracle_;
  WallTime now_{std::chrono::hours(24 * 365 * 56)};
  Random id_random_;  // its own: without ids the program is the same
  std::string problem_;
  std::set<std::string> written_;  // segments that hold more than zeros
  std::set<std::string> synced_;   // and may hold what was acknowledged
  std::set<std::string> failed_;   // whose write or sync failed, in this process
  Position cursor_ = 0;
  bool has_failed_ = false;  // some call, ever
  bool is_opening_ = false;
  uint64_t looks_ = 0;
  uint64_t refusals_ = 0;
  uint64_t unlinked_ = 0;
  uint64_t moved_bytes_ = 0;
  uint64_t known_ids_ = 0;
};

}  // namespace awps
