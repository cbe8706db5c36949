#pragma once

// What tests of a hub that overflows to disk have in common: its options, and how it is stopped.

#include "tests/worker/committer_rig.h"

namespace awps {

/// Memory for ten actions of the rig.
inline constexpr uint64_t kTen = 10 * CommitterRig::kCharge;

RigOptions overflowing(uint64_t memory = kTen);

/// What the worker does at a stop: what it has and no log goes to the committer, in parts. False:
/// some of it is not on disk.
bool keep_the_head(CommitterRig& rig, size_t part_size = 2);
/// What the worker has, and no log.
std::vector<HeadRecord> head_of(const CommitterRig& rig);
/// What the worker does before.
void close(CommitterRig& rig);
/// An orderly end of the process: what the worker has is kept.
bool stop(CommitterRig& rig);

}  // namespace awps
