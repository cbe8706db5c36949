#pragma once

// SickRecords: what became of every action of a SickWorld, and a watch on progress.
//
// One thread. A record costs 64 bytes; nothing is forgotten until the end of the run.

#include <array>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "queue/outcome.h"

namespace awps {

/// One action; its seq is its place among the records.
struct SickRecord {
  Instant accepted{};
  Instant settled = kNever;
  Instant last_start{};
  Instant due{};  // the end of its own back-off, while it waits for its next attempt
  uint32_t target = 0;
  uint32_t starts = 0;
  uint16_t producer = 0;
  uint16_t effects = 0;        // how often the service carried it out
  bool culprit = false;        // it would fail alone
  bool beside_poison = false;  // not a culprit, but its target was sent poison
  bool ambiguous = false;      // its last attempt may have taken effect
  OutcomeKind outcome = OutcomeKind::kDelivered;

  bool is_settled() const { return settled != kNever; }
  bool is_delivered() const { return is_settled() && outcome == OutcomeKind::kDelivered; }
  /// It is nobody's fault but the neighbours' if it is late.
  bool is_healthy() const { return !culprit && !beside_poison; }
};

class SickRecords {
 public:
  explicit SickRecords(Instant start) : start_(start), quiet_since_(start) {}

  uint64_t add(const SickRecord& record) {
    records_.push_back(record);
    return records_.size() - 1;
  }
  SickRecord& operator[](uint64_t seq) { return records_[seq]; }
  const std::vector<SickRecord>& all() const { return records_; }

  /// A request starts. `out`: nobody is answered now.
  void note_start(bool out, Instant now);
  void note_settled(uint64_t seq, OutcomeKind kind, Instant now);
  /// Time has passed. `excused`: nothing waits, or nobody is answered, so no progress is expected.
  void watch(bool excused, Instant now);
  /// A send that may have taken effect was repeated in an outage before its own back-off was over.
  void note_ambiguous_probe() { ++ambiguous_probes_; }

  uint64_t starts(Duration from, Duration to) const { return sum(starts_, from, to); }
  uint64_t healthy_done(Duration from, Duration to) const { return sum(healthy_, from, to); }
  uint64_t starts_in_outage() const { return starts_in_outage_; }
  uint64_t ambiguous_probes() const { return ambiguous_probes_; }
  /// The longest time, and the most requests, in which nothing was settled although something
  /// waited and somebody was answered.
  Duration longest_standstill() const { return longest_standstill_; }
  uint64_t most_starts_in_vain() const { return most_starts_in_vain_; }
  uint64_t unsettled() const { return records_.size() - settled_; }
  Instant start() const { return start_; }

 private:
  static constexpr Duration kSlot = std::chrono::milliseconds(10);
  using Slots = std::vector<uint32_t>;

  void begin_watch(Instant now);
  void count(Slots& slots, Instant now) const;
  static uint64_t sum(const Slots& slots, Duration from, Duration to);

  const Instant start_;
  std::vector<SickRecord> records_;
  Slots starts_;
  Slots healthy_;  // delivered, of the healthy
  uint64_t settled_ = 0;
  uint64_t starts_in_outage_ = 0;
  uint64_t ambiguous_probes_ = 0;
  Instant quiet_since_;
  uint64_t starts_in_vain_ = 0;
  Duration longest_standstill_{0};
  uint64_t most_starts_in_vain_ = 0;
};

}  // namespace awps
