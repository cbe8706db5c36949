#pragma once

// HubRules: what the gateway must know of one hub beside its queue: who may send to it over TCP,
// how its writes are answered, and the way to its service for reads.
//
// A value. Its functions are called in the server's thread, or where they say so; they answer at
// once, lock no more than a moment and read no file. They may be called while the hub is going: who
// makes one that looks at a hub holds it weakly, and answers as for a hub at rest once it is gone.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/token_source.h"
#include "base/clock.h"
#include "gateway/bearer.h"
#include "gateway/request_fields.h"
#include "http/http_transport.h"

namespace awps {

/// The way to one service, for reads. Hubs whose `key` is equal share a thread and what makes up a
/// way; so it names everything in which two ways can differ: address, proxy, identity.
struct ReadWay {
  std::string key;
  /// Both are called once, in the server's thread; what they make belongs to the thread of the way.
  /// Of an answer's body the transport keeps up to Reads::kKeptBody bytes.
  std::function<std::unique_ptr<HttpTransport>()> make_transport;
  std::function<std::unique_ptr<TokenSource>()> make_tokens;
  /// Requests a second that the endpoint is asked to take; 0: no limit. Reads take a quarter.
  std::function<double()> pace;
  /// Takes the endpoint's permit for one request. False: not now.
  std::function<bool(Instant now)> take_permit;
  /// What is left of a pause or hold of the endpoint; nullopt: there is none.
  std::function<std::optional<Duration>(Instant now)> trouble_left;
};

struct HubRules {
  std::string hub;          // canonical
  std::string service_url;  // scheme://host[:port][/prefix]

  // Over TCP. A hub with `allow_users` or `allow_groups` is served there only where its own
  // allow_keys say who: then `has_own_keys`, and no identity of Entra opens it.
  bool is_restricted = false;  // it has allow_users or allow_groups
  bool has_own_keys = false;   // [hubs.NAME.gateway] allow_keys is set
  bool takes_service_keys = true;
  /// Of its service, as they are now; asked again with Door::set_options(), and where a token fits
  /// none, at most once a second.
  std::function<std::vector<std::string>()> service_keys;
  std::vector<NamedKey> own_keys;  // of allow_keys, other than "service"

  AnswerMode answer = AnswerMode::kDelivered;
  Duration answer_within = std::chrono::seconds(5);

  /// An operator has paused it: what is accepted meanwhile is answered at once.
  std::function<bool()> is_paused;
  /// Has every action that it was given its outcome? Without it that is never known.
  std::function<bool()> is_empty;

  std::shared_ptr<const ReadWay> way;  // nullptr: reads are answered 503
};

}  // namespace awps
