#pragma once

// A pipeline in virtual time whose requests a test starts and answers one by one.

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "hub/operation_request.h"
#include "hub/pipeline.h"

namespace awps {

class CoalesceTest : public testing::Test {
 protected:
  using enum ActionKind;
  static constexpr Instant kStart{std::chrono::seconds(1000)};

  CoalesceTest() {
    for (const uint64_t number : {uint64_t{1}, uint64_t{2}}) {
      Account& account = accounts_.emplace_back();
      account.producer = number;
      account.wants_outcomes = true;
    }
  }

  /// One request at a time, so that what is accepted meanwhile waits; fan-outs of two or more.
  static PipelineOptions one_at_a_time() {
    PipelineOptions options{.max_in_flight = 1};
    options.coalesce.fan_out_min = 2;
    return options;
  }
  void make(PipelineOptions options) {
    options.hub = "hub";
    pipeline_ = std::make_unique<Pipeline>(options, endpoint_, 1);
  }

  /// Seqs count from 1 over all producers.
  void accept(const std::vector<Action>& actions, size_t producer = 1, uint32_t batch_number = 0) {
    auto batch = std::make_unique<Batch>(accounts_[producer - 1], now_, 256);
    for (const Action& action : actions) batch->add(action, ++seq_, 100, batch_number);
    pipeline_->accept(std::move(batch));
    check();
  }
  /// Takes the one permit: whatever comes next waits.
  Operation& occupy() {
    accept({{.kind = kSendToGroup, .group = "occupied"}});
    return *next();
  }
  Operation* next() {
    pipeline_->advance(now_);
    Operation* operation = pipeline_->next(now_);
    check();
    return operation;
  }
  void finish(Operation& operation, const AttemptEnd& end = {.http_status = 202}) {
    pipeline_->complete(operation, end, now_);
    check();
  }
  /// The next operation's members by seq, answered well: "3,4"; "": there is none.
  std::string deliver_next() {
    Operation* operation = next();
    if (operation == nullptr) return "";
    std::string seqs = seqs_of(*operation);
    finish(*operation);
    return seqs;
  }
  static std::string seqs_of(const Operation& operation) {
    std::string seqs;
    for (const Member& member : operation.members) {
      if (!seqs.empty()) seqs += ',';
      seqs += std::to_string(member.entry->accepted->seq);
    }
    return seqs;
  }
  ServiceRequest request_of(const Operation& operation) {
    ServiceRequest request;
    const RequestBuilder builder("http://x", "hub", "2024-12-01");
    writer_.write(builder, operation, request);
    request.body_text = request.body;  // the operation may go
    return request;
  }
  /// "superseded by 3" and so on; "": it has none.
  std::string outcome_of(uint64_t seq) const {
    for (const Outcome& outcome : pipeline_->outcomes()) {
      if (outcome.seq != seq) continue;
      std::string text(name_of(outcome.kind));
      if (outcome.by_seq != 0) text += " by " + std::to_string(outcome.by_seq);
      return text;
    }
    return "";
  }
  void check() { ASSERT_TRUE(pipeline_->ledger().balances()); }
  const Ledger& ledger() const { return pipeline_->ledger(); }

  static AttemptEnd failed() {
    return {.verdict = {.kind = VerdictKind::kRetry, .ambiguous = true, .form_suspect = true},
            .http_status = 500,
            .description = "HTTP 500"};
  }
  static AttemptEnd refused(ExceededBound exceeded = ExceededBound::kNone) {
    return {.verdict = {.kind = VerdictKind::kGiveUp, .splittable = true, .exceeded = exceeded},
            .http_status = 400,
            .description = "HTTP 400"};
  }
  /// Until the back-off of whatever is parked is over for sure.
  void pass_back_off() { now_ += std::chrono::seconds(60); }

  std::deque<Account> accounts_;
  EndpointState endpoint_{EndpointState::Options{}};
  std::unique_ptr<Pipeline> pipeline_;
  OperationRequestWriter writer_;
  Instant now_ = kStart;
  uint64_t seq_ = 0;
};

}  // namespace awps
