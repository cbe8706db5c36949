#pragma once

// Gatherer: which entries go in one request with the one whose turn it is (rules fan_out,
// bulk_membership, merge).
//
// 1. Across lanes (fan_out, bulk_membership) only entries that may start now, in lanes and barriers
//    of their own; nobody waits for another. Within a lane (merge) only the next ones, each held
//    back by nothing but this lane.
// 2. Across lanes only while more are ready than may go one by one: where permits suffice, all go
//    singly and at once. A fan-out also needs a permit of fan_out_per_second.
// 3. A name stands at most once in an operation.
// 4. The bounds: names in a filter, bytes of the URL, bytes of a merged message, and what the
//    endpoint has shown not to take.
//
// One thread. O(1) for each entry that is gathered: a search that finds nobody ends soon.

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "coalesce/coalesce_options.h"
#include "coalesce/merge.h"
#include "hub/operation.h"
#include "hub/ready_groups.h"
#include "limit/endpoint_state.h"
#include "limit/gcra.h"

namespace awps {

/// Those that go together, in the order of their lane or of their becoming ready; the first is the
/// one whose turn it was.
struct Gathered {
  OperationForm form = OperationForm::kSingle;
  std::vector<Entry*> entries;
  size_t url_bytes = 0;
};

class Gatherer {
 public:
  /// `url_prefix_bytes`: of a broadcast's URL without its filter. Borrows `options`.
  Gatherer(const CoalesceOptions& options, size_t url_prefix_bytes, const EndpointState& endpoint);

  /// The options that it borrows have changed.
  void options_changed();

  /// nullptr: the action goes as it is.
  const CoalesceOptions::Merge* merge_rule_for(const Action& action) const;
  /// Could it be coalesced with what comes while it lingers?
  bool gains_by_waiting(const Entry& entry) const;
  void add_ready(Entry& entry);
  void remove_ready(Entry& entry) { groups_.remove(entry); }
  /// Somebody is ready who could share a request: else it does not matter whether it is crowded.
  bool has_groups() const { return !groups_.empty(); }

  /// `lead` is ready. `crowded`: see 2. The result is valid until the next call.
  const Gathered& gather(Entry& lead, bool crowded, Instant now);

  /// Nobody is ready.
  void release_memory();

  /// For people: how many are ready that may go by one filter with such an action.
  size_t ready_alike(const Action& action) const;
  /// For people: when the next fan-out may go.
  Instant next_fan_out() const { return fan_outs_.earliest(); }

 private:
  uint64_t group_key_of(const Action& action) const;
  void gather_lane(Entry& lead, Instant now);
  void gather_group(Entry& lead, size_t frame_bytes, Instant now);
  bool gather_fan_out(Entry& lead, Instant now);
  bool gather_bulk(Entry& lead, Instant now);
  bool alike(const Entry& a, const Entry& b) const;

  const CoalesceOptions& options_;
  const size_t url_prefix_bytes_;
  const EndpointState& endpoint_;
  MergeRules merge_rules_;
  Gcra fan_outs_;
  ReadyGroups groups_;
  Gathered gathered_;
  boost::unordered_flat_set<uint64_t> names_;  // scratch
};

}  // namespace awps
