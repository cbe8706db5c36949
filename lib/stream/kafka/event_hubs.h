#pragma once

// EventHubsConnection: "Endpoint=sb://NAME.servicebus.windows.net/;SharedAccessKeyName=…;
// SharedAccessKey=…[;EntityPath=…]", as the portal gives it, and the emulator's with
// "UseDevelopmentEmulator=true". Pure, any thread.
//
// 1. Keys take any letter case, each may stand once; what is missing is named.
// 2. The emulator speaks plain text, so it must be this machine.
// 3. No error contains a key, or any value but the host's name.

#include <string>
#include <string_view>

#include "base/result.h"

namespace awps {

struct EventHubsConnection {
  std::string brokers;      // NAME.servicebus.windows.net:9093
  std::string text;         // the whole string, which is the password; a secret
  std::string key;          // a part of it that must not be shown, either
  std::string entity_path;  // empty: the string is for the namespace
  bool is_emulator = false;
};

Result<EventHubsConnection> parse_event_hubs_connection(std::string_view text);

/// NAME.servicebus.windows.net and its kin of other clouds, with or without a port.
bool is_event_hubs_host(std::string_view host);

}  // namespace awps
