#pragma once

// StreamPlan: a stream with everything that its configuration and the settings say. Functions of
// their arguments, but for what settings read; any thread.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/entra_identity.h"
#include "auth/entra_token_keeper.h"
#include "auth/settings.h"
#include "base/clock.h"
#include "base/result.h"
#include "config/config.h"
#include "http/curl_options.h"
#include "stream/kafka/kafka_settings.h"

namespace awps {

/// Proves who we are by tokens of Entra ID.
struct StreamIdentity {
  EntraIdentity identity;
  CurlOptions transport;  // to where its tokens are
};

struct StreamPlan {
  std::string name;
  StreamConfig config;         // `hub` names one, where there is a default one
  std::string brokers;         // for people
  Duration service_timeout{};  // the longest of the hubs that it may address
  KafkaSettings settings;      // without a source of tokens, where there is an identity
  std::optional<StreamIdentity> identity{};
};

/// May a record of the stream name it, or does it go there without?
bool may_address(const StreamConfig& stream, std::string_view hub);

/// What follows from the setting that `connection` names.
struct StreamConnection {
  std::string brokers;
  std::optional<EventHubsConnection> event_hubs;
  std::optional<EntraIdentity> identity;
};
Result<StreamConnection> resolve_stream_connection(const SettingsSource& settings,
                                                   const std::string& name);

/// The keeper's token as it is now.
KafkaTokenProvider tokens_of(const std::shared_ptr<EntraTokenKeeper>& keeper);

/// What a running stream goes by after a reload that planned `planned`: but for the hubs that may
/// be named, and max_ahead, all waits for the next start.
StreamPlan plan_after_reload(const StreamPlan& present, const StreamPlan& planned);

}  // namespace awps
