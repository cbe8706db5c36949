#pragma once

// How an explanation words things: lines, numbers, times, and the rules of a hub. Functions of
// their arguments, any thread.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "daemon/awpsd/explain/input.h"
#include "hub/pipeline_options.h"

namespace awps {

/// "1 send", "2 sends".
std::string number_of(uint64_t count, std::string_view noun);
/// "100", "0.5".
std::string number_text(double value);
/// "25 ms", "12.5 ms".
std::string time_text(Duration time);
/// "64 KiB".
std::string size_text(uint64_t bytes);

/// "7", or "7[2]" for the second element of line 7.
std::string place_text(const ExplainInput& input, uint64_t seq);
/// "line 7", "lines 3–102, 105"; beyond `most_ranges` "…" stands for the rest. `seqs` ascend.
std::string places_text(const ExplainInput& input, std::span<const uint64_t> seqs,
                        size_t most_ranges);

/// "supersede, conflate, fan_out users (8 to 100 names, 100 a second); 64 requests at once".
std::string rules_text(const PipelineOptions& options);

}  // namespace awps
