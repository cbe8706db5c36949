#include "stream/kafka/event_hubs.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/ascii.h"
#include "base/loopback_host.h"

namespace awps {

namespace {

constexpr std::string_view kShapeOfHub =
    " (Endpoint=sb://NAME.servicebus.windows.net/;SharedAccessKeyName=…;SharedAccessKey=…)";

Error hub_fault(const std::string& what) {
  return Error{"Event Hubs connection string: " + what + std::string(kShapeOfHub)};
}

using HubParts = std::map<std::string, std::string>;  // keys in lower case

Result<HubParts> split_hub_string(std::string_view text) {
  HubParts parts;
  size_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find(';'), text.size());
    const std::string_view piece = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (piece.empty()) continue;
    const size_t equals = piece.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return hub_fault("part " + std::to_string(number) + " is not of the form Key=Value");
    }
    const std::string key = to_lower(trim(piece.substr(0, equals)));
    if (!parts.emplace(key, trim(piece.substr(equals + 1))).second) {
      return hub_fault("part " + std::to_string(number) + " repeats a key: each may stand once");
    }
  }
  return parts;
}

std::string part_of(const HubParts& parts, const std::string& key) {
  const auto part = parts.find(key);
  return part == parts.end() ? std::string() : part->second;
}

// NAME.servicebus.windows.net of sb://NAME.servicebus.windows.net/; empty: it is none.
std::string host_of_endpoint(std::string_view endpoint) {
  if (!to_lower(endpoint.substr(0, 5)).starts_with("sb://")) return {};
  endpoint.remove_prefix(5);
  if (endpoint.ends_with('/')) endpoint.remove_suffix(1);
  const std::string host = to_lower(endpoint.substr(0, endpoint.find(':')));
  const bool is_name = !host.empty() && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
  return is_name ? host : std::string();
}

Result<EventHubsConnection> make_hub_connection(const HubParts& parts, std::string_view text) {
  EventHubsConnection made;
  const std::string host = host_of_endpoint(part_of(parts, "endpoint"));
  if (host.empty()) return hub_fault("Endpoint is not of the form sb://HOST/");
  made.text = text;
  made.key = part_of(parts, "sharedaccesskey");
  made.entity_path = part_of(parts, "entitypath");
  const std::string emulator = to_lower(part_of(parts, "usedevelopmentemulator"));
  if (!emulator.empty() && emulator != "true" && emulator != "false") {
    return hub_fault("UseDevelopmentEmulator is neither true nor false");
  }
  made.is_emulator = emulator == "true";
  if (made.is_emulator && !is_loopback_host(host)) {
    return hub_fault("the emulator speaks plain text, so its Endpoint must be this machine, not '" +
                     host + "'");
  }
  made.brokers = host + (made.is_emulator ? ":9092" : ":9093");
  return made;
}

}  // namespace

Result<EventHubsConnection> parse_event_hubs_connection(std::string_view text) {
  text = trim(text);
  if (text.find_first_of("\"'\n\r") != std::string_view::npos) {
    return hub_fault("it has a quote or a line's end in it: write it as the portal gives it");
  }
  const Result<HubParts> parts = split_hub_string(text);
  if (!parts) return parts.error();
  if (parts->contains("accesskey")) {
    return hub_fault("it belongs to another service (AccessKey): take the one of Event Hubs");
  }
  if (!parts->contains("endpoint")) return hub_fault("Endpoint is missing");
  if (parts->contains("sharedaccesssignature")) {
    return hub_fault("a SharedAccessSignature ends some day: write a key, or use an identity");
  }
  for (const auto& [key, name] : {std::pair{"sharedaccesskeyname", "SharedAccessKeyName"},
                                  std::pair{"sharedaccesskey", "SharedAccessKey"}}) {
    if (part_of(*parts, key).empty()) return hub_fault(std::string(name) + " is missing");
  }
  return make_hub_connection(*parts, text);
}

bool is_event_hubs_host(std::string_view host) {
  const std::string name = to_lower(host.substr(0, host.find(':')));
  return name.ends_with(".servicebus.windows.net") ||
         name.ends_with(".servicebus.usgovcloudapi.net") ||
         name.ends_with(".servicebus.chinacloudapi.cn");
}

}  // namespace awps
