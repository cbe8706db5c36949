#pragma once

// Why actions of streams have no outcome yet, for people: each holds the offset of its partition
// back.
//
// One thread: the hub's worker. One look at each entry of the hub.

#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "hub/pipeline.h"
#include "queue/hub_for_streams.h"

namespace awps {

/// In words, in the order of `actions`: "held: service unreachable (since 12 s)".
std::vector<std::string> waiting_reasons(Pipeline& pipeline,
                                         std::span<const HubForStreams::Waiting> actions,
                                         Instant now);

/// Of one that the pipeline has.
std::string waiting_reason(const Entry& entry, const Pipeline& pipeline, Instant now);

}  // namespace awps
