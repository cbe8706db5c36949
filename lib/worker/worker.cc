#include "worker/worker.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/check.h"
#include "base/fault_point.h"
#include "base/release_memory.h"
#include "queue/duplicates.h"
#include "service_api/judge.h"

namespace awps {

namespace {

// A worker that holds actions looks around this often: holds of the endpoint are shared with other
// hubs and end without a wake-up, and a machine that slept may have left them too old.
constexpr Duration kLongestWait = std::chrono::milliseconds(500);
constexpr size_t kBatchesAtOnce = 8;
// Of what a stop leaves.
constexpr Duration kLongestSync = std::chrono::minutes(1);
// A flood of actions must not hold up answers, and what others wait for.
constexpr Duration kLongestTaking = std::chrono::milliseconds(1);

}  // namespace

Worker::Worker(const Options& options, const Parts& parts, uint64_t seed)
    : options_(options),
      queue_(parts.queue),
      records_(parts.records),
      transport_(parts.transport),
      clock_(parts.clock),
      counters_(parts.counters),
      pipeline_(options.hub, parts.endpoint, seed),
      sender_(options.sender, parts.transport, parts.tokens, seed + 1),
      log_(options.hub.hub, options.sender.endpoint_url, parts.logger),
      undelivered_(parts.undelivered),
      committer_(parts.committer),
      run_(/*number=*/0, clock_),
      ids_(options.ids),
      deadline_(INT64_MAX),
      last_turn_(clock_.awake_now().time_since_epoch().count()) {
  pipeline_.on_settlement(
      [this](const Accepted& accepted, const Batch& batch, const Settlement& settlement) {
        if (tap_.is_on()) tap_.note(accepted, batch, settlement, clock_.now());
        if (Redrive::is_redriven(batch)) pipeline_.end_letter_of(accepted, settlement);
      });
}

void Worker::run() {
  log_.know_letters(pipeline_.dead_letters().summary().last_number);
  while (!finished(clock_.now())) {
    const Instant now = clock_.now();
    last_turn_.store(clock_.awake_now().time_since_epoch().count(), std::memory_order_relaxed);
    mailbox_.run();
    const bool busy = take_batches();
    if (committer_ != nullptr) take_mail();
    pipeline_.advance(now);
    renew_connections();
    if (pipeline_.take_health_probe(now)) sender_.start_health();
    start_what_may(now);
    pipeline_.dead_letters().age(now);
    (void)ids_.count_from(run_.now());
    log_.tick(pipeline_, now);
    report();
    release_after_backlog(now);
    counters_.busy_nanoseconds.add(static_cast<uint64_t>((clock_.now() - now).count()));
    wait(busy);
    complete_all();
  }
  // A sync may take long: liveness is not asked of it before that.
  last_turn_.store((clock_.awake_now() + kLongestSync).time_since_epoch().count(),
                   std::memory_order_relaxed);
  const bool may_write = committer_ != nullptr && committer_->close_window();
  abandon_rest(may_write);
  report();
  mailbox_.close();   // after the last outcomes: who is told that it has ended counts on them
  reporter_.leave();  // the doors may end before this object does
}

// Is there more?
bool Worker::take_batches() {
  const Instant end = clock_.now() + kLongestTaking;
  do {
    const size_t count = take_some(queue_);
    const size_t of_streams = records_ == nullptr ? 0 : take_some(*records_);
    if (count < kBatchesAtOnce && of_streams < kBatchesAtOnce) return false;
  } while (clock_.now() < end);
  return true;
}

size_t Worker::take_some(HubQueue& queue) {
  std::array<std::unique_ptr<Batch>, kBatchesAtOnce> batches;
  const size_t count = queue.pop(batches);
  for (size_t i = 0; i < count; ++i) accept(std::move(batches[i]));
  return count;
}

// Of a hub with a log the batches have no ids any more: its committer has looked.
void Worker::accept(std::unique_ptr<Batch> batch) {
  if (batch->has_ids()) {
    const WallTime now = run_.now();
    (void)ids_.mark(*batch, now);
    ids_.accept(now);
    const TakenOut taken = take_out_duplicates(*batch, pipeline_.outcomes());
    batch->forget_uncommitted();
    duplicates_ += taken.actions;
    // Behind the outcomes, as those of the pipeline: see report().
    if (taken.actions > 0) pipeline_.releases().push_back({&batch->account(), taken.charge});
    if (batch->count() == 0) return;
  }
  if (batch->account().of_stream) from_streams_ += batch->count();
  pipeline_.accept(std::move(batch));
}

// What they have pushed is in the queue by now; what others push meanwhile is not waited for.
void Worker::withdraw(std::span<const uint64_t> producers) {
  HubQueue& records = records_ != nullptr ? *records_ : queue_;
  size_t left = records.size_approx();
  for (size_t taken = 1; taken > 0 && left > 0; left -= std::min(left, taken)) {
    taken = take_some(records);
  }
  const auto is_theirs = [producers](const Account& account) {
    return account.of_stream && std::ranges::find(producers, account.producer) != producers.end();
  };
  pipeline_.withdraw(is_theirs, clock_.now());
  report();
}

// What cannot be sent must not be forgotten: whoever looks at it sees its bytes.
void Worker::take_mail() {
  WorkerMail::Mail mail = committer_->take_mail();
  for (const uint64_t letter : mail.letters) pipeline_.dead_letters().logged(letter);
  for (UnreadableRecord& record : mail.unreadable) {
    const Instant now = clock_.now();
    pipeline_.dead_letters().add({.record = std::move(record.bytes),
                                  .code = "unreadable",
                                  .reason = std::move(record.reason),
                                  .accepted_at = now,
                                  .given_up_at = now,
                                  .position = record.position});
    ++unreadable_;
  }
}

void Worker::start_what_may(Instant now) {
  while (Operation* operation = pipeline_.next(now)) {
    const Result<void> started = sender_.start(*operation, clock_.wall_now());
    if (started) {
      counters_.requests.add();
      continue;
    }
    // Without a token the endpoint cannot be asked at all: it is held, as after a 401.
    log_.no_token(started.error(), now);
    pipeline_.complete(
        *operation,
        {.verdict = {.kind = VerdictKind::kCredential}, .description = started.error().message},
        now);
  }
}

void Worker::wait(bool busy) {
  const Instant now = clock_.now();
  Duration timeout = Duration::zero();
  if (!busy && prepare_to_sleep()) {
    const Duration longest = pipeline_.idle() ? kLongestSleep : kLongestWait;
    timeout = std::clamp(pipeline_.wake_at(now) - now, Duration::zero(), longest);
  }
  transport_.poll(timeout, completions_);
  if (pipeline_.in_flight() > 0) pass(FaultPoint::kSent);
  queue_.woke_up();
  if (records_ != nullptr) records_->woke_up();
}

bool Worker::prepare_to_sleep() {
  return queue_.prepare_to_sleep() && (records_ == nullptr || records_->prepare_to_sleep());
}

void Worker::complete_all() {
  if (!completions_.empty()) pass(FaultPoint::kAnswered);
  for (const Completion& completion : completions_) {
    if (completion.tag == Sender::kHealthTag) {
      note_health(completion);
      continue;
    }
    count_answer(completion.response);
    const Sender::Ended ended = sender_.finish(completion);
    const Duration took = completion.finished - completion.started;
    log_.request(ended, took, completion.finished);
    counters_.request.add(took);
    const Instant now = clock_.now();
    if (ended.end.verdict.kind == VerdictKind::kDone) count_delivery(*ended.operation, now);
    pipeline_.complete(*ended.operation, ended.end, now);
  }
  completions_.clear();
}

void Worker::renew_connections() {
  const uint64_t renewals = pipeline_.endpoint().trouble().renewals();
  if (renewals == renewals_seen_) return;
  renewals_seen_ = renewals;
  transport_.renew_connections();
}

void Worker::note_health(const Completion& completion) {
  const Health health = judge_health(completion.response);
  pipeline_.health_ended(health != Health::kNoAnswer, health == Health::kGood, clock_.now());
}

void Worker::count_delivery(const Operation& operation, Instant now) {
  for (const Member& member : operation.members) {
    counters_.delivery.add(now - member.entry->batch->accepted_at());
  }
}

Worker::Redriven Worker::redrive(const LetterChoice& choice) {
  Redrive::Result result = pipeline_.redrive(choice, clock_.now());
  for (std::unique_ptr<Batch>& batch : result.batches) {
    if (committer_ != nullptr) {
      committer_->redrive(std::move(batch));
      continue;
    }
    queue_.budget().add(batch->charge(), batch->account());
    pipeline_.accept(std::move(batch));
  }
  return {.actions = result.actions, .warnings = std::move(result.warnings)};
}

void Worker::reconfigure(PipelineOptions options, const Sender::Options& sender) {
  pipeline_.reconfigure(std::move(options));
  sender_.set_timeout(sender.timeout);
  transport_.renew_connections();
}

void Worker::count_answer(const HttpResponse& response) {
  const int status = response.status;
  if (status == 0) {
    counters_.transport_errors.add();
  } else if (status >= 200 && status < 300) {
    counters_.answers_2xx.add();
  } else if (status == 429) {
    counters_.answers_429.add();
  } else if (status >= 400 && status < 500) {
    counters_.answers_4xx.add();
  } else if (status >= 500 && status < 600) {
    counters_.answers_5xx.add();
  } else {
    counters_.answers_other.add();
  }
}

// Outcomes go out before their bytes are released: an account may be gone after that.
void Worker::report() {
  reporter_.push(pipeline_.outcomes());
  if (!pipeline_.releases().empty()) pass(FaultPoint::kSettled);
  hand_over_letters();
  for (const Release& release : pipeline_.releases()) {
    const bool is_of_records = records_ != nullptr && release.account->of_stream;
    (is_of_records ? *records_ : queue_).budget().release(release.bytes, *release.account);
  }
  pipeline_.releases().clear();
  publish();
}

// After the outcomes: what is on disk must not be ahead of what producers know.
void Worker::hand_over_letters() {
  DeadLetterStore& letters = pipeline_.dead_letters();
  std::vector<uint64_t>& positions = pipeline_.positions();
  letters.hand_over(positions);
  if (committer_ == nullptr) return positions.clear();
  const uint64_t synced = committer_->synced_generation();
  letters.released(committer_->settled(positions), synced);
}

// Memory that a long backlog needed is reused while there is one, and given back after it.
void Worker::release_after_backlog(Instant now) {
  static constexpr uint64_t kLong = 10'000;  // actions: some MB
  static constexpr Duration kQuiet = std::chrono::seconds(1);
  longest_backlog_ = std::max(longest_backlog_, pipeline_.ledger().unsettled());
  if (!pipeline_.idle() || pipeline_.in_flight() > 0) busy_at_ = now;
  if (longest_backlog_ < kLong || now - busy_at_ < kQuiet) return;
  pipeline_.release_memory();
  reporter_.release_memory();
  longest_backlog_ = 0;
}

// A hub in memory has accepted what its pipeline has. What comes from streams, no committer sees.
Committer::Counts Worker::committed() const {
  if (committer_ == nullptr) return {.accepted = pipeline_.ledger().accepted};
  Committer::Counts counts = committer_->counts();
  counts.accepted += from_streams_;
  return counts;
}

void Worker::publish() {
  const Ledger& ledger = pipeline_.ledger();
  const Committer::Counts counts = committed();
  counters_.publication.begin();
  counters_.accepted.set(counts.accepted);
  counters_.delivered.set(ledger.with(OutcomeKind::kDelivered));
  counters_.superseded.set(ledger.with(OutcomeKind::kSuperseded));
  counters_.dead_lettered.set(ledger.with(OutcomeKind::kDeadLettered) + unreadable_);
  counters_.expired.set(ledger.with(OutcomeKind::kExpired) + counts.expired);
  counters_.abandoned.set(ledger.with(OutcomeKind::kAbandoned) + counts.lost);
  counters_.returned.set(ledger.with(OutcomeKind::kReturned));
  counters_.from_streams.set(from_streams_);
  counters_.target_gone.set(ledger.target_gone);
  counters_.conflated.set(ledger.conflated);
  counters_.fan_outs.set(ledger.requests(OperationForm::kFanOut));
  counters_.fanned_out.set(ledger.carried_by(OperationForm::kFanOut));
  counters_.bulk_changes.set(ledger.requests(OperationForm::kBulkMembership));
  counters_.bulk_changed.set(ledger.carried_by(OperationForm::kBulkMembership));
  counters_.merges.set(ledger.requests(OperationForm::kMerge));
  counters_.merged.set(ledger.carried_by(OperationForm::kMerge));
  counters_.duplicates.set(duplicates_ + counts.duplicates);
  counters_.splits.set(ledger.splits);
  counters_.redriven.set(ledger.redriven);
  counters_.retries.set(ledger.retries);
  counters_.ambiguous_retries.set(ledger.ambiguous_retries);
  counters_.health_probes.set(ledger.health_probes);
  counters_.charged_answered.set(ledger.charges[static_cast<size_t>(Evidence::kAnswered)]);
  counters_.charged_healthy.set(ledger.charges[static_cast<size_t>(Evidence::kHealthy)]);
  const uint64_t elsewhere = counts.expired + counts.lost + unreadable_;
  counters_.queued.set(ledger.in(EntryState::kQueued) + counts.accepted - ledger.accepted -
                       elsewhere);
  counters_.active.set(ledger.in(EntryState::kActive));
  counters_.deferred.set(ledger.in(EntryState::kDeferred));
  const Pace& pace = pipeline_.endpoint().pace();
  counters_.pace.set(static_cast<uint64_t>(pace.present()));
  counters_.pace_is_learnt.set(pace.is_learnt() ? 1 : 0);
  counters_.concurrency.set(pipeline_.permits().concurrency());
  counters_.in_flight.set(pipeline_.permits().in_flight());
  counters_.kinds_held.set(pipeline_.kind_holds().count());
  counters_.held_bytes.set(queue_.budget().held_bytes() + counts.uncommitted_bytes +
                           (records_ != nullptr ? records_->budget().held_bytes() : 0));
  counters_.lanes.set(pipeline_.order().lanes());
  counters_.blocked_lanes.set(pipeline_.lanes_held_up());
  counters_.publication.end();
}

void Worker::stop(Instant deadline) {
  deadline_.store(deadline.time_since_epoch().count(), std::memory_order_relaxed);
  // Release pairs with the acquire in finished(): the deadline is seen with it.
  stopping_.store(true, std::memory_order_release);
  transport_.wake();
}

void Worker::stop_now() {
  stop(Instant::min());
}

bool Worker::finished(Instant now) const {
  // Acquire pairs with the release in stop(): the deadline is not older than the flag.
  if (!stopping_.load(std::memory_order_acquire)) return false;
  if (now.time_since_epoch().count() >= deadline_.load(std::memory_order_relaxed)) return true;
  // First, since what it is drained of is in the queue.
  if (committer_ != nullptr && !committer_->is_drained()) return false;
  if (records_ != nullptr && records_->size_approx() > 0) return false;
  return pipeline_.idle() && queue_.size_approx() == 0;
}

}  // namespace awps
