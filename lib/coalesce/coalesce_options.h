#pragma once

// CoalesceOptions: which rules of coalescing a hub follows, and their bounds. Each rule has a page
// of its own in this folder: what it does, and why no client can tell (or what it must expect).

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"

namespace awps {

enum class MergeFormat : uint8_t { kJsonArray, kLines };

struct CoalesceOptions {
  enum class FanOut : uint8_t { kOff, kUsers, kUsersAndConnections };

  struct Merge {
    std::string groups;  // '*' stands for any characters
    MergeFormat format = MergeFormat::kJsonArray;
    size_t max_bytes = 64 * 1024;  // of one merged message

    friend bool operator==(const Merge&, const Merge&) = default;
  };

  bool enabled = true;  // false: none of the rules, merge included
  bool supersede = true;
  bool conflate = true;
  Duration linger = Duration::zero();  // how long what could be coalesced waits on purpose
  FanOut fan_out = FanOut::kUsers;
  uint32_t fan_out_min = 8;
  double fan_out_per_second = 100;
  bool bulk_membership = false;
  uint32_t max_members = 100;   // names in one filter
  size_t max_url_bytes = 6144;  // of a fan-out; a bulk operation's filter is held to it, too
  std::vector<Merge> merge;     // the first that fits a group counts
};

}  // namespace awps
