#pragma once

// Answers: what a request of an SDK is answered with, for each end that its action may have.
//
// 1. An action that was accepted is never answered with anything that an SDK retries: no 5xx, 408
//    or 429, and no Retry-After. The one exception is an action that is lost at the daemon's stop.
// 2. A success has exactly the service's code: the JavaScript SDK throws at any other 2xx.
// 3. Errors have the service's flat body and x-ms-error-code.
//
// Pure, any thread.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "action/line_visitor.h"
#include "gateway/bearer.h"
#include "gateway/route.h"
#include "http_server/reply.h"
#include "queue/outcome.h"

namespace awps {

/// An http_server::Reply that can be copied: several requests may get the same one.
struct GatewayAnswer {
  int status = 200;
  std::string content_type;  // empty: there is no body
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  bool ends_connection = false;
  /// The action was accepted (and is the daemon's, or is over). Else a retry is a new action.
  bool is_accepted = false;

  friend bool operator==(const GatewayAnswer&, const GatewayAnswer&) = default;
};

http_server::Reply reply_of(const GatewayAnswer& answer);

/// The service's code for success: 202, 200 or 204. Writes only.
int success_status(Route route);

/// The end of an accepted action.
GatewayAnswer answer_of(Route route, const Outcome& outcome);
/// Accepted and not settled: at once, after answer_within, in a pause, or kept at a stop.
GatewayAnswer accepted_answer(Route route);
/// Not accepted, early or late (LateRefusal).
GatewayAnswer refused_answer(RejectCode code, std::string_view message);
/// No room in the hub for answer_within, or the hub is draining.
GatewayAnswer busy_answer(std::string_view message);
/// Nothing keeps the action, or the daemon stops: 503 and the end of the connection.
GatewayAnswer stopping_answer(std::string_view message);
/// Never became an action.
GatewayAnswer refused_answer(const HttpRefusal& refusal);
/// 401, as the service: an empty body, and WWW-Authenticate.
GatewayAnswer unauthorized_answer(const BearerFault& fault);
/// An error of the gateway's own, in the service's flat body: `code` such as
/// "Error.awpsd.NotDelivered".
GatewayAnswer error_answer(int status, std::string_view code, std::string_view message);

}  // namespace awps
