// What becomes of the actions that a stop leaves: those that the hub's log has stay there, and of a
// hub that overflows to disk, the others are written before them. The rest goes to the file of
// undelivered actions, but for a stream's: that is returned, and its broker has it.

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include "queue/memory_position.h"
#include "record/record_lines.h"
#include "worker/log_record.h"
#include "worker/worker.h"

namespace awps {

namespace {

constexpr size_t kMostHeadBytes = size_t{4} << 20U;  // bytes of a head that are written together

}  // namespace

Record Worker::record_of(const Entry& entry) const {
  return awps::record_of(*entry.accepted, *entry.batch, options_.hub.hub,
                         clock_.now() - entry.batch->accepted_at());
}

// For each action that is left, in order of acceptance: does the log have it?
std::vector<bool> Worker::keep_in_log(bool may_write) {
  std::vector<bool> is_kept;
  std::vector<HeadRecord> records;
  std::vector<size_t> places;  // of these, in is_kept
  size_t bytes = 0;
  const auto write = [&] {
    if (records.empty()) return;
    may_write = committer_->keep(std::exchange(records, {}));
    for (const size_t place : std::exchange(places, {})) is_kept[place] = may_write;
    bytes = 0;
  };
  pipeline_.visit([&](const Entry& entry) {
    const Position position = entry.accepted->position;
    is_kept.push_back(is_on_disk(position));
    if (!is_in_memory(position) || !may_write) return;
    places.push_back(is_kept.size() - 1);
    HeadRecord& record = records.emplace_back(HeadRecord{.position = position, .bytes = {}});
    append_log_record(record.bytes,
                      {.accepted = *entry.accepted,
                       .batch = *entry.batch,
                       .hub = options_.hub.hub,
                       .accepted_at = committer_->run().at(entry.batch->accepted_at()),
                       .run = committer_->run().number(),
                       .letter = pipeline_.letter_of(entry)});
    bytes += record.bytes.size();
    if (bytes >= kMostHeadBytes) write();
  });
  write();
  return is_kept;
}

// Writes the actions that no log has to the file. Returns where in it each of them ends.
std::vector<uint64_t> Worker::write_undelivered(const std::vector<bool>& is_kept) {
  std::vector<uint64_t> ends(static_cast<size_t>(std::ranges::count(is_kept, false)));
  RecordLines lines(
      [&](std::string_view line, std::span<const size_t> records) {
        const uint64_t end = undelivered_.append(line);
        for (const size_t record : records) ends[record] = end;
      },
      options_.max_undelivered_line_bytes);
  const auto visit = [&](const auto& take) {
    auto kept = is_kept.begin();
    pipeline_.visit([&](const Entry& entry) {
      if (!*kept++) take(record_of(entry));
    });
  };
  visit([&](const Record& record) { lines.expect(record); });
  visit([&](const Record& record) { lines.add(record); });
  return ends;
}

// Producers are told that something is kept once it is safe. `may_write`: to the log; a disk that
// hangs there may well take the file.
void Worker::abandon_rest(bool may_write) {
  while (take_batches()) {
  }
  pipeline_.return_records();
  if (!pipeline_.idle()) {
    const std::vector<bool> is_kept = keep_in_log(may_write);
    kept_ = static_cast<uint64_t>(std::ranges::count(is_kept, true));
    const std::vector<uint64_t> ends = write_undelivered(is_kept);
    const uint64_t safe = ends.empty() ? 0 : undelivered_.sync();
    lost_ =
        static_cast<uint64_t>(std::ranges::count_if(ends, [&](auto end) { return end > safe; }));
    auto end = ends.begin();
    auto kept = is_kept.begin();
    pipeline_.abandon([&](const Entry&) {
      if (*kept++) return Kept::kInLog;
      return *end++ <= safe ? Kept::kInFile : Kept::kNowhere;
    });
  }
  log_.stopped(pipeline_, kept_);
}

}  // namespace awps
