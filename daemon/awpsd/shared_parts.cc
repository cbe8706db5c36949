#include "daemon/awpsd/shared_parts.h"

#include <algorithm>
#include <utility>

#include "base/random.h"
#include "daemon/awpsd/options.h"

namespace awps {

SharedParts::SharedParts(Options options) : options_(std::move(options)) {}

std::shared_ptr<EndpointState> SharedParts::endpoint_of(const HubPlan& plan) {
  const MutexLock lock(mutex_);
  std::erase_if(endpoints_, [](const auto& known) { return known.second.expired(); });
  std::weak_ptr<EndpointState>& known = endpoints_[plan.endpoint_url];
  std::shared_ptr<EndpointState> endpoint = known.lock();
  if (endpoint == nullptr) {
    endpoint = std::make_shared<EndpointState>(endpoint_options(plan.service));
    tell_part(*endpoint);
    known = endpoint;
  }
  return endpoint;
}

void SharedParts::set_limits(EndpointState& endpoint, const HubPlan& plan) {
  const MutexLock lock(mutex_);
  endpoint.set_limits(endpoint_options(plan.service), options_.clock.now());
  tell_part(endpoint);
}

void SharedParts::set_part(const std::string& stream, const SharedPart& part) {
  const MutexLock lock(mutex_);
  stream_parts_[stream] = part;
  for (const auto& [url, known] : endpoints_) {
    const std::shared_ptr<EndpointState> endpoint = known.lock();
    if (endpoint != nullptr && endpoint->shared_by() == stream) tell_part(*endpoint);
  }
}

void SharedParts::tell_part(EndpointState& endpoint) const {
  const auto told = stream_parts_.find(endpoint.shared_by());
  if (told != stream_parts_.end()) endpoint.set_part(told->second, options_.clock.now());
}

std::vector<std::shared_ptr<EndpointState>> SharedParts::endpoints() const {
  const MutexLock lock(mutex_);
  std::vector<std::shared_ptr<EndpointState>> endpoints;
  for (const auto& [url, known] : endpoints_) {
    if (std::shared_ptr<EndpointState> endpoint = known.lock()) {
      endpoints.push_back(std::move(endpoint));
    }
  }
  return endpoints;
}

std::vector<std::shared_ptr<SharedParts::Identity>> SharedParts::identities() {
  std::erase_if(identities_, [](const auto& known) { return known.expired(); });
  std::vector<std::shared_ptr<Identity>> identities;
  for (const auto& known : identities_) {
    if (std::shared_ptr<Identity> identity = known.lock()) {
      identities.push_back(std::move(identity));
    }
  }
  return identities;
}

std::shared_ptr<EntraTokenKeeper> SharedParts::keeper_of(const HubPlan& plan) {
  return keeper_of(*plan.identity, token_transport_options(plan));
}

std::shared_ptr<EntraTokenKeeper> SharedParts::keeper_of(const EntraIdentity& identity,
                                                         const CurlOptions& transport) {
  for (const auto& known : identities()) {
    if (known->identity == identity && known->proxy == transport.proxy &&
        known->proxy_credentials == transport.proxy_credentials &&
        known->ca_file == transport.ca_file) {
      return {known, known->keeper.get()};
    }
  }
  const auto made = std::make_shared<Identity>();
  made->identity = identity;
  made->proxy = transport.proxy;
  made->proxy_credentials = transport.proxy_credentials;
  made->ca_file = transport.ca_file;
  made->transport = options_.make_transport(transport);
  made->keeper = std::make_unique<EntraTokenKeeper>(
      EntraTokenKeeper::Options{.identity = identity, .seed = seed_from_system()}, *made->transport,
      options_.clock, [this](const EntraTokenKeeper::Event& event) { report(event); });
  identities_.push_back(made);
  return {made, made->keeper.get()};
}

// Where the tokens come at once, as they do, no worker finds itself without.
void SharedParts::start_identities(Duration patience) {
  const Instant end = options_.clock.now() + patience;
  for (const auto& identity : identities()) {
    if (std::exchange(identity->is_started, true)) continue;
    identity->keeper->ask_first(std::max(end - options_.clock.now(), Duration::zero()));
    identity->keeper->start();
  }
}

void SharedParts::stop_identities() {
  for (const auto& identity : identities()) identity->keeper.reset();
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
  for (const auto& endpoint : endpoints()) {
    Trouble& trouble = endpoint->trouble();
    if (trouble.hold_reason() == HoldReason::kCredential)
      trouble.release_hold(options_.clock.now());
  }
}

void SharedParts::forget_what_was_learnt() {
  for (const auto& endpoint : endpoints()) endpoint->forget(options_.clock.now());
}

}  // namespace awps
