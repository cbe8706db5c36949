#pragma once

// What coalescing may do to two actions, in the words of DESIGN.md §4.1, without hashes, lanes or
// runs: the oracle's own account of it. Pure.

#include <string_view>

#include "hub/pipeline_options.h"
#include "tests/simulation/oracle.h"

namespace awps {

/// What stands before a filter in the URL of a broadcast.
inline constexpr std::string_view kEndpoint = "https://x.example";
inline constexpr std::string_view kBroadcastPrefix =
    "https://x.example/api/hubs/chat/:send?api-version=2024-12-01&filter=";

/// Must the two wait for each other only because both are values of one target, with different
/// conflationKeys? Then the later one's place may be before the earlier one.
bool wait_only_as_values(const OrderedAction& later, const OrderedAction& earlier,
                         const PipelineOptions& options);

/// By a common orderingKey or ordered batch.
bool asked_for_order(const OrderedAction& later, const OrderedAction& earlier);

/// May the later one supersede the earlier, lanes and times aside?
bool may_supersede(const OrderedAction& later, const OrderedAction& earlier,
                   const CoalesceOptions& rules);

}  // namespace awps
