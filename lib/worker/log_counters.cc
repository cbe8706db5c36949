#include "worker/log_counters.h"

namespace awps {

void LogCounters::publish(const Log& log, const Tail& tail, const StorageState& storage) {
  const Log::Status status = log.status();
  counters_.written_bytes.set(status.written_bytes);
  counters_.released.set(status.released);
  counters_.moved_bytes.set(status.moved_bytes);
  counters_.lost_records.set(log.recovery().lost_records + tail.lost());
  counters_.damaged_ranges.set(log.recovery().damaged.size());
  counters_.bytes.set(status.bytes);
  counters_.segments.set(status.segments);
  counters_.records.set(status.records);
  counters_.tail_records.set(tail.records());
  counters_.failed.set(storage.kind() == StorageState::Kind::kFailed ? 1 : 0);
  const WallTime oldest = status.oldest_since.value_or(WallTime{});
  counters_.oldest_at.set(static_cast<uint64_t>(oldest.time_since_epoch().count()));
}

}  // namespace awps
