#pragma once

// DeadLetterStore: what was given up, with the reason, until an operator sends it again or throws
// it away. The interface is for what keeps it: DeadLetters keeps it in memory; KeptLetters
// (worker/kept_letters.h) keeps it on disk as well, without a change to the pipeline.
//
// 1. Letters have numbers, from 1, ascending in the order given up.
// 2. Bounded by count, bytes and age; the oldest goes first, and is counted.
// 3. A letter that is sent again is not shown. It ends with its action, or is put back.
// 4. The place of its action in the hub's log is released by way of the store, which knows when
//    the letter is safe.
//
// One thread: the hub's worker.

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "hub/lane_mode.h"
#include "record/record.h"

namespace awps {

struct DeadLetter {
  uint64_t number = 0;  // given by the store
  std::string record;   // the action and its origin, see record/record.h
  /// Of a record of a stream that was refused, or a part of it: JSON of it, see refused_record.h.
  /// There is no action then, so it is not sent again.
  std::string stream_record{};
  std::string producer;  // name from the hello, may be empty
  std::string code;      // refused, retries_exhausted, ambiguous, unreadable; or of a refusal
  std::string reason;    // what the service said, or what was exceeded
  std::string body;      // of the last answer, its beginning, readable; may be empty
  int http_status = 0;   // 0: no answer
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
  bool overtaken = false;    // a later one waited already when it was given up
  bool is_restored = false;  // an earlier process gave it up: nobody knows what came later
  // Of its action, where the hub has a log, and what the run of that was; 0: it has none.
  uint64_t position = 0;
  uint32_t run = 0;
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

  /// Returns the number that it gave the letter.
  virtual uint64_t add(DeadLetter letter) = 0;
  /// Drops what is too old.
  virtual void age(Instant now) = 0;
  virtual void set_options(const Options& options) = 0;
  virtual Summary summary() const = 0;
  /// Up to `limit` with numbers above `after`, ascending.
  virtual std::vector<DeadLetter> page(uint64_t after, size_t limit) const = 0;
  /// Shows all with numbers above `after`, ascending.
  virtual void visit(uint64_t after, const std::function<void(const DeadLetter&)>& see) const = 0;
  /// Throws them away, and says how many there were.
  virtual uint64_t purge(const LetterChoice& choice) = 0;
  /// Takes them out to send them again, ascending; a number that is not there is left out.
  virtual std::vector<DeadLetter> take(const LetterChoice& choice) = 0;
  /// It was taken out, and was not sent; or is from an earlier process. It has its number.
  virtual void put_back(DeadLetter letter) = 0;
  /// It was taken out; its action has its outcome, or is safe elsewhere. Unknown ones do no harm.
  virtual void ended(uint64_t number) = 0;
  /// It was taken out; its action is in the hub's log, synced, and names it.
  virtual void logged(uint64_t number) = 0;
  /// What is accepted from now on is not watched: later actions may have overtaken any of them.
  virtual void count_all_as_overtaken() = 0;

  /// Appends the positions in the hub's log of actions whose letters are safe by now. Outcomes and
  /// ends of letters are told before: what has changed since the last call goes to the disk.
  virtual void hand_over(std::vector<uint64_t>& positions) = 0;
  /// Those of the last hand_over() are of generation `handed` (committer.h); what is of `synced`
  /// or before is released for good.
  virtual void released(uint64_t handed, uint64_t synced) = 0;

  /// The hub begins, with this run of its log; 0: it has none, and positions wait until it does.
  virtual void begin_run(uint32_t run) = 0;
  /// Before that, of a hub that was gone: what its log, in which `lives` tells of a position, still
  /// has of actions that were given up. Those that are `released` are to be released in it, as
  /// generation 1. Those that are `withheld` are neither sent nor released: hand_over() gives them
  /// once their letters are safe.
  struct Claims {
    std::vector<uint64_t> released;
    std::vector<uint64_t> withheld;
  };
  using Lives = std::function<bool(uint64_t position)>;
  virtual Claims come_back(const Lives& lives) = 0;
  /// There are positions that its log may still have: it must not be thrown away.
  virtual bool owes() const = 0;

  /// Where letters are kept, and what is wrong with it.
  struct Storage {
    bool is_on_disk = false;
    bool has_numbers_of_disk = false;  // no letter on disk has the number of another one
    uint64_t unwritten = 0;            // of those that are to be on disk, in memory alone so far
    std::string error{};  // what is wrong with the disk: why these wait; empty: nothing
  };
  virtual Storage storage() const = 0;
};

/// In memory.
class DeadLetters final : public DeadLetterStore {
 public:
  explicit DeadLetters(const Options& options) : options_(options) {}
  /// The next letter has a greater number.
  void count_from(uint64_t last_number) { last_number_ = std::max(last_number_, last_number); }
  /// Sees the number of each letter that goes because of a bound.
  void on_drop(std::function<void(uint64_t)> visit) { on_drop_ = std::move(visit); }

  uint64_t add(DeadLetter letter) override;
  void age(Instant now) override;
  void set_options(const Options& options) override { options_ = options; }
  Summary summary() const override;
  std::vector<DeadLetter> page(uint64_t after, size_t limit) const override;
  void visit(uint64_t after, const std::function<void(const DeadLetter&)>& see) const override;
  uint64_t purge(const LetterChoice& choice) override { return take(choice).size(); }
  std::vector<DeadLetter> take(const LetterChoice& choice) override;
  void put_back(DeadLetter letter) override;
  void ended(uint64_t /*number*/) override {}
  void logged(uint64_t /*number*/) override {}
  void count_all_as_overtaken() override;
  void hand_over(std::vector<uint64_t>& positions) override;
  void released(uint64_t /*handed*/, uint64_t /*synced*/) override {}
  void begin_run(uint32_t /*run*/) override {}
  Claims come_back(const Lives& lives) override;
  bool owes() const override { return false; }
  Storage storage() const override { return {}; }

 private:
  void keep_bounds();
  void drop_oldest();

  Options options_;
  std::function<void(uint64_t)> on_drop_;
  std::vector<uint64_t> positions_;  // for hand_over()
  std::deque<DeadLetter> letters_;
  uint64_t bytes_ = 0;
  uint64_t last_number_ = 0;
  uint64_t dropped_ = 0;
};

}  // namespace awps
