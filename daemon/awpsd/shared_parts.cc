#include "daemon/awpsd/shared_parts.h"

#include <algorithm>
#include <utility>

#include "base/random.h"
#include "daemon/awpsd/options.h"

namespace awps {

SharedParts::SharedParts(Options options) : options_(std::move(options)) {}

EndpointState& SharedParts::endpoint_of(const HubPlan& plan) {
  const MutexLock lock(mutex_);
  std::unique_ptr<EndpointState>& endpoint = endpoints_[plan.endpoint_url];
  if (endpoint == nullptr) {
    endpoint = std::make_unique<EndpointState>(endpoint_options(plan.service));
  }
  return *endpoint;
}

EntraTokenKeeper& SharedParts::keeper_of(const HubPlan& plan) {
  const CurlOptions transport = token_transport_options(plan);
  for (const auto& known : identities_) {
    if (known->identity == *plan.identity && known->proxy == transport.proxy &&
        known->proxy_credentials == transport.proxy_credentials &&
        known->ca_file == transport.ca_file) {
      return *known->keeper;
    }
  }
  Identity& made = *identities_.emplace_back(std::make_unique<Identity>());
  made.identity = *plan.identity;
  made.proxy = transport.proxy;
  made.proxy_credentials = transport.proxy_credentials;
  made.ca_file = transport.ca_file;
  made.transport = options_.make_transport(transport);
  made.keeper = std::make_unique<EntraTokenKeeper>(
      EntraTokenKeeper::Options{.identity = *plan.identity, .seed = seed_from_system()},
      *made.transport, options_.clock,
      [this](const EntraTokenKeeper::Event& event) { report(event); });
  return *made.keeper;
}

// Where the tokens come at once, as they do, no worker finds itself without.
void SharedParts::start_identities(Duration patience) {
  const Instant end = options_.clock.now() + patience;
  for (const auto& identity : identities_) {
    if (std::exchange(identity->is_started, true)) continue;
    identity->keeper->ask_first(std::max(end - options_.clock.now(), Duration::zero()));
    identity->keeper->start();
  }
}

void SharedParts::report(const EntraTokenKeeper::Event& event) {
  using Kind = EntraTokenKeeper::Event::Kind;
  switch (event.kind) {
    case Kind::kRefreshFailed:
      options_.logger.warn("{}; the present token is still valid, and awpsd tries again",
                           event.message);
      return;
    case Kind::kNoToken:
      options_.logger.error("{}; accepted actions wait, and awpsd tries again", event.message);
      return;
    case Kind::kRecovered:
      options_.logger.info("{}", event.message);
      options_.on_recovered();
      return;
  }
}

void SharedParts::release_credential_holds() {
  const MutexLock lock(mutex_);
  for (const auto& [url, endpoint] : endpoints_) {
    Trouble& trouble = endpoint->trouble();
    if (trouble.hold_reason() == HoldReason::kCredential)
      trouble.release_hold(options_.clock.now());
  }
}

void SharedParts::forget_what_was_learnt() {
  const MutexLock lock(mutex_);
  for (const auto& [url, endpoint] : endpoints_) endpoint->forget(options_.clock.now());
}

}  // namespace awps
