#pragma once

// Redrive: dead letters become actions again. They are accepted anew, in the order in which they
// were accepted first, as those of one producer of their own, with their whole time to live. Those
// of one ordered batch, which may come in several calls, share an ordering key.
//
// One thread: the hub's worker.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "hub/dead_letters.h"
#include "hub/overtakings.h"
#include "queue/batch.h"
#include "record/record.h"

namespace awps {

class Redrive {
 public:
  Redrive();

  struct Result {
    std::vector<std::unique_ptr<Batch>> batches;
    uint64_t actions = 0;
    std::vector<std::string> warnings;   // what undoes something later, and what could not be read
    std::vector<DeadLetter> unreadable;  // to be kept
  };

  /// The batches hold the letters' actions; nothing is accepted yet.
  Result batches_of(std::vector<DeadLetter> letters, const Overtakings& overtakings, Instant now);

 private:
  static constexpr uint32_t kMostInBatch = 32;

  RecordReader reader_;
  Account account_;
  uint64_t seq_ = 0;
};

}  // namespace awps
