#pragma once

// What the emulator has done, in numbers. A value: copied out for tests and the control endpoint.

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "emulator/route.h"

namespace awps::emulator {

struct Counters {
  uint64_t requests = 0;  // answered or deliberately not; control requests do not count
  std::array<uint64_t, kOperationCount> by_operation{};
  std::map<int, uint64_t> by_status;
  uint64_t took_effect = 0;
  uint64_t faults = 0;
  uint64_t throttled = 0;
  uint64_t resets = 0;
  uint64_t stalls = 0;
  uint64_t messages_out = 0;  // handed to connections, by REST and by clients
  uint64_t connections_opened = 0;
  uint64_t connections_closed = 0;
  uint64_t connections_recovered = 0;
  uint64_t connections = 0;  // now, detached ones included

  uint64_t of(Operation operation) const { return by_operation[static_cast<size_t>(operation)]; }
};

std::string counters_json(const Counters& counters);

}  // namespace awps::emulator
