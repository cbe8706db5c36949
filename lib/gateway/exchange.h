#pragma once

// Exchange: one request that is owed its answer, and what is counted of it.
//
// Belongs to the server's thread. One that goes without an answer ends its connection.

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "gateway/answers.h"
#include "gateway/route.h"
#include "http_server/handler.h"
#include "metrics/gateway_counters.h"

namespace awps {

class Exchange {
 public:
  struct Facts {
    Route route = Route::kUnknown;
    uint64_t connection = 0;
    Instant arrived{};
  };
  /// `clock` and `counters` outlive it.
  Exchange(http_server::Responder responder, const Facts& facts, const Clock& clock,
           GatewayCounters& counters)
      : responder_(std::move(responder)), facts_(facts), clock_(clock), counters_(counters) {}

  Route route() const { return facts_.route; }
  uint64_t connection() const { return facts_.connection; }
  Instant arrived() const { return facts_.arrived; }

  /// Once. `on_written` is told as Reply::on_written says.
  void answer(const GatewayAnswer& answer, std::function<void(bool)> on_written = {}) {
    http_server::Reply reply = reply_of(answer);
    reply.on_written = std::move(on_written);
    send(std::move(reply));
  }
  /// What no action became: another reply than GatewayAnswer has.
  void send(http_server::Reply reply) {
    counters_.note_request(name_of(facts_.route), reply.status, clock_.now() - facts_.arrived);
    responder_.send(std::move(reply));
  }

 private:
  http_server::Responder responder_;
  Facts facts_;
  const Clock& clock_;
  GatewayCounters& counters_;
};

}  // namespace awps
