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
// The threads that held it let go of theirs a moment later.
constexpr int kTriesAfterWork = 4;

}  // namespace

MemoryReturn::MemoryReturn(Parts parts)
    : parts_(std::move(parts)), base_(parts_.resident()), wait_(kShortestWait) {}

bool MemoryReturn::tick(size_t held, Instant now) {
  const bool was_busy = std::exchange(is_busy_, held > 0);
  if (was_busy && !is_busy_) {
    patience_ = kTriesAfterWork;
    next_ = now;
  }
  if (now < next_) return soon_;
  const bool is_patient = patience_ > 0;
  patience_ -= is_patient ? 1 : 0;
  soon_ = is_patient;
  const size_t before = parts_.resident();
  if (before < base_ + held + held / 2 + kWorthIt) return soon_;
  parts_.trim();
  const bool brings = before >= parts_.resident() + kWorthIt;
  soon_ = brings || is_patient;
  wait_ = soon_ ? kShortestWait : std::min(2 * wait_, kLongestWait);
  next_ = now + wait_;
  return soon_;
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
