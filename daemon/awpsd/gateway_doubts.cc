#include "daemon/awpsd/gateway_doubts.h"

#include "daemon/awpsd/gateway_certificate.h"

namespace awps {

namespace {

// Why no token opens the hub; empty: some do.
std::string reason_of_closed(const HubPlan& hub, bool takes_entra) {
  const bool is_restricted = !hub.config.allow_users.empty() || !hub.config.allow_groups.empty();
  if (is_restricted && !hub.gateway.has_own_list) {
    return "it has allow_users or allow_groups, which no token shows: name in [hubs." + hub.hub +
           ".gateway] allow_keys the keys of those who may";
  }
  const bool has_key =
      !hub.gateway.keys.empty() || (hub.gateway.takes_service_keys && !hub.access_keys.empty());
  if (has_key || (takes_entra && !is_restricted)) return "";
  return "allow_keys gives it no key" +
         std::string(hub.identity ? ", and its service is reached with an identity, which has none"
                                  : "") +
         ": name a setting with a key there";
}

}  // namespace

std::vector<std::string> gateway_doubts(const Config& config, const Plan& plan, WallTime now) {
  std::vector<std::string> lines;
  const GatewayConfig& gateway = config.gateway;
  if (!gateway.is_on() || gateway.listen.starts_with("unix:")) return lines;
  const bool takes_entra = gateway.allow_entra == GatewayConfig::Entra::kLoopback;
  for (const HubPlan& hub : plan.hubs) {
    const std::string reason = reason_of_closed(hub, takes_entra);
    if (reason.empty()) continue;
    lines.push_back("hub " + hub.hub + " takes nothing from the gateway at " + gateway.listen +
                    ": " + reason);
  }
  if (gateway.tls_certificate.empty()) return lines;
  const auto certificate = load_certificate(gateway.tls_certificate);
  if (!certificate) return lines;  // a mistake that is told elsewhere
  const std::string warning = warning_of_end((*certificate)->not_after(), now);
  if (!warning.empty()) lines.push_back(warning);
  return lines;
}

}  // namespace awps
