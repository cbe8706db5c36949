#include "tests/spool/log_program.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "tests/spool/live_records.h"

namespace awps {

namespace {

const std::string kFolder = "/spool/spool/chat";
constexpr uint64_t kFirstSegmentBytes = 8 << 10U;
constexpr uint64_t kMostSegmentsFree = 8;
constexpr uint64_t kMostBytesALiveByte = 4;
const LogProgress kNobody = [](uint64_t, uint64_t) {};
constexpr Keep kKeeps[] = {Keep::kNone, Keep::kAll, Keep::kRandom, Keep::kFirst, Keep::kLast};

constexpr Duration kIdWindow = std::chrono::seconds(4);

LogOptions log_options(const LogProgram::Options& program, WallTime now) {
  return {.folder = kFolder,
          .store = store_id_of("chat", "example.webpubsub.azure.com"),
          .segment_bytes = program.segment_bytes,
          .first_segment_bytes = kFirstSegmentBytes,
          .max_bytes = program.max_bytes,
          .first_group = (uint64_t{1} << 32U) - 3,
          .max_ids = program.has_ids ? size_t{1'000'000} : size_t{0},
          .id_window = kIdWindow,
          .opened_at = now};
}

std::unique_ptr<SpoolSpace> new_space(FileSystem& disk) {
  return std::make_unique<SpoolSpace>(disk,
                                      SpoolSpace::Options{.path = "/spool", .min_free_bytes = 0});
}

bool is_segment(const std::string& path) {
  return path.starts_with(kFolder + "/log-") && path.ends_with(".seg");
}

}  // namespace

LogProgram::LogProgram(Options options)
    : options_(options), random_(options.seed), id_random_(options.seed + 1) {}

LogProgram::~LogProgram() = default;

std::string LogProgram::run() {
  auto disk = std::make_unique<DiskModel>(options_.disk);
  disk->put_folder("/spool");
  if (options_.failure) disk->fail(*options_.failure);
  has_failed_ = options_.failure.has_value() || is_disk_small();
  start(std::move(disk));
  for (int i = 0; i < options_.steps && problem_.empty(); ++i) {
    if (i == options_.healed_at) disk_->heal();
    step();
  }
  if (problem_.empty()) finish();
  log_.reset();
  return problem_;
}

void LogProgram::fail(const std::string& problem) {
  if (problem.empty() || !problem_.empty()) return;
  problem_ = "seed " + std::to_string(options_.seed) + ": " + problem + "\n" + disk_->trace();
}

void LogProgram::step() {
  now_ += std::chrono::milliseconds(random_.below(300));
  if (options_.fails && random_.chance(0.1)) {
    has_failed_ = true;
    constexpr int kCodes[] = {EIO, ENOSPC, EROFS};
    disk_->fail({.from = disk_->operations() + 1 + random_.below(8),
                 .code = kCodes[random_.below(std::size(kCodes))],
                 .is_lasting = random_.chance(0.3)});
  }
  if (options_.fails && random_.chance(0.1)) disk_->heal();
  const uint64_t which = random_.below(100);
  if (which < 25)
    add();
  else if (which < 50)
    commit();
  else if (which < 70)
    release();
  else if (which < 75)
    write_out();
  else if (which < 85)
    tend();
  else if (which < 94)
    read();
  else if (which < 97)
    end_and_start();
  else if (options_.crashes)
    crash();
}

// ---- the program

void LogProgram::add() {
  std::string records;
  const auto count = static_cast<uint32_t>(1 + random_.below(30));
  for (uint32_t i = 0; i < count; ++i) {
    const bool is_large = random_.chance(0.02);
    append_record(records, oracle_.new_record(is_large ? 5'000 + random_.below(40'000)
                                                       : 8 + random_.below(250)));
  }
  const Position first = log_->add(records, count);
  if (first < log_->status().committed) fail("a position is given twice");
  oracle_.added(first, count);
  if (options_.has_ids) identify(first, count);
}

void LogProgram::identify(Position first, uint32_t count) {
  for (Position position = first; position < first + count; ++position) {
    if (id_random_.chance(0.7)) log_->know(oracle_.identified(position, now_), position);
  }
}

void LogProgram::commit() {
  const auto done = log_->commit(now_);
  if (done) {
    oracle_.committed();
    if (log_->has_group() || log_->has_unsynced()) fail("something is left behind a commit");
    return check_size();
  }
  ++refusals_;
  if (done.error().kind == Log::CommitError::Kind::kFailed) {
    if (!has_failed_) fail("a commit fails: " + to_text(done.error().io));
    if (random_.chance(0.7)) return;
  }
  log_->drop_records();
  oracle_.dropped();
}

void LogProgram::write_out() {
  if (!oracle_.has_group()) (void)log_->write_out(now_);  // a commit says what fails
}

