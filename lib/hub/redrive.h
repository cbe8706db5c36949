#pragma once

// Redrive: dead letters become actions again. They are accepted anew, in the order in which they
// were accepted first, as those of one producer of their own, with their whole time to live. Those
// of one ordered batch, which may come in several calls, share an ordering key.
//
// A batch names the letters that it was until they are safe in a log. One that comes to the worker
// with these names is in memory alone: the letters end with its actions.
//
// One thread: the hub's worker.

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "hub/dead_letters.h"
#include "hub/overtakings.h"
#include "queue/batch.h"
#include "record/record.h"

namespace awps {

class Redrive {
 public:
  /// No connection's number: those count from 1.
  static constexpr uint64_t kProducer = UINT64_MAX;

  Redrive();

  struct Result {
    std::vector<std::unique_ptr<Batch>> batches;
    uint64_t actions = 0;
    std::vector<std::string> warnings;  // what undoes something later, and what is left
    std::vector<DeadLetter> left;       // without an action that can be read: to be kept
  };

  /// The batches hold the letters' actions; nothing is accepted yet.
  Result batches_of(std::vector<DeadLetter> letters, const Overtakings& overtakings, Instant now);

  /// The batch, which was letters, is in memory alone.
  void sent(Batch& batch);
  static bool is_redriven(const Batch& batch) { return batch.account().producer == kProducer; }
  /// The action of this redriven batch has its outcome. The number of the letter that it was, if
  /// that ends with it; 0: it does not.
  uint64_t take_letter_of(const Accepted& accepted);
  /// The same of one that has none yet.
  uint64_t letter_of(const Accepted& accepted) const;

 private:
  static constexpr uint32_t kMostInBatch = 32;

  RecordReader reader_;
  Account account_;
  uint64_t seq_ = 0;
  std::unordered_map<uint64_t, uint64_t> letters_;  // of what is in memory alone, by seq
};

}  // namespace awps
