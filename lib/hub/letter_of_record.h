#pragma once

// The dead letter of a refused record of a stream. It has no action: nobody could read one, or may
// send it.
//
// Pure; any thread: the JSON is made where the record was refused, so the worker that keeps it
// copies nothing.

#include "base/clock.h"
#include "hub/dead_letters.h"
#include "queue/refused_record.h"

namespace awps {

DeadLetter letter_of(RefusedRecord record, Instant now);

}  // namespace awps
