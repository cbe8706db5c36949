#include "tests/worker/overflow_rig.h"

#include <future>
#include <string>
#include <utility>
#include <vector>

#include "queue/memory_position.h"
#include "worker/log_record.h"

namespace awps {

RigOptions overflowing(uint64_t memory) {
  RigOptions options;
  options.max_queued_bytes = memory;
  options.committer.writes = CommitterOptions::Writes::kOverflow;
  return options;
}

std::vector<HeadRecord> head_of(const CommitterRig& rig) {
  std::vector<HeadRecord> records;
  rig.visit_held([&](const Accepted& accepted, const Batch& batch) {
    if (!is_in_memory(accepted.position)) return;
    records.push_back({.position = accepted.position, .bytes = {}});
    append_log_record(records.back().bytes,
                      {.accepted = accepted,
                       .batch = batch,
                       .hub = rig.arrivals->hub(),
                       .accepted_at = rig.committer->run().at(batch.accepted_at()),
                       .run = rig.committer->run().number()});
  });
  return records;
}

bool keep_the_head(CommitterRig& rig, size_t part_size) {
  std::vector<HeadRecord> part;
  bool is_kept = true;
  const auto write = [&] {
    std::future<bool> kept = std::async(
        std::launch::async, [&] { return rig.committer->keep(std::exchange(part, {})); });
    while (kept.wait_for(std::chrono::seconds(0)) != std::future_status::ready) rig.turn();
    is_kept &= kept.get();
  };
  for (HeadRecord& record : head_of(rig)) {
    part.push_back(std::move(record));
    if (part.size() == part_size) write();
  }
  if (!part.empty()) write();
  return is_kept;
}

void close(CommitterRig& rig) {
  rig.committer->stop();
  std::future<void> closed = std::async(std::launch::async, [&] { rig.committer->close_window(); });
  while (closed.wait_for(std::chrono::seconds(0)) != std::future_status::ready) rig.turn();
  rig.take();
}

bool stop(CommitterRig& rig) {
  close(rig);
  const bool is_kept = keep_the_head(rig);
  rig.committer->finish();
  return is_kept;
}

}  // namespace awps
