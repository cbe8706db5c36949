#pragma once

// KeptLetters: the dead letters of a hub, in memory and on disk. Memory answers every question; the
// disk is its mirror, written by the keeper a moment later, for the next start.
//
// 1. Nothing here waits for the disk, or is lost by its failure: what it does not take stays in
//    memory.
// 2. The position of a given-up action goes to the committer once its letter is synced, or dropped;
//    if the action was sent again meanwhile and became another letter, once that one is. While the
//    hub has no committer, because it is gone, positions wait.
// 3. A letter goes from the disk once the release of its position is synced: else a crash between
//    the two would bring its action back.
// 4. A letter that is sent again stays on disk until ended().
//
// One thread at a time: the hub's worker; later, whoever holds its RestingHub.

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "hub/dead_letters.h"
#include "hub/letter_bytes.h"
#include "worker/letter_box.h"

namespace awps {

/// One that the disk has had from before.
struct RestoredLetter {
  DeadLetter letter;  // with its number
  /// The generation in which its position is released (committer.h); 0: it has none that lives.
  uint64_t generation = 0;
};
/// Of a position that this process cannot release: nobody knows whether it is that of the letter.
inline constexpr uint64_t kNeverReleased = UINT64_MAX;

class KeptLetters final : public DeadLetterStore {
 public:
  /// `writes`: false: what comes is kept in memory alone; what the disk has goes in its time.
  KeptLetters(const Options& options, LetterBox& box, const Clock& clock, bool writes);

  /// Before the first other call. Those of the numbers `done`, which ascend, were sent again, and
  /// go; so do those that are beyond the bounds.
  void restore(std::vector<RestoredLetter> letters, const std::vector<uint64_t>& done);
  uint64_t add(DeadLetter letter) override;
  void age(Instant now) override;
  void set_options(const Options& options) override { letters_.set_options(options); }
  Summary summary() const override { return letters_.summary(); }
  std::vector<DeadLetter> page(uint64_t after, size_t limit) const override {
    return letters_.page(after, limit);
  }
  void visit(uint64_t after, const std::function<void(const DeadLetter&)>& see) const override {
    letters_.visit(after, see);
  }
  uint64_t purge(const LetterChoice& choice) override;
  std::vector<DeadLetter> take(const LetterChoice& choice) override {
    return letters_.take(choice);
  }
  void put_back(DeadLetter letter) override;
  void ended(uint64_t number) override;
  void logged(uint64_t number) override { let_go(number, 0); }
  void count_all_as_overtaken() override { letters_.count_all_as_overtaken(); }
  void hand_over(std::vector<uint64_t>& positions) override;
  void released(uint64_t handed, uint64_t synced) override;
  void begin_run(uint32_t run) override { run_ = run; }
  Claims come_back(const Lives& lives) override;
  bool owes() const override;
  Storage storage() const override;

 private:
  // Of a letter whose position may live.
  struct Ticket {
    uint64_t position = 0;
    bool is_in_memory = false;  // the letter, for good
    bool is_unknown = false;    // kNeverReleased
    bool is_handed = false;     // to the committer
    bool wants_to_go = false;   // the letter, once the position is released
    LetterBox::Gone gone{};     // then
  };
  // A position whose letter was replaced before it was written.
  struct Owed {
    uint64_t position = 0;
    LetterBox::Gone until{};  // its `after`
  };
  struct Handed {
    uint64_t number = 0;
    uint64_t generation = 0;
  };

  bool is_safe(uint64_t number, const Ticket& ticket) const;
  void free_position(uint64_t position, uint64_t number, uint64_t after);
  void give_positions();
  void let_dropped_go();
  void let_go(uint64_t number, uint64_t after);
  bool forget_unwritten(uint64_t number, uint64_t after);

  LetterBox& box_;
  // Wall time is counted from here on, so that two letters of one moment stay of one moment.
  const LetterTime begin_;
  const bool writes_;
  uint32_t run_ = 0;
  DeadLetters letters_;
  LetterBox::Changes changes_;
  std::vector<uint64_t> dropped_;    // by letters_, in the present call
  std::vector<uint64_t> positions_;  // for the next hand_over(): nothing is to be waited for
  std::vector<Owed> owed_;
  std::map<uint64_t, Ticket> tickets_;  // by the letter's number
  std::deque<uint64_t> unwritten_;      // letters with tickets, by number: not handed over yet
  std::vector<uint64_t> handing_;       // whose positions the last hand_over() gave
  std::deque<Handed> handed_;           // generations ascending
  std::vector<uint64_t> late_;          // were about to be written when they were to go
};

}  // namespace awps
