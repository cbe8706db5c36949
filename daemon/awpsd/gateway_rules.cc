#include "daemon/awpsd/gateway_rules.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "auth/entra_token_source.h"
#include "base/crypto.h"
#include "base/random.h"
#include "daemon/awpsd/options.h"
#include "gateway/reads.h"
#include "http/reverse_proxy_transport.h"

namespace awps {

namespace {

/// EntraTokenSource, with the keeper that it reads.
class KeptEntraTokens final : public TokenSource {
 public:
  explicit KeptEntraTokens(std::shared_ptr<EntraTokenKeeper> keeper)
      : keeper_(std::move(keeper)), source_(*keeper_) {}

  Result<std::string_view> token(std::string_view audience, WallTime now) override {
    return source_.token(audience, now);
  }
  uint64_t generation() const override { return source_.generation(); }
  bool refused(uint64_t generation) override { return source_.refused(generation); }
  void accepted(uint64_t generation) override { source_.accepted(generation); }

 private:
  const std::shared_ptr<EntraTokenKeeper> keeper_;
  EntraTokenSource source_;
};

/// All in which the ways to two services can differ; as a digest, since there are keys in it.
std::string key_of(const HubPlan& plan, const EntraTokenKeeper* keeper) {
  const CurlOptions transport = transport_options(plan);
  std::string key;
  const auto add = [&key](std::string_view part) { key.append(part).push_back('\0'); };
  add(plan.endpoint_url);
  add(plan.service.reverse_proxy);
  add(transport.proxy);
  add(transport.proxy_credentials);
  add(transport.ca_file);
  for (const std::string& access_key : plan.access_keys) add(access_key);
  add(std::to_string(reinterpret_cast<uintptr_t>(keeper)));
  return base64_encode(as_view(sha256(key)));
}

std::function<std::unique_ptr<HttpTransport>()> transport_maker(const HubPlan& plan,
                                                                const RulesParts& parts) {
  CurlOptions options = transport_options(plan);
  options.max_connections = parts.max_reads;
  options.max_body_bytes = Reads::kKeptBody;
  options.max_drained_bytes = Reads::kKeptBody;
  return [options, make = parts.make_transport, service = plan.endpoint_url,
          proxy = plan.service.reverse_proxy] {
    std::unique_ptr<HttpTransport> transport = make(options);
    if (proxy.empty()) return transport;
    return std::unique_ptr<HttpTransport>(
        std::make_unique<ReverseProxyTransport>(std::move(transport), service, proxy));
  };
}

std::function<std::unique_ptr<TokenSource>()> tokens_maker(std::shared_ptr<EntraTokenKeeper> keeper,
                                                           std::shared_ptr<ServiceKeys> keys) {
  return [keeper = std::move(keeper), keys = std::move(keys)]() -> std::unique_ptr<TokenSource> {
    if (keeper != nullptr) return std::make_unique<KeptEntraTokens>(keeper);
    KeyTokenSource::Options options;
    options.fresh_keys = [keys]() -> std::optional<std::vector<std::string>> {
      return keys->keys();
    };
    return std::make_unique<KeyTokenSource>(keys->keys(), options, seed_from_system());
  };
}

// What is left until the endpoint takes requests again, or until it is tried.
std::optional<Duration> trouble_left(const EndpointState& endpoint, Instant now) {
  if (!endpoint.trouble().is_blocked()) return std::nullopt;
  const Trouble::Report report = endpoint.trouble().report();
  const bool is_held = report.reason != HoldReason::kNone;
  if (!is_held && report.paused_until <= now) return std::nullopt;
  const Instant until =
      is_held ? std::max(report.paused_until, report.next_probe) : report.paused_until;
  return std::max(until - now, Duration::zero());
}

std::shared_ptr<const ReadWay> way_of(const HubPlan& plan, const HubUnit& hub,
                                      std::shared_ptr<ServiceKeys> keys, const RulesParts& parts) {
  auto way = std::make_shared<ReadWay>();
  way->key = key_of(plan, hub.keeper.get());
  way->make_transport = transport_maker(plan, parts);
  way->make_tokens = tokens_maker(hub.keeper, std::move(keys));
  way->pace = [endpoint = hub.endpoint] { return endpoint->pace().present(); };
  way->take_permit = [endpoint = hub.endpoint](Instant now) { return endpoint->take_permit(now); };
  way->trouble_left = [endpoint = hub.endpoint](Instant now) {
    return trouble_left(*endpoint, now);
  };
  return way;
}

// Plans are as old as the last reload; hubs that share a file share what is known of it.
std::shared_ptr<ServiceKeys> keys_of(const HubPlan& plan, const RulesParts& parts,
                                     std::vector<WatchedKeys>& watched) {
  const std::string& file = plan.service.connection_file;
  if (file.empty()) return std::make_shared<ServiceKeys>(plan.access_keys);
  const auto is_same = [&](const WatchedKeys& watch) {
    return watch.file == file && watch.endpoint_url == plan.endpoint_url;
  };
  if (const auto found = std::ranges::find_if(watched, is_same); found != watched.end()) {
    return found->keys;
  }
  const auto before = std::ranges::find_if(parts.watched, is_same);
  auto keys = before != parts.watched.end() ? before->keys
                                            : std::make_shared<ServiceKeys>(plan.access_keys);
  watched.push_back({file, plan.endpoint_url, keys});
  return keys;
}

AnswerMode mode_of(HubGatewayConfig::Answer answer) {
  return answer == HubGatewayConfig::Answer::kAccepted ? AnswerMode::kAccepted
                                                       : AnswerMode::kDelivered;
}

}  // namespace

std::vector<std::string> ServiceKeys::keys() const {
  const MutexLock lock(mutex_);
  return keys_;
}

void ServiceKeys::take(std::vector<std::string> keys) {
  const MutexLock lock(mutex_);
  keys_ = std::move(keys);
}

HubRules rules_of(const HubPlan& plan, const std::shared_ptr<HubUnit>& hub, const RulesParts& parts,
                  std::vector<WatchedKeys>& watched) {
  const std::shared_ptr<ServiceKeys> keys = keys_of(plan, parts, watched);
  HubRules rules{
      .hub = plan.hub,
      .service_url = plan.endpoint_url,
      .is_restricted = !plan.config.allow_users.empty() || !plan.config.allow_groups.empty(),
      .has_own_keys = plan.gateway.has_own_list,
      .takes_service_keys = plan.gateway.takes_service_keys,
      .service_keys = [keys] { return keys->keys(); },
      .own_keys = plan.gateway.keys,
      .answer = mode_of(plan.config.gateway.answer),
      .answer_within = plan.config.gateway.answer_within,
      .is_paused = [] { return false; },
      .way = nullptr};
  if (hub == nullptr) return rules;
  rules.is_paused = [weak = std::weak_ptr<HubUnit>(hub)] {
    const std::shared_ptr<HubUnit> present = weak.lock();
    return present != nullptr && present->paused;
  };
  rules.is_empty = [weak = std::weak_ptr<HubUnit>(hub)] {
    const std::shared_ptr<HubUnit> present = weak.lock();
    return present == nullptr || present->is_empty();
  };
  rules.way = way_of(plan, *hub, keys, parts);
  return rules;
}

GatewayRules rules_of(const HubTable& hubs, const RulesParts& parts) {
  GatewayRules made;
  for (const auto& hub : hubs.hubs()) {
    if (hub->queue->is_removed()) continue;
    made.rules.push_back(rules_of(hub->applied, hub, parts, made.watched));
  }
  for (const HubPlan& plan : hubs.recoveries().plans()) {
    made.rules.push_back(rules_of(plan, nullptr, parts, made.watched));
  }
  return made;
}

}  // namespace awps
