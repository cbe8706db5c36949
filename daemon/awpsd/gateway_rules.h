#pragma once

// GatewayRules: what the gateway is to know of each hub (gateway/hub_rules.h), from its plan and,
// once it runs, from the hub itself.
//
// The functions of a rule hold the hub weakly: one that is gone is answered for as at rest.
// Whoever holds HubTable::changes() makes them; any thread uses them.

#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "daemon/awpsd/hub_table.h"
#include "daemon/awpsd/plan.h"
#include "gateway/hub_rules.h"

namespace awps {

/// The keys of a hub's service as they are now: a connection_file may change at any time.
class ServiceKeys {
 public:
  explicit ServiceKeys(std::vector<std::string> keys) : keys_(std::move(keys)) {}

  std::vector<std::string> keys() const EXCLUDES(mutex_);
  void take(std::vector<std::string> keys) EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::vector<std::string> keys_ GUARDED_BY(mutex_);
};

/// A connection_file that is read again now and then.
struct WatchedKeys {
  std::string file;
  std::string endpoint_url;
  std::shared_ptr<ServiceKeys> keys;
};

struct GatewayRules {
  std::vector<HubRules> rules;
  std::vector<WatchedKeys> watched;
};

struct RulesParts {
  MakeTransport make_transport;
  size_t max_reads = 16;
  /// Of the rules before: what was read of these files since the hubs' plans were made stays.
  std::vector<WatchedKeys> watched{};
};

/// `hub` may be nullptr: it is not made yet. Then reads are not passed on.
HubRules rules_of(const HubPlan& plan, const std::shared_ptr<HubUnit>& hub, const RulesParts& parts,
                  std::vector<WatchedKeys>& watched);

/// Of all hubs that producers can name, those included that read their logs yet.
GatewayRules rules_of(const HubTable& hubs, const RulesParts& parts);

}  // namespace awps
