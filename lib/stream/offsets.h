#pragma once

// Offsets: stores what is settled with the group, and keeps the stream's lease.
//
// 1. At most one commit of a partition is under way. One that failed is asked for again a second
//    later, with what is settled by then.
// 2. The lease is extended at each look at the source. After a gap of half a session, as a machine
//    that sleeps makes, it is over, and extended only once a commit was answered as to a member,
//    though some of it, or all, may be refused: until then another may own the partitions. The wait
//    for it is bounded, and between two the stream goes on for a second.
//
// Belongs to the stream's thread.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "metrics/counters.h"
#include "queue/stream_lease.h"
#include "stream/partition.h"
#include "stream/record_source.h"
#include "stream/stream_options.h"

namespace awps {

using Partitions = std::map<int32_t, std::unique_ptr<Partition>>;  // by number

class Offsets {
 public:
  struct Parts {
    const StreamOptions& options;
    RecordSource& source;
    StreamCounters& counters;
    StreamLease& lease;
    std::function<void(const std::string& line)> warn;
    std::function<void(const std::string& line)> inform;
  };
  explicit Offsets(const Parts& parts) : parts_(parts) {}

  /// Once a second: commits what is settled and not stored.
  void commit(const Partitions& partitions);
  /// The same of those that would soon be read no more.
  void commit_urgent(const Partitions& partitions);
  void take(const CommitEnded& ended, const Partitions& partitions);
  /// The last commit of partitions that are given back. Waits for it.
  void commit_last(std::span<const PartitionOffset> offsets, Duration at_most);

  /// The source is about to be asked.
  void look_at_lease(Instant now, const Partitions& partitions);
  bool is_lease_over() const { return is_over_; }

 private:
  void commit_if(const Partitions& partitions, bool (*is_due)(const Partition& partition));
  bool prove(const Partitions& partitions);
  void note_end(std::span<const PartitionOffset> offsets, const std::string& error);

  const Parts parts_;
  std::set<int32_t> failing_;  // partitions whose last commit failed
  Instant looked_at_ = Instant::min();
  Instant proven_at_ = Instant::min();  // when it was tried last
  bool is_over_ = false;
  bool has_proof_failed_ = false;  // at the last look
};

/// How long a commit may be waited for.
Duration commit_wait(const StreamOptions& options);

}  // namespace awps