void LogProgram::release() {
  std::vector<Position> live = oracle_.must_live();
  // Some stay for long, and keep their segments.
  const bool takes_stragglers = random_.chance(0.05);
  std::erase_if(live, [&](Position position) { return position % 23 == 0 && !takes_stragglers; });
  const uint64_t which = random_.below(100);
  if (which < 60) return release_some(live, 0, 10);
  if (which < 75) return release_some(live, random_.below(live.size() + 1), 10);
  release_some(live, 0, live.size());
}

void LogProgram::release_some(const std::vector<Position>& live, size_t at, size_t ranges) {
  for (; ranges > 0 && at < live.size(); --ranges) {
    PositionRange range{live[at++], 1};
    while (at < live.size() && live[at] == range.end() && random_.chance(0.8)) {
      ++range.count;
      ++at;
    }
    release_range(range);
    at += random_.below(3) == 0 ? random_.below(3) : 0;
  }
}

void LogProgram::release_range(PositionRange range) {
  log_->release(range);
  oracle_.released(range);
}

void LogProgram::read() {
  const std::vector<LiveRecord> live = read_all(*disk_, *log_, cursor_);
  for (const PositionRange range : log_->take_lost()) {
    if (!has_failed_) fail("position " + std::to_string(range.first) + " cannot be read");
    oracle_.lost(range);
  }
  fail(oracle_.check_reading(live, cursor_));
  if (!live.empty() && log_->read_up_to() <= live.back().first) fail("it has not read so far");
  const bool from_start = live.empty() || random_.chance(0.5);
  cursor_ = from_start ? 0 : live[random_.below(live.size())].first;
}

void LogProgram::tend() {
  const uint64_t moved = log_->status().moved_bytes;
  if (options_.has_ids) log_->count_ids_from(now_ - kIdWindow);
  log_->tend(now_, random_.chance(0.2));
  moved_bytes_ += log_->status().moved_bytes - moved;
}

void LogProgram::check_size() {
  if (has_failed_ || options_.max_bytes != 0) return;
  uint64_t operations = 0;
  const uint64_t moved = log_->status().moved_bytes;
  for (int i = 0; i < 50 && operations != disk_->operations(); ++i) {
    operations = disk_->operations();
    log_->tend(now_, false);
  }
  const Log::Status status = log_->status();
  moved_bytes_ += status.moved_bytes - moved;
  uint64_t bytes = 0;
  size_t largest = 0;
  for (const std::string& name : disk_->names(kFolder)) {
    if (!is_segment(kFolder + "/" + name)) continue;
    bytes += disk_->content(kFolder + "/" + name).size();
    largest = std::max(largest, disk_->content(kFolder + "/" + name).size());
  }
  const uint64_t bound = kMostBytesALiveByte * (status.record_bytes + 2 * oracle_.id_bytes()) +
                         (kMostSegmentsFree + 2) * largest;
  if (status.bytes > bound) {
    fail("it has " + std::to_string(status.bytes) + " bytes for " +
         std::to_string(status.record_bytes));
  }
  if (status.bytes != bytes) fail("it does not know its size");
  if (space_->used() != bytes) fail("the spool does not know its size");
}

// ---- ends and starts

void LogProgram::end_and_start() {
  log_.reset();
  open();
}

void LogProgram::crash() {
  const uint64_t how = random_.below(std::size(kKeeps) + 2);
  if (how == std::size(kKeeps)) return start(disk_->killed());
  if (how > std::size(kKeeps)) return start(disk_->killed_and_forgotten());
  start(disk_->cut(kKeeps[how], random_.next()));
}

void LogProgram::start(std::unique_ptr<DiskModel> disk) {
  log_.reset();
  disk_ = std::move(disk);
  disk_->after_change([this](const DiskModel::Operation& operation) { changed(operation); });
  written_.clear();
  for (const std::string& name : disk_->names(kFolder)) {
    const std::string path = kFolder + "/" + name;
    const bool is_zeros = disk_->content(path).find_first_not_of('\0') == std::string::npos;
    if (is_segment(path) && !is_zeros) written_.insert(path);
  }
  synced_ = written_;
  open();
}

void LogProgram::open() {
  space_ = new_space(*disk_);
  is_opening_ = true;
  failed_.clear();
  auto opened = Log::open(*disk_, *space_, log_options(options_, now_), kNobody);
  if (!opened && (options_.failure || options_.fails)) {
    disk_->heal();
    failed_.clear();
    opened = Log::open(*disk_, *space_, log_options(options_, now_), kNobody);
  }
  is_opening_ = false;
  if (!opened) return fail("it does not open: " + opened.error().message);
  log_ = std::move(*opened);
  const std::vector<LiveRecord> live = read_all(*disk_, *log_, 0);
  for (const PositionRange range : log_->take_lost()) oracle_.lost(range);
  fail(oracle_.check(live));
  fail(check_ids(*log_, oracle_, live));
  oracle_.reopened(live);
  cursor_ = 0;
}

