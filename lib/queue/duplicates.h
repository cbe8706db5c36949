#pragma once

// How a batch carries the ids by which its hub knows duplicates, and how these leave it. A
// duplicate is an action that the hub has accepted before, on this connection or another one: it
// takes its seq, has its receipt and its Outcome, and nothing else becomes of it.
//
// Not deduplicated are actions without id, and elements of an ordered batch: there one could
// overtake the other.

#include <cstdint>
#include <vector>

#include "queue/batch.h"
#include "queue/outcome.h"

namespace awps {

/// Intake thread, of a batch that is about to enter, if its account asks for it, see
/// Account::id_scope.
void note_ids(Batch& batch);

struct TakenOut {
  uint64_t actions = 0;
  uint64_t charge = 0;  // still held: it may be released once `outcomes` were pushed
};
/// Takes the duplicates that are marked out of the batch, which may have nothing left. Their
/// outcomes are appended, if their producer wants them. The hub's committer or worker.
TakenOut take_out_duplicates(Batch& batch, std::vector<Outcome>& outcomes);

}  // namespace awps
