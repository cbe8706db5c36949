#include "daemon/awpsd/stream_plan.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "config/forms.h"

namespace awps {

namespace {

constexpr std::string_view kNamespace = "__fullyQualifiedNamespace";
constexpr std::string_view kPort = ":9093";

// An identity's token is for its namespace, and opens nothing else.
Result<EntraIdentity> identity_for(const SettingsSource& settings, const std::string& name,
                                   const std::string& host) {
  Result<IdentitySettings> identity =
      resolve_identity(settings, name, ServiceEndpoint{"https://" + host});
  if (!identity) return identity.error();
  identity->scope = "https://" + host + "/.default";
  return resolve_entra(*identity, name, settings);
}

}  // namespace

bool may_address(const StreamConfig& stream, std::string_view hub) {
  return stream.hub == hub || std::ranges::any_of(stream.hubs, [&](const std::string& name) {
           return name == hub || name == kAnyHub;
         });
}

Result<StreamConnection> resolve_stream_connection(const SettingsSource& settings,
                                                   const std::string& name) {
  const Result<std::optional<std::string>> text = find_setting(settings, name);
  if (!text) return text.error();
  if (*text) {
    Result<EventHubsConnection> connection = parse_event_hubs_connection(trim(**text));
    if (!connection) return Error{"setting '" + name + "': " + connection.error().message};
    std::string brokers = connection->brokers;
    return StreamConnection{
        .brokers = std::move(brokers), .event_hubs = std::move(*connection), .identity = {}};
  }
  const std::string key = name + std::string(kNamespace);
  const Result<std::optional<std::string>> said = find_setting(settings, key);
  if (!said) return said.error();
  if (!*said) {
    return Error{"setting '" + name +
                 "' is not set: there is neither a systemd credential nor an environment variable "
                 "of that name, nor of " +
                 key + "; set one of them"};
  }
  const Result<std::string> host = check_host(trim(**said));
  if (!host) {
    return Error{"setting '" + key +
                 "' is no host name; write it without scheme and port, such as "
                 "NAME.servicebus.windows.net"};
  }
  Result<EntraIdentity> identity = identity_for(settings, name, *host);
  if (!identity) return identity.error();
  return StreamConnection{
      .brokers = *host + std::string(kPort), .event_hubs = {}, .identity = std::move(*identity)};
}

KafkaTokenProvider tokens_of(const std::shared_ptr<EntraTokenKeeper>& keeper) {
  return [keeper]() -> Result<KafkaToken> {
    const std::shared_ptr<const EntraSnapshot> snapshot = keeper->snapshot();
    if (snapshot != nullptr && !snapshot->token.empty()) {
      return KafkaToken{.value = snapshot->token, .expires_at = snapshot->expires_at};
    }
    const bool has_failed = snapshot != nullptr && !snapshot->failure.empty();
    return Error{has_failed ? snapshot->failure : "the first token has not come yet"};
  };
}

StreamPlan plan_after_reload(const StreamPlan& present, const StreamPlan& planned) {
  StreamPlan plan = present;
  plan.config.hubs = planned.config.hubs;
  plan.config.max_ahead = planned.config.max_ahead;
  plan.service_timeout = planned.service_timeout;
  return plan;
}

}  // namespace awps
