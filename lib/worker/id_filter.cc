#include "worker/id_filter.h"

#include <string>
#include <utility>

#include "spool/bytes.h"

namespace awps {

namespace {

// Records are u32 length, bytes.
void take_out_of_records(Batch::Uncommitted& uncommitted) {
  const std::string& records = uncommitted.records;
  std::string kept;
  kept.reserve(records.size());
  size_t number = 0;
  for (size_t at = 0; at < records.size(); ++number) {
    const size_t bytes = sizeof(uint32_t) + get_number<uint32_t>(records, at);
    if (!uncommitted.ids[number].is_duplicate) kept.append(records, at, bytes);
    at += bytes;
  }
  uncommitted.records = std::move(kept);
}

}  // namespace

void IdFilter::restore(const std::vector<KnownId>& ids) {
  for (const KnownId& id : ids) known_.add(id);
}

uint32_t IdFilter::mark(Batch& batch, WallTime now) {
  if (!batch.has_ids()) return 0;
  known_.expire(now, pending_);
  uint32_t duplicates = 0;
  for (ActionId& id : batch.uncommitted().ids) {
    if (!id.is_set) continue;
    if (known_.contains(id.hash)) {
      if (id.is_new) continue;
      id.is_duplicate = true;
      ++duplicates;
      continue;
    }
    known_.add({.hash = id.hash, .accepted_at = now});
    ++pending_;
  }
  if (duplicates > 0) take_out_of_records(batch.uncommitted());
  return duplicates;
}

void IdFilter::refuse() {
  known_.take_back(std::exchange(pending_, 0));
}

WallTime IdFilter::count_from(WallTime now) {
  known_.expire(now, pending_);
  // On disk they may say an earlier time than here: when they were taken in.
  if (known_.size() > 0 && !known_.is_full()) return now - known_.window();
  return known_.oldest().value_or(WallTime::max());
}

}  // namespace awps
