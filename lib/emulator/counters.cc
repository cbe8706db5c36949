#include "emulator/counters.h"

#include <nlohmann/json.hpp>

namespace awps::emulator {

std::string counters_json(const Counters& counters) {
  nlohmann::ordered_json out;
  out["requests"] = counters.requests;
  auto& operations = out["byOperation"] = nlohmann::ordered_json::object();
  for (size_t i = 0; i < kOperationCount; ++i) {
    if (counters.by_operation[i] == 0) continue;
    operations[std::string(operation_name(static_cast<Operation>(i)))] = counters.by_operation[i];
  }
  auto& statuses = out["byStatus"] = nlohmann::ordered_json::object();
  for (const auto& [status, count] : counters.by_status) statuses[std::to_string(status)] = count;
  out["tookEffect"] = counters.took_effect;
  out["faults"] = counters.faults;
  out["throttled"] = counters.throttled;
  out["resets"] = counters.resets;
  out["stalls"] = counters.stalls;
  out["messagesOut"] = counters.messages_out;
  out["connectionsOpened"] = counters.connections_opened;
  out["connectionsClosed"] = counters.connections_closed;
  out["connectionsRecovered"] = counters.connections_recovered;
  out["connections"] = counters.connections;
  return out.dump();
}

}  // namespace awps::emulator
