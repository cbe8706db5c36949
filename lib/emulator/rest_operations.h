#pragma once

// The REST data plane: a routed, authorised request and the hub's state give a response, and its
// effects take place. Statuses are the wire's (202 send, 200 add, grant, bulk, exists, 204 close,
// remove, revoke), not those of the published OpenAPI text. No sockets, no clock.

#include <cstdint>
#include <string_view>

#include "emulator/http_head.h"
#include "emulator/http_response.h"
#include "emulator/hub.h"
#include "emulator/route.h"
#include "emulator/url.h"

namespace awps::emulator {

struct RestRequest {
  const RequestHead& head;
  const Route& route;
  const Query& query;
  std::string_view raw_path;
  std::string_view body;
  std::string_view origin;  // scheme://host[:port] of links in answers
};

struct RestEffect {
  size_t receivers = 0;  // messages handed to connections
};

/// All operations but health and generateClientToken, which have nothing to do with a hub's state.
HttpResponse run_operation(Hub& hub, const RestRequest& request, RestEffect& effect);

/// 400 for an unknown or repeated api-version, or a bad hub; nullopt if the request may go on.
std::optional<HttpResponse> refuse_version_or_hub(const RestRequest& request);

}  // namespace awps::emulator