std::string LogProgram::check_ids(Log& log, const LogOracle& oracle,
                                  const std::vector<LiveRecord>& live) {
  const std::vector<KnownId> known = log.take_known_ids();
  known_ids_ += known.size();
  return oracle.check_ids(known, live, now_ - kIdWindow);
}

// What is asked for now is done, if not at once, then in a new process.
void LogProgram::finish() {
  disk_->heal();
  if (is_disk_small()) make_room();
  add();
  auto done = log_->commit(now_);
  if (!done && done.error().kind != Log::CommitError::Kind::kFailed) {
    log_->drop_records();
    oracle_.dropped();
    done = log_->commit(now_);
  }
  if (!done) return fail("it does not recover: " + to_text(done.error().io));
  oracle_.committed();
  read();
  if (problem_.empty()) look_at_cuts();
}

// A log that is drained has room, whatever the disk has.
void LogProgram::make_room() {
  log_->drop_records();
  oracle_.dropped();
  const std::vector<Position> live = oracle_.must_live();
  release_some(live, 0, live.size());
  for (const Position position : oracle_.must_live()) release_range({position, 1});
  for (int i = 0; i < 10; ++i) {
    now_ += std::chrono::seconds(2);
    log_->tend(now_, false);
    if (log_->commit(now_)) oracle_.committed();
  }
}

// ---- looks

void LogProgram::changed(const DiskModel::Operation& operation) {
  check_operation(operation);
  if (problem_.empty() && random_.chance(options_.looks)) look_at_cuts();
}

void LogProgram::check_operation(const DiskModel::Operation& operation) {
  has_failed_ |= operation.has_failed;
  if (has_failed_) oracle_.doubt_openings();
  if (!is_segment(operation.path)) return;
  if (operation.call == "write" || operation.call == "sync") {
    if (failed_.contains(operation.path)) fail("it goes on with a segment that has failed");
    if (operation.has_failed) failed_.insert(operation.path);
  }
  if (operation.call == "write") written_.insert(operation.path);
  if (operation.call == "sync" && !operation.has_failed && written_.contains(operation.path)) {
    synced_.insert(operation.path);
  }
  if (operation.call == "unlink") check_unlink(operation.path);
  if (operation.call == "rename") forget(operation.path);  // it is damaged, and kept for a look
}

void LogProgram::check_unlink(const std::string& path) {
  ++unlinked_;
  const bool is_oldest = synced_.empty() || *synced_.begin() >= path;
  if (!is_opening_ && !is_oldest && synced_.contains(path)) {
    fail("it unlinks a segment that is not the oldest");
  }
  forget(path);
}

void LogProgram::forget(const std::string& path) {
  if (disk_->has(path)) return;
  written_.erase(path);
  synced_.erase(path);
  failed_.erase(path);
}

void LogProgram::look_at_cuts() {
  for (const Keep keep : kKeeps) {
    const std::string how = "a cut that keeps " + std::to_string(static_cast<int>(keep));
    look_at(disk_->cut(keep, random_.next()), how);
  }
  look_at(disk_->killed(), "a kill");
  look_at(disk_->killed()->cut(Keep::kRandom, random_.next()), "a kill, then a cut");
}

// Twice: what the first process behind the crash writes must not harm what was there.
void LogProgram::look_at(std::unique_ptr<DiskModel> disk, const std::string& how) {
  ++looks_;
  LogOracle oracle = oracle_;
  std::unique_ptr<SpoolSpace> space;
  std::unique_ptr<Log> log;
  for (const char* which : {"the first", "the second"}) {
    log.reset();
    const std::string when = how + ", " + which + " opening: ";
    space = new_space(*disk);
    auto opened = Log::open(*disk, *space, log_options(options_, now_), kNobody);
    if (!opened) return fail(when + "it does not open: " + opened.error().message);
    log = std::move(*opened);
    const std::vector<LiveRecord> live = read_all(*disk, *log, 0);
    if (const std::string problem = oracle.check(live); !problem.empty())
      return fail(when + problem);
    if (options_.has_ids) {
      const std::string problem = check_ids(*log, oracle, live);
      if (!problem.empty()) return fail(when + problem);
    }
    if (!has_failed_ && log->recovery().lost_records + log->recovery().damaged.size() != 0) {
      return fail(when + "it finds damage");
    }
    oracle.reopened(live);
    std::string records;
    append_record(records, oracle.new_record(20));
    const Position first = log->add(records, 1);
    if (!live.empty() && first <= live.back().first)
      return fail(when + "a position is given twice");
    oracle.added(first, 1);
    const auto done = log->commit(now_);
    if (done) oracle.committed();
    if (!done && options_.max_bytes == 0 && !is_disk_small())
      return fail(when + "no commit behind it");
    auto after = disk->cut(Keep::kNone, 1);
    log.reset();
    disk = std::move(after);
  }
}

}  // namespace awps
