#pragma once

// A pipeline in virtual time that remembers every start, for the tests of retries and limits. An
// answer comes at once, or when the test gives it.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hub/pipeline.h"

namespace awps {

class RetryTest : public testing::Test {
 protected:
  using enum ActionKind;
  static constexpr Instant kStart{std::chrono::seconds(1000)};

  struct Started {
    Instant at;
    uint64_t seq = 0;
    uint32_t attempt = 0;
    ActionKind kind{};
  };
  using Answers = std::function<AttemptEnd(const Action&)>;

  RetryTest() {
    account_.producer = 1;
    account_.wants_outcomes = true;
  }
  /// Without coalescing.
  void make(PipelineOptions options = {}, const EndpointState::Options& endpoint = {}) {
    options.coalesce.enabled = false;
    make_as_is(std::move(options), endpoint);
  }
  void make_as_is(PipelineOptions options, const EndpointState::Options& endpoint = {}) {
    options.hub = "hub";
    endpoint_ = std::make_unique<EndpointState>(endpoint);
    pipeline_ = std::make_unique<Pipeline>(options, *endpoint_, 1);
  }
  /// Seqs count from 1.
  void accept(const std::vector<Action>& actions) {
    auto batch = std::make_unique<Batch>(account_, now_, 256);
    for (const Action& action : actions) batch->add(action, ++seq_, 100, 0);
    pipeline_->accept(std::move(batch));
  }
  void accept_users(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const std::string user = "user" + std::to_string(seq_);
      accept({{.kind = kSendToUser, .member = user}});
    }
  }
  /// Everything that may start now.
  std::vector<Operation*> start_all() {
    std::vector<Operation*> started;
    pipeline_->advance(now_);
    asked_for_health_ = pipeline_->take_health_probe(now_);
    if (asked_for_health_) {
      pipeline_->health_ended(health_.has_value(), health_.value_or(false), now_);
    }
    while (Operation* operation = pipeline_->next(now_)) {
      const Member& member = operation->members.front();
      starts_.push_back({.at = now_,
                         .seq = member.entry->accepted->seq,
                         .attempt = member.sent,
                         .kind = operation->action().kind});
      started.push_back(operation);
    }
    return started;
  }
  /// Until everything has its outcome, or `until` has come. It never wakes up for nothing.
  void run(Instant until, const Answers& answer) {
    while (now_ < until) {
      ++turns_;
      const std::vector<Operation*> started = start_all();
      for (Operation* operation : started) complete(*operation, answer(operation->action()));
      ASSERT_TRUE(pipeline_->ledger().balances());
      if (pipeline_->idle()) return;
      const Instant at = pipeline_->wake_at(now_);
      const bool has_done_nothing = started.empty() && !asked_for_health_;
      ASSERT_TRUE(at > now_ || !has_done_nothing) << "spins at " << since_start();
      now_ = std::min(std::max(at, now_), until);
    }
  }
  /// run(), and then it is `until`.
  void run_to(Instant until, const Answers& answer) {
    run(until, answer);
    now_ = until;
  }
  void complete(Operation& operation, const AttemptEnd& end) {
    pipeline_->complete(operation, end, now_);
  }
  /// Seconds.
  double since_start() const { return to_seconds(now_ - kStart); }
  size_t starts_of(ActionKind kind) const {
    return static_cast<size_t>(std::ranges::count(starts_, kind, &Started::kind));
  }
  Trouble& trouble() { return endpoint_->trouble(); }
  std::vector<uint64_t> seqs_from(size_t place) const {
    std::vector<uint64_t> seqs;
    for (size_t i = place; i < starts_.size(); ++i) seqs.push_back(starts_[i].seq);
    return seqs;
  }
  const Ledger& ledger() const { return pipeline_->ledger(); }

  static AttemptEnd done() { return {.http_status = 202}; }
  static AttemptEnd failed(int status) {
    return {.verdict = {.kind = VerdictKind::kRetry, .ambiguous = true, .form_suspect = true},
            .http_status = status};
  }
  static AttemptEnd refused_connection() {
    return {.verdict = {.kind = VerdictKind::kRetry, .way_failed = true}};
  }
  static AttemptEnd throttled(std::optional<Duration> pause) {
    return {.verdict = {.kind = VerdictKind::kRetry, .throttled = true, .retry_after = pause},
            .http_status = 429};
  }
  static AttemptEnd at_fault() {
    return {.verdict = {.kind = VerdictKind::kEndpointAtFault}, .http_status = 405};
  }
  static AttemptEnd forbidden() {
    return {.verdict = {.kind = VerdictKind::kForbidden},
            .http_status = 403,
            .description = "HTTP 403 Error.Forbidden"};
  }

  Account account_;
  std::unique_ptr<EndpointState> endpoint_;
  std::unique_ptr<Pipeline> pipeline_;
  std::vector<Started> starts_;
  uint64_t turns_ = 0;  // of run()
  bool asked_for_health_ = false;
  std::optional<bool> health_ = false;  // what the service says of it; none: no answer
  Instant now_ = kStart;
  uint64_t seq_ = 0;
};

}  // namespace awps
