#pragma once

// SharedParts: what hubs have in common: an endpoint's state, by its URL, and an Entra identity's
// tokens, by the identity and the way to them. Each lives as long as a hub that has it. And which
// part of a fleet's limits is this daemon's, as streams tell it.
//
// Any thread.

#include <spdlog/logger.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "auth/entra_token_keeper.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "daemon/awpsd/plan.h"
#include "http/curl_options.h"
#include "http/http_transport.h"
#include "limit/endpoint_state.h"

namespace awps {

/// The way to a service; CurlTransport in the daemon.
using MakeTransport = std::function<std::unique_ptr<HttpTransport>(const CurlOptions&)>;

class SharedParts {
 public:
  struct Options {
    const Clock& clock;
    spdlog::logger& logger;
    MakeTransport make_transport;
    /// An identity has a token again; called in its thread.
    std::function<void()> on_recovered;
  };

  explicit SharedParts(Options options);

  std::shared_ptr<EndpointState> endpoint_of(const HubPlan& plan);
  /// Other limits; with the part of them that is this daemon's.
  void set_limits(EndpointState& endpoint, const HubPlan& plan) EXCLUDES(mutex_);
  /// What a stream owns from now on: it counts for the endpoints whose limits it shares, and for
  /// those that come later.
  void set_part(const std::string& stream, const SharedPart& part) EXCLUDES(mutex_);
  std::shared_ptr<EntraTokenKeeper> keeper_of(const HubPlan& plan);
  /// `transport`: to where its tokens are.
  std::shared_ptr<EntraTokenKeeper> keeper_of(const EntraIdentity& identity,
                                              const CurlOptions& transport);
  /// Asks for the first tokens of the identities that are new, waits for them, together so long at
  /// most, and starts their threads.
  void start_identities(Duration patience);

  /// Ends their threads, which call on_recovered. Their tokens must not be asked for any more.
  void stop_identities();

  /// Other credentials may be taken where the present ones were refused.
  void release_credential_holds();
  /// A reload: of limits, bounds and troubles.
  void forget_what_was_learnt();

 private:
  struct Identity {
    EntraIdentity identity;
    std::string proxy;
    std::string proxy_credentials;
    std::string ca_file;
    std::unique_ptr<HttpTransport> transport;
    std::unique_ptr<EntraTokenKeeper> keeper;
    bool is_started = false;
  };

  void tell_part(EndpointState& endpoint) const REQUIRES(mutex_);
  void report(const EntraTokenKeeper::Event& event);
  std::vector<std::shared_ptr<EndpointState>> endpoints() const;
  std::vector<std::shared_ptr<Identity>> identities();

  const Options options_;
  mutable Mutex mutex_;
  std::map<std::string, std::weak_ptr<EndpointState>> endpoints_ GUARDED_BY(mutex_);  // by URL
  std::map<std::string, SharedPart> stream_parts_ GUARDED_BY(mutex_);  // as last told
  std::vector<std::weak_ptr<Identity>> identities_;                    // of whoever makes hubs
};

}  // namespace awps
