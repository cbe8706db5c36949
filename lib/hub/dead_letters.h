#pragma once

// DeadLetterStore: what was given up, with the reason, until an operator sends it again or throws
// it away. The interface is for what keeps it: DeadLetters keeps it in memory; one that outlives
// the process takes its place without a change to the pipeline.
//
// 1. Letters have numbers, from 1, ascending in the order given up.
// 2. Bounded by count, bytes and age; the oldest goes first, and is counted.
//
// One thread: the hub's worker.

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "hub/lane_mode.h"
#include "record/record.h"

namespace awps {

struct DeadLetter {
  uint64_t number = 0;    // given by the store
  std::string record;     // the action and its origin, see record/record.h
  std::string producer;   // name from the hello, may be empty
  std::string_view code;  // refused, retries_exhausted, ambiguous
  std::string reason;     // what the service said, or what was exceeded
  std::string body;       // of the last answer, its beginning, readable; may be empty
  int http_status = 0;    // 0: no answer
  uint32_t attempts = 0;
  Instant accepted_at{};
  Instant given_up_at{};
  // For sending it again: its place among the accepted, and what a later action may have overtaken.
  Origin origin;
  struct Lane {
    uint64_t key = 0;
    LaneMode mode = LaneMode::kAbsent;
  };
  std::array<Lane, 2> lanes{};  // of its target; the first absent: what came later cannot be told
  uint64_t watched_since = 0;
  bool overtaken = false;  // a later one waited already when it was given up
};

/// Which letters: those with the numbers, or all.
struct LetterChoice {
  bool all = false;
  uint64_t up_to = 0;             // with `all`: none above it; 0: no bound
  std::vector<uint64_t> numbers;  // ascending

  bool has(uint64_t number) const;
};

class DeadLetterStore {
 public:
  struct Options {
    uint64_t max_count = 10'000;
    uint64_t max_bytes = uint64_t{64} << 20U;
    Duration max_age = std::chrono::hours(7 * 24);
  };

  struct Summary {
    uint64_t count = 0;
    uint64_t bytes = 0;
    uint64_t dropped = 0;  // had to make room, or were too old
    uint64_t last_number = 0;
    std::string_view last_reason;  // of the newest; until the next change
  };

  virtual ~DeadLetterStore() = default;

  virtual void add(DeadLetter letter) = 0;
  /// Drops what is too old.
  virtual void age(Instant now) = 0;
  virtual void set_options(const Options& options) = 0;
  virtual Summary summary() const = 0;
  /// Up to `limit` with numbers above `after`, ascending.
  virtual std::vector<DeadLetter> page(uint64_t after, size_t limit) const = 0;
  /// Takes them out, ascending; a number that is not there is left out.
  virtual std::vector<DeadLetter> take(const LetterChoice& choice) = 0;
  /// What is accepted from now on is not watched: later actions may have overtaken any of them.
  virtual void count_all_as_overtaken() = 0;
};

/// In memory.
class DeadLetters final : public DeadLetterStore {
 public:
  explicit DeadLetters(const Options& options) : options_(options) {}

  void add(DeadLetter letter) override;
  void age(Instant now) override;
  void set_options(const Options& options) override { options_ = options; }
  Summary summary() const override;
  std::vector<DeadLetter> page(uint64_t after, size_t limit) const override;
  std::vector<DeadLetter> take(const LetterChoice& choice) override;
  void count_all_as_overtaken() override;

 private:
  void drop_oldest();

  Options options_;
  std::deque<DeadLetter> letters_;
  uint64_t bytes_ = 0;
  uint64_t last_number_ = 0;
  uint64_t dropped_ = 0;
};

}  // namespace awps
