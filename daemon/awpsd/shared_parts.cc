#include "daemon/awpsd/shared_parts.h"

#include <algorithm>
#include <utility>

#include "base/random.h"

namespace awps {

SharedParts::SharedParts(const Clock& clock, spdlog::logger& logger,
                         std::function<void()> on_recovered)
    : clock_(clock), logger_(logger), on_recovered_(std::move(on_recovered)) {}

EndpointState& SharedParts::endpoint_of(const HubPlan& plan) {
  const MutexLock lock(mutex_);
  std::unique_ptr<EndpointState>& endpoint = endpoints_[plan.endpoint_url];
  if (endpoint == nullptr) {
    endpoint = std::make_unique<EndpointState>(endpoint_options(plan.service));
  }
  return *endpoint;
}

EntraTokenKeeper& SharedParts::keeper_of(const HubPlan& plan) {
  const CurlOptions options = token_transport_options(plan);
  for (const auto& known : identities_) {
    if (known->identity == *plan.identity && known->proxy == options.proxy &&
        known->ca_file == options.ca_file) {
      return *known->keeper;
    }
  }
  Identity& made = *identities_.emplace_back(std::make_unique<Identity>());
  made.identity = *plan.identity;
  made.proxy = options.proxy;
  made.ca_file = options.ca_file;
  made.transport = std::make_unique<CurlTransport>(clock_, options);
  made.keeper = std::make_unique<EntraTokenKeeper>(
      EntraTokenKeeper::Options{.identity = *plan.identity, .seed = seed_from_system()},
      *made.transport, clock_, [this](const EntraTokenKeeper::Event& event) { report(event); });
  return *made.keeper;
}

// Where the tokens come at once, as they do, no worker finds itself without.
void SharedParts::start_identities(Duration patience) {
  const Instant end = clock_.now() + patience;
  for (const auto& identity : identities_) {
    if (std::exchange(identity->is_started, true)) continue;
    identity->keeper->ask_first(std::max(end - clock_.now(), Duration::zero()));
    identity->keeper->start();
  }
}

void SharedParts::report(const EntraTokenKeeper::Event& event) {
  using Kind = EntraTokenKeeper::Event::Kind;
  switch (event.kind) {
    case Kind::kRefreshFailed:
      logger_.warn("{}; the token in use is still good, and it is tried again", event.message);
      return;
    case Kind::kNoToken:
      logger_.error("{}; accepted actions wait, and it is tried again", event.message);
      return;
    case Kind::kRecovered:
      logger_.info("{}", event.message);
      on_recovered_();
      return;
  }
}

void SharedParts::release_credential_holds() {
  const MutexLock lock(mutex_);
  for (const auto& [url, endpoint] : endpoints_) {
    Trouble& trouble = endpoint->trouble();
    if (trouble.hold_reason() == HoldReason::kCredential) trouble.release_hold(clock_.now());
  }
}

void SharedParts::forget_what_was_learnt() {
  const MutexLock lock(mutex_);
  for (const auto& [url, endpoint] : endpoints_) endpoint->forget(clock_.now());
}

}  // namespace awps
