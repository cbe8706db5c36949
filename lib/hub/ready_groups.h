#pragma once

// ReadyGroups: the ready entries that could share one request, by a key of what they have in
// common. The key is a hash: whoever makes an operation of a group compares.
//
// One thread. O(1).

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>

#include "hub/entry.h"

#include "base/release_memory.h"

namespace awps {

class ReadyGroups {
 public:
  struct Group {
    Entry* first = nullptr;  // linked by next_alike, the one that became ready first
    Entry* last = nullptr;
    size_t count = 0;
  };

  /// `key` is not 0.
  void add(Entry& entry, uint64_t key);
  /// Does nothing for an entry that is in no group.
  void remove(Entry& entry);
  size_t count_of(uint64_t key) const;
  bool empty() const { return groups_.empty(); }
  /// There are no groups.
  void release_memory() { release_memory_of(groups_); }
  /// The group of an entry that is in one.
  const Group& group_of(const Entry& entry) const {
    return groups_.find(entry.turn->group_key)->second;
  }

 private:
  boost::unordered_flat_map<uint64_t, Group> groups_;
};

}  // namespace awps
