#pragma once

// Simulation: the hubs' pipelines, run over an input in virtual time. Everything is accepted at
// once from one producer, every request is answered well after the same round trip, and limits hold
// as configured; hubs of one endpoint share its limits and take turns.
//
// 1. What is handed out is what would be sent: the real pipeline, written by the real writer.
// 2. The same input gives the same run.
//
// One thread.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "daemon/awpsd/explain/input.h"
#include "daemon/awpsd/options.h"
#include "hub/operation_request.h"
#include "hub/pipeline.h"
#include "queue/account.h"
#include "service_api/request_builder.h"

namespace awps {

/// A request at its start, with how things stood just before it was chosen.
struct SimulatedRequest {
  size_t hub = 0;  // in the plan
  Instant at;
  const Operation& operation;
  const ServiceRequest& request;
  const Pipeline& pipeline;
  const CoalesceOptions& rules;
  size_t waiting = 0;     // with it
  uint64_t permits = 0;   // likewise
  bool was_held = false;  // until now something else than permits held it back
};

/// An action that was carried by no request.
struct SimulatedEnd {
  uint64_t seq = 0;
  OutcomeKind kind = OutcomeKind::kSuperseded;
  uint64_t by_seq = 0;  // superseded: the immediate successor
  Duration after{0};
};

struct SimulatedHub {
  uint64_t accepted = 0;
  uint64_t delivered = 0;
  uint64_t requests = 0;
  Duration took{0};  // until the last answer
  std::vector<SimulatedEnd> ends;
};

class Simulation {
 public:
  using OnRequest = std::function<void(const SimulatedRequest&)>;

  Simulation(const Plan& plan, Duration round_trip);

  /// Once.
  std::vector<SimulatedHub> run(const ExplainInput& input, const OnRequest& on_request);

  static constexpr Instant kStart{std::chrono::hours(1)};

 private:
  struct Hub {
    Hub(const HubPlan& plan, EndpointState& endpoint);

    PipelineOptions options;
    Pipeline pipeline;
    RequestBuilder builder;
    OperationRequestWriter writer;
    ServiceRequest request;
    Account account;
    bool none_waited = false;  // for a permit, when nothing more could start
  };
  struct Flight {
    size_t hub = 0;
    Operation* operation = nullptr;
    Instant answered;
    int status = 0;
  };

  void accept(const ExplainInput& input);
  void start_what_may(const OnRequest& on_request);
  bool start_one(size_t hub, const OnRequest& on_request);
  Instant next_event() const;
  void answer_what_is_due();
  void take_outcomes(size_t hub);
  bool idle() const;

  const Duration round_trip_;
  Instant now_ = kStart;
  std::map<std::string, std::unique_ptr<EndpointState>> endpoints_;
  std::vector<std::unique_ptr<Hub>> hubs_;
  std::deque<Flight> flights_;  // in the order of their answers
  std::vector<SimulatedHub> results_;
};

}  // namespace awps
