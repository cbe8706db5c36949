#pragma once

// How much memory there is for this process: the machine's, or what its control groups leave of it;
// and whether the configuration's bounds fit into that.
//
// Any thread.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "config/config.h"
#include "daemon/awpsd/plan.h"

namespace awps {

struct MemoryLimit {
  uint64_t bytes = 0;
  std::string set_by;  // for people: "the machine", or a file of a control group
};

/// The least of the machine's memory and memory.max and memory.high of the own control group and
/// its ancestors (version 1: memory.limit_in_bytes). nullopt: nothing is known. `root` is "/".
std::optional<MemoryLimit> memory_limit(const std::filesystem::path& root);

/// What the configured bounds may hold in memory together, dead letters included, and what streams
/// have ready of the partitions of a large topic.
uint64_t most_held_bytes(const Config& config, const Plan& plan);

/// For people; empty: they fit.
std::string warning_of_memory(uint64_t held, const std::optional<MemoryLimit>& limit);

}  // namespace awps
