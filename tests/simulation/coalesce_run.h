#pragma once

// CoalesceRun: one program through a real Pipeline in virtual time. Each attempt becomes a real
// request, which the naive model of the service carries out from its text; what the model did, and
// in what order, is the history that CoalesceHistory then compares with one-by-one execution.
//
// What goes wrong is drawn from (seed, action, attempt), not from a running stream, so that it
// stays put while a failing program is made small.
//
// The first mistake ends the run. One thread.

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "hub/operation_request.h"
#include "hub/pipeline.h"
#include "tests/simulation/coalesce_history.h"
#include "tests/simulation/program.h"

namespace awps {

class CoalesceRun {
 public:
  /// `kept` says which steps take part. Borrows both.
  CoalesceRun(const Program& program, const std::vector<bool>& kept);
  /// What went wrong first; empty: nothing.
  std::string run();

  const CoalesceHistory& history() const { return history_; }
  uint64_t attempts() const { return attempts_; }
  uint64_t coalesced() const { return coalesced_; }
  uint64_t superseded() const { return history_.superseded(); }
  uint64_t returned() const { return pipeline_.ledger().with(OutcomeKind::kReturned); }

 private:
  struct Flight {
    Operation* operation = nullptr;
    OperationForm form = OperationForm::kSingle;
    std::vector<size_t> members;
    HttpMethod method = HttpMethod::kPost;
    std::string url;
    std::string content_type;
    std::string body;
    HttpResponse response;  // status 0 without an error: as the model says
    bool takes_effect = true;
    Instant effect_at{};
    Instant answer_at{};
  };

  void arrive();
  void withdraw();
  void work();
  void start(Operation& operation);
  void decide(Flight& flight);
  bool refuse(Flight& flight, Random& random);
  static bool fail(Flight& flight, Random& random);
  void take_effect(Flight& flight);
  void answer(Flight& flight);
  void take_outcomes();
  void check_merge(const Flight& flight);
  void check_named(const Flight& flight);
  void check_fan_out(const Flight& flight);
  void check_idle();
  void look_for_release();
  Instant next_event() const;
  void step();

  const Program& program_;
  const std::vector<bool>& kept_;
  EndpointState endpoint_{EndpointState::Options{}};
  Pipeline pipeline_;
  RequestBuilder builder_;
  OperationRequestWriter writer_;
  ServiceRequest request_;  // scratch
  model::ServiceWorld service_;
  CoalesceHistory history_;
  std::vector<std::unique_ptr<Account>> accounts_;
  std::vector<Flight> flights_;
  std::set<OperationForm> forbidden_;  // by 403
  Instant now_{};
  size_t next_step_ = 0;
  bool has_withdrawn_ = false;
  uint64_t attempts_ = 0;
  uint64_t coalesced_ = 0;
  bool pace_was_learnt_ = false;
  uint64_t recoveries_ = 0;
  uint64_t kinds_held_ = 0;
};

}  // namespace awps
