#include "tests/simulation/stream_hub.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "hub/letter_of_record.h"
#include "hub/waiting_reason.h"
#include "service_api/judge.h"
#include "tests/simulation/coalesce_rules.h"
#include "tests/simulation/stream_letters.h"

namespace awps {

StreamHub::StreamHub(const Options& options, const Parts& parts)
    : options_(options),
      endpoint_(parts.endpoint),
      service_(parts.service),
      truth_(parts.truth),
      judge_(parts.judge),
      clock_(parts.clock),
      queue_(
          options.queue, [this] { is_woken_ = true; }, parts.room_again),
      memory_(queue_),
      pipeline_(std::make_unique<Pipeline>(options.pipeline, parts.endpoint, options.seed)),
      random_(options.seed ^ 0x4ab5U) {}

uint64_t StreamHub::element_of(const Action& action) {
  uint64_t element = 0;
  std::from_chars(action.id.data(), action.id.data() + action.id.size(), element);
  return element;
}

std::optional<Receipt> StreamHub::enter(int intake_thread, std::unique_ptr<Batch> batch) {
  const uint64_t producer = batch->account().producer;
  for (const Accepted* one = batch->first(); one != nullptr; one = one->next) {
    judge_.entered(options_.member, producer, element_of(one->action()));
  }
  return memory_.enter(intake_thread, std::move(batch));
}

void StreamHub::withdraw(std::vector<uint64_t> producers, std::function<void()> confirmed) {
  is_woken_ = true;
  mail_.push_back([this, producers = std::move(producers), confirmed = std::move(confirmed)] {
    take_batches();
    withdrawn_.insert(producers.begin(), producers.end());
    pipeline_->withdraw(
        [&](const Account& account) { return withdrawn_.contains(account.producer); },
        clock_.now());
    report();
    confirmed();
  });
}

void StreamHub::keep(RefusedRecord record, std::function<void(uint64_t letter)> kept) {
  is_woken_ = true;
  ++refused_in_mail_;
  const size_t ownership = judge_.ownership_of(options_.member, record.partition);
  mail_.push_back([this, ownership, record = std::move(record), kept = std::move(kept)] {
    --refused_in_mail_;
    judge_.refused(record.partition, record.offset, record.element);
    const uint64_t letter =
        pipeline_->dead_letters().add(letter_of(RefusedRecord(record), clock_.now()));
    std::vector<uint32_t> elements = {record.element};
    static constexpr std::string_view kOthers = "failed: ";
    if (const size_t place = record.message.rfind(kOthers); place != std::string::npos) {
      const std::string_view list = std::string_view(record.message).substr(place);
      for (const uint32_t one : elements_in(list.substr(kOthers.size()))) elements.push_back(one);
    }
    for (const uint32_t index : elements) {
      TruthElement* const element = truth_.find(record.partition, record.offset, index);
      if (element != nullptr) keep_letter({letter, element, ownership});
    }
    kept(letter);
  });
}

void StreamHub::ask_why(std::vector<Waiting> actions, Told told) {
  is_woken_ = true;
  mail_.push_back([this, actions = std::move(actions), told = std::move(told)] {
    std::vector<std::string> reasons = waiting_reasons(*pipeline_, actions, clock_.now());
    if (reasons.size() != actions.size()) mistake("not every action that waits has a reason");
    told(std::move(reasons));
  });
}

// ---- the worker's turn

void StreamHub::work() {
  if (is_stalled()) return;
  is_woken_ = false;
  const Instant now = clock_.now();
  take_answers();
  for (const std::function<void()>& one : std::exchange(mail_, {})) one();
  take_batches();
  pipeline_->advance(now);
  if (pipeline_->take_health_probe(now)) {
    pipeline_->health_ended(/*reached=*/true, !service_.is_down(now), now);
  }
  report();  // what ended holds nobody up
  while (Operation* operation = pipeline_->next(now)) start(*operation);
  report();
  sync_letters();
  if (pipeline_->wake_at(now) <= now) mistake("a worker that may do nothing would spin");
  if (!queue_.prepare_to_sleep()) is_woken_ = true;
}

Instant StreamHub::next_event() const {
  const Instant now = clock_.now();
  if (is_stalled()) return stalled_until_;
  if (is_woken_ || !mail_.empty()) return now;
  // A worker looks around now and then: holds of the endpoint end without a word.
  Instant at = pipeline_->idle() ? kNever : now + std::chrono::milliseconds(500);
  at = std::min(at, pipeline_->wake_at(now));
  for (const Attempt& attempt : attempts_) at = std::min(at, attempt.at);
  return is_disk_stuck_ ? at : std::min(at, synced_at_);
}

void StreamHub::take_batches() {
  std::array<std::unique_ptr<Batch>, 4> batches;
  while (const size_t count = queue_.pop(batches)) {
    for (auto& batch : std::span(batches).first(count)) {
      Account& account = batch->account();
      for (const Accepted* one = batch->first(); one != nullptr; one = one->next) {
        Issued issued{.element = element_of(one->action()), .account = &account};
        issued.order = {.action = &*truth_.element(issued.element).action,
                        .producer = account.producer,
                        .ordered_batch = one->ordered_batch()};
        issued.number = accepted_++;
        issued.accepted = batch->accepted_at();
        if (!open_.emplace(Key(account.producer, one->seq), issued).second) {
          mistake("two actions of one producer have the same seq");
        }
      }
      pipeline_->accept(std::move(batch));
    }
  }
}

void StreamHub::take_answers() {
  for (size_t i = 0; i < attempts_.size();) {
    if (attempts_[i].at > clock_.now()) {
      ++i;
      continue;
    }
    const Attempt attempt = std::move(attempts_[i]);
    attempts_.erase(attempts_.begin() + static_cast<ptrdiff_t>(i));
    answer(attempt);
  }
}

void StreamHub::start(Operation& operation) {
  Attempt attempt{.operation = &operation};
  bool is_poisoned = false;
  for (const Member& member : operation.members) {
    const Key key(member.entry->batch->account().producer, member.entry->accepted->seq);
    is_poisoned |= truth_.element(open_.at(key).element).is_poisoned;
    attempt.members.push_back(key);
  }
  for (size_t i = 0; i < attempt.members.size(); ++i) check_start(attempt.members, i);
  for (const Key& key : attempt.members) {
    Issued& issued = open_.at(key);
    issued.is_active = true;
    judge_.started(options_.member, key.first, issued.element);
  }
  judge_.started_with(options_.member, endpoint_.shared_limit()->part);
  const Action& first = *open_.at(attempt.members.front()).order.action;
  ServiceModel::Answer answer = service_.answer(first, is_poisoned, clock_.now());
  attempt.at = clock_.now() + answer.after;
  attempt.response = std::move(answer.response);
  attempts_.push_back(std::move(attempt));
}

Instant StreamHub::expiry(const Issued& issued) const {
  const TruthElement& element = truth_.element(issued.element);
  if (element.action->time_to_live == Duration::zero()) return kNever;
  if (!element.written_at.has_value()) return issued.accepted + element.action->time_to_live;
  return clock_.now() + (*element.written_at + element.action->time_to_live - clock_.wall_now());
}

void StreamHub::check_start(const std::vector<Key>& members, size_t position) {
  const Issued& issued = open_.at(members[position]);
  if (issued.is_active) mistake("an action started twice at once");
  if (clock_.now() >= expiry(issued)) {
    mistake("element " + std::to_string(issued.element) + " started after its time to live, at " +
            std::to_string(to_seconds(clock_.now() - expiry(issued))) + " s");
  }
  if (withdrawn_.contains(members[position].first)) mistake("what was withdrawn is sent");
  const auto ahead = std::span(members).first(position);
  for (const auto& [key, earlier] : open_) {
    if (earlier.number >= issued.number) continue;
    if (!must_wait(issued.order, earlier.order, options_.pipeline.order.ordering)) continue;
    if (wait_only_as_values(issued.order, earlier.order, options_.pipeline)) continue;
    if (std::ranges::find(ahead, key) != ahead.end()) continue;
    mistake("element " + std::to_string(issued.element) + " did not wait for element " +
            std::to_string(earlier.element));
  }
}

void StreamHub::answer(const Attempt& attempt) {
  const Action& first = *open_.at(attempt.members.front()).order.action;
  const Verdict verdict = judge(
      attempt.response, {.is_send = is_send(first.kind), .coalesced = attempt.members.size() > 1});
  for (const Key& key : attempt.members) {
    Issued& issued = open_.at(key);
    issued.is_active = false;
    judge_.ended(options_.member, key.first);
    if (verdict.kind != VerdictKind::kDone) continue;
    TruthElement& element = truth_.element(issued.element);
    ++element.deliveries;
    settle(key, element);
  }
  pipeline_->complete(*attempt.operation,
                      {.verdict = verdict, .http_status = attempt.response.status}, clock_.now());
}

// ---- what came of it

void StreamHub::report() {
  for (const Outcome& outcome : pipeline_->outcomes()) take(outcome);
  reporter_.push(pipeline_->outcomes());
  pipeline_->positions().clear();
  for (const Release& release : pipeline_->releases()) {
    queue_.budget().release(release.bytes, *release.account);
  }
  pipeline_->releases().clear();
  if (pipeline_->idle() && pipeline_->in_flight() == 0) pipeline_->release_memory();
}

void StreamHub::take(const Outcome& outcome) {
  const auto found = open_.find(Key(outcome.account->producer, outcome.seq));
  if (found == open_.end()) return mistake("an outcome is of no open action");
  const Issued issued = found->second;
  take_settled(found->first, issued, outcome);
  open_.erase(found);
}

void StreamHub::take_settled(const Key& key, const Issued& issued, const Outcome& outcome) {
  TruthElement& element = truth_.element(issued.element);
  switch (outcome.kind) {
    case OutcomeKind::kDelivered:
      // Its answer settled it.
      if (!element.is_settled) mistake("an action counts as delivered that the service never took");
      return;
    case OutcomeKind::kSuperseded: {
      const auto by = open_.find(Key(outcome.account->producer, outcome.by_seq));
      if (by == open_.end()) return mistake("an action was superseded by one that is not there");
      if (truth_.element(by->second.element).offset < element.offset) {
        mistake("an action was superseded by an earlier one");
      }
      return settle(key, element);
    }
    case OutcomeKind::kExpired:
      if (clock_.now() < expiry(issued)) mistake("an action expired before its time");
      return settle(key, element);
    case OutcomeKind::kDeadLettered:
      if (issued.account->letters_elsewhere) return;  // its stream's writer settles it
      if (element.is_of_record() && outcome.letter == 0) mistake("a dead letter has no number");
      if (!element.is_of_record()) return;
      return keep_letter({outcome.letter, &element,
                          judge_.ownership_of(options_.member, outcome.account->producer)});
    case OutcomeKind::kReturned:
      if (!withdrawn_.contains(outcome.account->producer)) {
        mistake("an action was returned that nobody withdrew");
      }
      return;
    default:
      mistake("an action has the outcome '" + std::string(name_of(outcome.kind)) + "'");
  }
}

void StreamHub::settle(const Key& key, TruthElement& element) {
  if (!element.is_of_record()) return truth_.settle(element);
  judge_.settled(judge_.ownership_of(options_.member, key.first), element);
}

void StreamHub::keep_letter(Letter letter) {
  if (!options_.has_disk) return judge_.settled(letter.ownership, *letter.element);
  unsafe_.push_back(letter);
}

void StreamHub::sync_letters() {
  const Instant now = clock_.now();
  if (is_disk_stuck_) return;
  if (now >= synced_at_) {
    safe_ = syncing_;
    synced_at_ = kNever;
    std::erase_if(unsafe_, [this](const Letter& one) {
      if (one.number > safe_) return false;
      judge_.settled(one.ownership, *one.element);
      return true;
    });
  }
  const uint64_t last = pipeline_->dead_letters().summary().last_number;
  if (synced_at_ != kNever || last == safe_) return;
  syncing_ = last;
  const auto slowest = static_cast<uint64_t>(options_.slowest_sync.count());
  synced_at_ = now + std::chrono::milliseconds(1) + Duration(random_.below(slowest + 1));
}

void StreamHub::check_law() {
  const Ledger& ledger = pipeline_->ledger();
  if (!ledger.balances()) mistake("the law does not hold");
  if (ledger.accepted != accepted_) mistake("accepted is not what was accepted");
  if (ledger.unsettled() != open_.size()) mistake("unsettled is not what has no outcome");
  const auto active = static_cast<uint64_t>(
      std::ranges::count_if(open_, [](const auto& one) { return one.second.is_active; }));
  if (ledger.in(EntryState::kActive) != active) mistake("active is not what is under way");
}

void StreamHub::end() {
  reporter_.leave();
  pipeline_.reset();
  mail_.clear();
}

}  // namespace awps
