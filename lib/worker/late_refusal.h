#pragma once

// What producers are told of a batch that could not be written. Pure but for the queues.

#include <string>

#include "queue/batch.h"
#include "queue/report_queue.h"

namespace awps {

/// Refuses each of its actions. Its account is not touched afterwards.
void refuse_late(Batch& batch, const std::string& hub, Reporter& reporter);
/// They were accepted, and nothing keeps them: says so where outcomes are wanted.
void report_lost(const Batch& batch, Reporter& reporter);

}  // namespace awps
