#include "worker/worker_log.h"

#include <algorithm>
#include <utility>

namespace awps {

namespace {

constexpr Duration kDeadLetterLines = std::chrono::seconds(10);
constexpr Duration kLongWait = std::chrono::seconds(10);
constexpr Duration kMinute = std::chrono::minutes(1);
constexpr int kRequestLinesASecond = 100;
constexpr uint64_t kManyWaiting = 1000;

// How letters of one line in the log came about.
std::string words_of_end(const DeadLetter& letter) {
  if (!letter.stream_record.empty()) {
    const std::string stream = letter.producer.substr(0, letter.producer.rfind('/'));
    return "records of stream " + stream + " became dead letters (" + letter.code + ")";
  }
  const std::string status =
      letter.http_status == 0 ? "no answer" : "HTTP " + std::to_string(letter.http_status);
  return "actions became dead letters (" + status + ")";
}

}  // namespace

WorkerLog::WorkerLog(std::string hub, std::string endpoint_url, spdlog::logger& logger)
    : hub_(std::move(hub)), endpoint_url_(std::move(endpoint_url)), logger_(logger) {}

void WorkerLog::request(const Sender::Ended& ended, Duration took, Instant now) {
  if (!logger_.should_log(spdlog::level::debug)) return;
  if (now - sample_window_ >= std::chrono::seconds(1)) {
    sample_window_ = now;
    sampled_ = 0;
  }
  if (++sampled_ > kRequestLinesASecond) return;
  const Operation& operation = *ended.operation;
  logger_.debug("request hub={} kind={} rule={} actions={} url={} status={} ms={:.1f} id={}{}{}",
                hub_, name_of(operation.action().kind), name_of(operation.present_form()),
                operation.members.size(), ended.url, ended.end.http_status, to_seconds(took) * 1e3,
                ended.request_id,
                ended.end.description.empty() ? "" : " answer=", ended.end.description);
}

void WorkerLog::dead_letters(const DeadLetterStore& letters) {
  if (letters.summary().last_number == last_letter_) return;
  letters.visit(last_letter_, [this](const DeadLetter& letter) {
    Group& group = given_up_[words_of_end(letter)];
    if (group.count++ == 0) group.first = letter.number;
    group.example = letter.reason;
  });
  last_letter_ = letters.summary().last_number;
}

void WorkerLog::no_token(const Error& error, Instant now) {
  if (now < next_token_line_) return;
  next_token_line_ = now + kDeadLetterLines;
  logger_.error("hub {}: no token for {}: {}; accepted actions wait", hub_, endpoint_url_,
                error.message);
}

void WorkerLog::write_dead_letters() {
  for (const auto& [words, group] : given_up_) {
    logger_.error("hub {}: {} {}, from number {} on; {}", hub_, group.count, words, group.first,
                  group.example);
  }
  given_up_.clear();
}

void WorkerLog::write_hold(const Trouble& trouble) {
  if (hold_ == HoldReason::kNone) {
    logger_.info("hub {}: {} answers again, sending continues", hub_, endpoint_url_);
    return;
  }
  const Trouble::Report report = trouble.report();
  logger_.error("hub {}: {} is held: {}; accepted actions wait, nothing is given up; {}{}{}", hub_,
                endpoint_url_, name_of(hold_), remedy_of(hold_),
                report.words.empty() ? "" : "; the answer was: ", report.words);
}

void WorkerLog::write_suspects(const Trouble& trouble, Instant now) {
  const size_t suspects = trouble.suspects();
  if (suspects == suspects_ || now < next_suspect_line_) return;
  const bool is_more = suspects > suspects_;
  suspects_ = suspects;
  next_suspect_line_ = now + kMinute;
  if (!is_more) return;
  const std::vector<Suspects::Named> named = trouble.report().named;
  logger_.warn(
      "hub {}: {} targets of {} fail while others are answered: they are retried separately, and "
      "actions that keep failing become dead letters{}{}{}{}",
      hub_, suspects, endpoint_url_,
      named.empty() ? "" : "; one of them: ", named.empty() ? "" : named.back().name,
      named.empty() ? "" : ": ", named.empty() ? "" : named.back().words);
}

void WorkerLog::write_kinds(const KindHolds& holds) {
  for (size_t i = 0; i < kActionKinds; ++i) {
    const auto kind = static_cast<ActionKind>(i);
    const bool is_held = holds.holds(kind);
    if (is_held == held_kinds_[i]) continue;
    held_kinds_[i] = is_held;
    if (is_held) {
      logger_.error(
          "hub {}: {} is held: the identity may not send it (403 Error.Forbidden); give "
          "the identity the role 'Web PubSub Service Owner'; awpsd tries again, and gives up "
          "actions that wait longer than retry.max_age",
          hub_, name_of(kind));
    } else {
      logger_.info("hub {}: {} is permitted again", hub_, name_of(kind));
    }
  }
}

void WorkerLog::write_pace(const Pace& pace, Instant now) {
  const bool is_learnt = pace.is_learnt();
  if (is_learnt == pace_is_learnt_ || now < next_pace_line_) return;
  pace_is_learnt_ = is_learnt;
  next_pace_line_ = now + kMinute;
  if (is_learnt) {
    logger_.warn(
        "hub {}: {} answers 429: awpsd sends no more than it takes, now {:.0f} requests per "
        "second; more units of the service, or coalescing, raise the throughput",
        hub_, endpoint_url_, pace.present());
  } else {
    logger_.info("hub {}: {} takes all requests again, the pace is as configured", hub_,
                 endpoint_url_);
  }
}

void WorkerLog::write_silence(const EndpointState& endpoint, Instant now) {
  const Duration silence = endpoint.silence().lasts(now);
  const bool is_silent = silence > Duration::zero();
  // Between two attempts nothing is under way: only an answer ends what was said.
  const bool is_over = endpoint.silence().last_answer() > silent_since_;
  if (is_silent && !is_silent_) {
    silent_since_ = now;
    logger_.error(
        "hub {}: {} has answered nothing for {:.0f} s, although requests are under way; accepted "
        "actions wait; {}",
        hub_, endpoint_url_, to_seconds(silence), kSilenceRemedy);
    is_silent_ = true;
  } else if (is_silent_ && is_over) {
    logger_.info("hub {}: {} answers again", hub_, endpoint_url_);
    is_silent_ = false;
  }
}

void WorkerLog::tick(const Pipeline& pipeline, Instant now) {
  dead_letters(pipeline.dead_letters());
  const Trouble& trouble = pipeline.endpoint().trouble();
  const HoldReason hold = trouble.hold_reason();
  const bool turns = (hold == HoldReason::kNone) != (hold_ == HoldReason::kNone);
  if (hold != hold_ && now >= (turns ? next_hold_line_ : next_reason_line_)) {
    hold_ = hold;
    next_reason_line_ = now + kMinute;
    write_hold(trouble);
    // The first change is told at once; one that comes and goes is told now and then.
    if (hold == HoldReason::kNone) next_hold_line_ = now + kLongWait;
  }
  write_suspects(trouble, now);
  write_kinds(pipeline.kind_holds());
  write_pace(pipeline.endpoint().pace(), now);
  write_silence(pipeline.endpoint(), now);
  if (!given_up_.empty() && now >= next_dead_letter_line_) {
    write_dead_letters();
    next_dead_letter_line_ = now + kDeadLetterLines;
  }
  const size_t held_up = pipeline.lanes_held_up();
  const bool waits_for_order =
      held_up > 0 && pipeline.ledger().in(EntryState::kQueued) > kManyWaiting;
  if (!waits_for_order) lanes_wait_since_ = now;
  if (now - lanes_wait_since_ >= kLongWait && now >= next_lane_line_) {
    next_lane_line_ = now + kMinute;
    logger_.warn(
        "hub {}: order holds back actions of {} targets, although more requests could be sent; {} "
        "actions are queued; a merge rule, conflationKey or unordered sends let them go faster",
        hub_, held_up, pipeline.ledger().in(EntryState::kQueued));
  }
}

void WorkerLog::stopped(const Pipeline& pipeline, uint64_t kept) {
  dead_letters(pipeline.dead_letters());
  write_dead_letters();
  const uint64_t abandoned = pipeline.ledger().with(OutcomeKind::kAbandoned) - kept;
  if (abandoned > 0) {
    logger_.error("hub {}: stopped with {} accepted actions undelivered (abandoned)", hub_,
                  abandoned);
  }
}

}  // namespace awps
