#pragma once

// SpoolSpace: how much the logs of all hubs may take of the disk. Each log asks before it makes a
// segment, and says when one is gone.
//
// Any thread.

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

#include "spool/file.h"

namespace awps {

class SpoolSpace {
 public:
  struct Options {
    std::string path;  // of the spool: whose disk counts
    uint64_t max_bytes = uint64_t{10} << 30U;
    uint64_t min_free_bytes = uint64_t{1} << 30U;  // left to others
  };

  SpoolSpace(FileSystem& files, Options options) : files_(files), options_(std::move(options)) {}

  enum class Room { kFree, kSpoolFull, kDiskFull };
  /// May a segment of `bytes` more be made?
  Room room_for(uint64_t bytes) const;
  void took(uint64_t bytes) { used_.fetch_add(bytes, std::memory_order_relaxed); }
  void gave_back(uint64_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

  uint64_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  FileSystem& files_;
  const Options options_;
  std::atomic<uint64_t> used_{0};
};

}  // namespace awps
