#pragma once

// What a start finds of a hub's dead letters on disk, and what of it contradicts the hub's log.
//
// A crash may come between a letter's sync and the release of its action's position; or between the
// sync of a letter's action, sent again, and the release of the letter. So:
//
// 1. A live position that has a letter is released: the action was given up.
// 2. A letter that a live record names is done with: the action was sent again.
//
// Positions and numbers begin anew where a log was empty, or deleted. So the run counts, too: an
// action was accepted in a run no later than that in which it was given up; and what a letter
// became was accepted no earlier than that.
//
// One thread. It reads both logs once; the hub's only where both have something.

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "hub/letter_bytes.h"
#include "spool/io_error.h"
#include "spool/log.h"
#include "worker/kept_letters.h"

namespace awps {

/// The live letters in their log, by number. What the disk does not give stays there.
Result<std::vector<RestoredLetter>, IoError> read_letters(Log& letters, const LetterTime& moment);

/// The greatest run of a hub's log that a letter speaks of.
uint32_t last_run_of(const std::vector<RestoredLetter>& letters);

struct LetterMatch {
  uint64_t released = 0;       // positions in the hub's log
  std::vector<uint64_t> done;  // letters that were sent again
};
/// By the two rules. What is released in `log` goes out with its next commit, as generation 1; the
/// letters know it. Those that are done are still among them.
Result<LetterMatch, IoError> match_letters(Log& log, std::vector<RestoredLetter>& letters);

}  // namespace awps
