#include "spool/check.h"

#include <algorithm>

#include "spool/log_folder.h"
#include "spool/log_reader.h"
#include "spool/recovery.h"

namespace awps {

namespace {

constexpr int kMostTries = 4000;  // to read on, where nothing can be read: some blocks, each often

// The oldest segment that is there now; behind all, if there is none.
uint64_t oldest_segment(FileSystem& files, const std::string& folder, uint32_t kind) {
  uint64_t oldest = UINT64_MAX;
  const Result<std::unique_ptr<Folder>, IoError> opened = files.open_folder(folder);
  if (!opened) return oldest;
  const Result<std::vector<std::string>, IoError> names = (*opened)->list();
  if (!names) return 0;
  for (const std::string& name : *names) {
    oldest = std::min(oldest, segment_number(name, kind).value_or(UINT64_MAX));
  }
  return oldest;
}

}  // namespace

Result<LogCheck, LogOpenError> check_log(FileSystem& files, const std::string& folder,
                                         const VisitRecord& visit, uint32_t kind) {
  Result<RecoveredLog, LogOpenError> log = recover(
      files, {.folder = folder, .kind = kind, .is_of_others = true}, [](uint64_t, uint64_t) {});
  if (!log) return log.error();
  LogState& state = log->state;
  LogCheck check{.found = std::move(log->found),
                 .moved = state.moved().size(),
                 .oldest = state.oldest_since(),
                 .put_aside = std::move(log->put_aside)};
  check.found.other_store = false;  // nobody has said whose it should be
  for (const Segment& segment : state.segments()) {
    const uint64_t written = segment.next - segment.first;
    check.released += written - state.live().count({segment.first, written});
  }
  check.released -= std::min(check.released, check.found.lost_records);
  LogFolder log_folder(files, folder, kind);
  LogReader reader(log_folder, state);
  for (int tries = 0; reader.position() < log->next;) {
    const Position before = reader.position();
    const Result<void, IoError> read = reader.read(log->next, size_t{1} << 20U, visit);
    tries = reader.position() > before ? 0 : tries + 1;
    if (!read && tries > kMostTries) return unreadable_log(read.error());
  }
  // What was delivered meanwhile is not lost.
  const std::vector<PositionRange> lost = reader.take_lost();
  const uint64_t oldest = lost.empty() ? 0 : oldest_segment(files, folder, kind);
  for (const PositionRange& range : lost) {
    const Segment* home = state.home_of(range.first);
    if (home == nullptr || home->number < oldest) continue;
    check.found.lost_records += range.count;
    check.found.lost.push_back(range);
  }
  return check;
}

}  // namespace awps
