#pragma once

// pass(): names a place between two steps of which a crash may see only the first.
//
// In awpsd it does nothing. The test program awpsd-fault links the same objects with another pass()
// (tests/fault/fault_point.cc), which counts, and kills the process at the place that a test names.
//
// Any thread.

#include <cstddef>
#include <cstdint>

namespace awps {

enum class FaultPoint : uint8_t {
  // The committer's, in the order of one turn.
  kBatchQueued,         // taken from the doors, nothing written
  kBeforeWrite,         // a group is complete
  kHalfWrite,           // by awpsd-fault alone: half of a write's bytes are written
  kAfterWrite,          // written, not synced
  kAfterSync,           // synced, nobody knows
  kBeforePublish,       // the worker does not have it yet
  kPublished,           // the worker has it, its producer is not told
  kCommittedTold,       // "committed up to" is on its way to the producers
  kBeforeReleaseWrite,  // settled positions are known, and not written
  kAfterReleaseSync,    // they are synced
  kWindowRead,          // records were read back from disk
  kToTail,              // memory is full: what comes now waits on disk only
  kToDirect,            // nothing waits on disk only any more

  // The worker's.
  kSent,      // requests are under way
  kAnswered,  // there are answers, and no outcomes yet
  kSettled,   // outcomes are on their way to the producers, their positions not to the committer

  // The log's.
  kSegmentMade,      // its file exists, its name is not synced
  kDirectorySynced,  // its name is synced
  kHeaderWritten,    // its header is written, perhaps not synced
  kMovedSynced,      // stragglers are synced in their new place, and still there in the old
  kBeforeUnlink,     // of the oldest segment
  kAfterUnlink,

  // The keeper's of dead letters.
  kLetterSynced,    // a letter is synced, and nobody knows
  kLetterReleased,  // one is gone for good
};
constexpr size_t kFaultPoints = static_cast<size_t>(FaultPoint::kLetterReleased) + 1;

void pass(FaultPoint point);

}  // namespace awps
