#include "daemon/awpsd/memory_return.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <utility>

namespace awps {

namespace {

constexpr Duration kShortestWait = std::chrono::seconds(4);
constexpr Duration kLongestWait = std::chrono::minutes(5);
constexpr size_t kWorthIt = size_t{1} << 20U;

}  // namespace

MemoryReturn::MemoryReturn(Parts parts)
    : parts_(std::move(parts)), base_(parts_.resident()), wait_(kShortestWait) {}

bool MemoryReturn::tick(size_t held, Instant now) {
  if (now < next_) return brings_;
  brings_ = false;
  const size_t before = parts_.resident();
  if (before < base_ + held + held / 2 + kWorthIt) return brings_;
  parts_.trim();
  const size_t after = parts_.resident();
  brings_ = before >= after + kWorthIt;
  wait_ = brings_ ? kShortestWait : std::min(2 * wait_, kLongestWait);
  next_ = now + wait_;
  return brings_;
}

MemoryReturn::Parts system_memory() {
  return {.resident =
              [] {
                size_t size = 0;
                size_t resident = 0;
                std::ifstream("/proc/self/statm") >> size >> resident;
                return resident * static_cast<size_t>(::sysconf(_SC_PAGESIZE));
              },
          .trim = [] { ::malloc_trim(0); }};
}

}  // namespace awps
