#pragma once

// Gatekeeper: what the head of a request shows: which operation it names, who its caller is, and
// whether the hub is his to use. What it refuses is refused before the body is read.
//
// 1. Over TCP a token decides, over a Unix socket the user behind it.
// 2. A caller over TCP whose token no hub takes is answered 401, whether his hub exists or not, and
//    after the same work: a check by the keys of one hub, and one by those of all.
// 3. Not served at all: another Host than the gateway's, and whatever has an Origin (a web page).
//
// Belongs to the server's thread.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "gateway/answers.h"
#include "gateway/bearer.h"
#include "gateway/hub_rules.h"
#include "gateway/request_fields.h"
#include "gateway/route.h"
#include "http_server/request.h"
#include "intake/hub_directory.h"
#include "metrics/gateway_counters.h"
#include "net/peer_credentials.h"

namespace awps {

/// What a reload can change, and takes for requests that come from then on.
struct DoorOptions {
  bool passes_reads = true;  // false: 501
  bool takes_entra = false;  // any unexpired token for the service's audience
  // Lower-case names and addresses of the gateway, without port; "*." stands for one label.
  std::vector<std::string> hosts;
  AccessList access;  // who may use a Unix socket
};

/// One hub's rules, and the check of tokens that they make. Shared by the requests that came under
/// them.
struct ServedHub {
  HubRules rules;
  std::vector<std::string> service_keys;  // as they were asked for last
  Instant asked_for_keys_at = Instant::min();
  std::unique_ptr<BearerCheck> check;
};

/// A request that may go on.
struct Visit {
  RoutedRequest routed;
  RequestFields fields;
  Caller caller;
  std::shared_ptr<const ServedHub> hub;  // of getServiceStatus: the one whose service is asked
  bool over_tcp = false;
};

class Gatekeeper {
 public:
  struct Verdict {
    bool is_known = false;  // its caller is one that some hub takes
    Route route = Route::kUnknown;
    std::optional<Visit> visit;
    GatewayAnswer refusal;  // without a visit
  };

  Gatekeeper(const Clock& clock, GatewayCounters& counters) : clock_(clock), counters_(counters) {}

  /// It asks for the keys of the services, too: one that is no longer among them opens nothing.
  void set_options(DoorOptions options);
  void set_hubs(std::shared_ptr<const HubDirectory> directory, std::vector<HubRules> rules);

  /// `head` needs no body. Counts what it refuses, by reason.
  Verdict judge(const http_server::Request& head);

 private:
  using Refusal = std::optional<GatewayAnswer>;
  using Authorized = Result<Caller, GatewayAnswer>;

  bool is_own_host(const http_server::Request& head) const;
  Refusal refuse_stranger(const http_server::Request& head) const;
  Authorized authorize(const http_server::Request& head, const RoutedRequest& routed);
  Authorized authorize_local(const http_server::Request& head, const RoutedRequest& routed);
  Authorized authorize_remote(const http_server::Request& head, const RoutedRequest& routed);
  Result<Caller, BearerFault> check_anywhere(const http_server::Request& head);
  Result<Caller, BearerFault> check_token(ServedHub& hub, const http_server::Request& head);
  std::shared_ptr<ServedHub> find(std::string_view hub) const;
  std::shared_ptr<const ServedHub> any_with_a_way() const;
  void make_check(ServedHub& hub);
  void make_check_of_all();
  bool has_other_keys(ServedHub& hub);
  bool take_present_keys(ServedHub& hub);
  GatewayAnswer refuse_token(const BearerFault& fault) const;
  GatewayAnswer refuse(std::string_view reason, GatewayAnswer answer) const;
  GatewayAnswer unknown_hub(const RoutedRequest& routed) const;

  const Clock& clock_;
  GatewayCounters& counters_;
  DoorOptions options_;
  std::shared_ptr<const HubDirectory> directory_;
  std::unordered_map<std::string, std::shared_ptr<ServedHub>> hubs_;  // by canonical name
  std::unique_ptr<BearerCheck> check_of_all_;  // by the keys of all hubs; nullptr: they are others
};

}  // namespace awps
