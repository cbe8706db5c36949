#pragma once

// GatewayConfig: what [gateway] and [hubs.NAME.gateway] say: the HTTP door of the service's own
// SDKs. Part of config.h, which has the rules.

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"

namespace awps {

/// [hubs.NAME.gateway], and the same keys of [gateway] for hubs that do not say them.
struct HubGatewayConfig {
  enum class Answer : uint8_t { kDelivered, kAccepted };
  Answer answer = Answer::kDelivered;
  Duration answer_within = std::chrono::seconds(5);
  std::vector<std::string> allow_keys = {"service"};  // names of settings; kServiceKeys

  friend bool operator==(const HubGatewayConfig&, const HubGatewayConfig&) = default;
};

/// In allow_keys: the keys of the hub's own service.
inline constexpr const char* kServiceKeys = "service";

/// [gateway].
struct GatewayConfig {
  enum class Reads : uint8_t { kPass, kRefuse };
  enum class Entra : uint8_t { kOff, kLoopback };
  std::string listen;           // empty: there is no gateway
  bool plain = false;           // without TLS beyond this machine
  std::string tls_certificate;  // NAME of a credential, or a path
  HubGatewayConfig each_hub;    // what [hubs.NAME.gateway] leaves out
  Reads reads = Reads::kPass;
  uint64_t max_reads = 16;
  Entra allow_entra = Entra::kOff;
  std::vector<std::string> allow_hosts;  // lower case
  uint64_t max_connections = 4096;
  uint64_t max_partial_bytes = uint64_t{64} << 20U;

  bool is_on() const { return !listen.empty(); }
  friend bool operator==(const GatewayConfig&, const GatewayConfig&) = default;
};

}  // namespace awps
