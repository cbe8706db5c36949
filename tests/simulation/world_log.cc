#include "tests/simulation/world_log.h"

#include <utility>

#include "record/record.h"

namespace awps {

WorldLog::WorldLog(const Options& options, const Instant& now) : options_(options), clock_(now) {
  begin();
}

std::unique_ptr<Log> WorldLog::open(DiskModel& disk, SpoolSpace& space) const {
  return Log::open(disk, space,
                   {.folder = "/spool/hub",
                    .segment_bytes = options_.segment_bytes,
                    .first_segment_bytes = options_.segment_bytes / 2},
                   [](uint64_t, uint64_t) {})
      .value();
}

void WorldLog::begin() {
  space_ = std::make_unique<SpoolSpace>(*disk_, SpoolSpace::Options{.path = "/"});
  arrivals_ = std::make_unique<HubQueue>(
      HubQueue::Options{.hub = "hub", .intake_threads = 2}, [] {}, [] {});
  window_ = std::make_unique<HubQueue>(
      HubQueue::Options{
          .hub = "hub",
          .budget = {.max_bytes = options_.window_bytes, .charges = &Account::window_bytes}},
      [] {}, [] {});
  committer_ = std::make_unique<Committer>(Committer::Options{},
                                           Committer::Parts{.arrivals = *arrivals_,
                                                            .window = *window_,
                                                            .clock = clock_,
                                                            .counters = counters_,
                                                            .logger = logger_,
                                                            .wake = [] {}},
                                           open(*disk_, *space_));
  entrance_ = std::make_unique<DurableEntrance>(*arrivals_, committer_->run());
}

void WorldLog::end() {
  entrance_.reset();
  committer_.reset();
  window_.reset();
  arrivals_.reset();
  space_.reset();
}

std::set<uint64_t> WorldLog::restart(Random& random) {
  end();
  disk_ = random.chance(0.5) ? disk_->killed() : disk_->cut(Keep::kRandom, random.next());
  std::set<uint64_t> seqs = live();
  begin();
  return seqs;
}

std::set<uint64_t> WorldLog::live() const {
  const std::unique_ptr<DiskModel> disk = disk_->killed();
  SpoolSpace space(*disk, {.path = "/"});
  const std::unique_ptr<Log> log = open(*disk, space);
  log->begin_reading(1);
  std::set<uint64_t> seqs;
  RecordReader reader;
  AWPS_CHECK(log->read(SIZE_MAX,
                       [&](Position, std::string_view bytes) {
                         seqs.insert(reader.read(bytes)->origin.seq);
                       })
                 .ok());
  return seqs;
}

}  // namespace awps
