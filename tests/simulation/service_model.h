#pragma once

// ServiceModel: a scripted service in virtual time. It answers each attempt by chance, and is down,
// throttling or unwell for a while now and then. Late in a run it is well, so that everything ends.

#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "http/http_transport.h"

namespace awps {

class ServiceModel {
 public:
  struct Faults {
    bool outages = false;          // refused connections, for a while
    bool throttles = false;        // 429 and 503, with and without Retry-After
    bool fails = false;            // 500, resets, timeouts: ambiguous
    bool refuses_actions = false;  // 400: some actions are never taken
  };

  ServiceModel(const Faults& faults, Instant well_from, uint64_t seed);

  struct Answer {
    HttpResponse response;
    Duration after{};
  };
  /// `poisoned`: this action is one that is never taken.
  Answer answer(HttpMethod method, bool poisoned, Instant now);

  bool is_down(Instant now);
  const Faults& faults() const { return faults_; }

 private:
  Answer unwell(HttpMethod method);

  Faults faults_;
  Instant well_from_;
  Random random_;
  Instant down_until_{};
  Instant next_outage_{};
};

}  // namespace awps
