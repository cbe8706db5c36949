#include "tests/simulation/stream_daemon.h"

#include <algorithm>

namespace awps {

namespace {

using std::chrono::seconds;

// More turns than that at one time, though nothing happens in between, are a spin.
constexpr int kMostTurnsAtOnce = 2000;
constexpr Duration kMostUntilStopped = seconds(40);
// Beyond a limit by one action for each producer that looked before another one added.
constexpr uint64_t kMostCharge = 4096;

}  // namespace

StreamDaemon::StreamDaemon(const Options& options, const Parts& parts)
    : options_(options), parts_(parts), random_(options.seed) {
  source_ = parts.broker.join([this] { is_woken_ = true; });
  parts.judge.joined(source_->number(), options.stream.max_ahead);
  const StreamHub::Parts hub_parts{.endpoint = endpoint_,
                                   .service = parts.service,
                                   .truth = parts.truth,
                                   .judge = parts.judge,
                                   .clock = parts.clock,
                                   .room_again = [this] {
                                     if (stream_ != nullptr) stream_->room_again();
                                   }};
  for (const std::string& name : options.hubs) {
    StreamHub::Options hub{.member = source_->number(), .pipeline = options.pipeline};
    hub.pipeline.hub = name;
    hub.queue = {.hub = name,
                 .intake_threads = 2,
                 .block_when_full = options.block_when_full,
                 .budget = options.budget};
    hub.has_disk = options.has_disk;
    hub.slowest_sync = options.slowest_sync;
    hub.seed = random_.next();
    hubs_.push_back(std::make_unique<StreamHub>(hub, hub_parts));
    is_configured_.push_back(true);
    Account& account = socket_accounts_.emplace_back();
    account.producer = ++parts.last_producer;
    account.wants_outcomes = true;
    account.reports = &socket_reports_;
  }
  if (options.writes_letters) {
    letters_ =
        std::make_unique<StreamLetters>(StreamLetters::Parts{.member = source_->number(),
                                                             .truth = parts.truth,
                                                             .judge = parts.judge,
                                                             .clock = parts.clock,
                                                             .wake = [this] { is_woken_ = true; }},
                                        random_.next());
  }
  stream_ = std::make_unique<Stream>(
      options.stream, directory(),
      Stream::Parts{
          .clock = parts.clock,
          .source = *source_,
          .letters = letters_.get(),
          .counters = counters_,
          .next_producer = [&last = parts.last_producer] { return ++last; },
          .log = [](StreamLog, const std::string&) {},
          .wake = [this] { is_woken_ = true; },
          .slot = 1,
          .on_part =
              [this](const SharedPart& part) { endpoint_.set_part(part, parts_.clock.now()); }});
}

StreamDaemon::~StreamDaemon() {
  parts_.judge.died(member());
  for (const auto& hub : hubs_) hub->end();
  stream_.reset();
}

std::shared_ptr<const HubDirectory> StreamDaemon::directory() const {
  std::vector<IntakeHub> hubs;
  for (size_t i = 0; i < hubs_.size(); ++i) {
    if (!is_configured_[i]) continue;
    IntakeHub& hub = hubs.emplace_back();
    hub.name = hubs_[i]->name();
    hub.queue = &hubs_[i]->queue();
    hub.entrance = hubs_[i].get();
    hub.for_streams = hubs_[i].get();
  }
  return std::make_shared<const HubDirectory>(std::move(hubs), options_.stream.hub);
}

double StreamDaemon::part() {
  if (is_frozen()) return 0;
  endpoint_.look_at_lease(parts_.clock.now());
  return endpoint_.shared_limit()->part;
}

void StreamDaemon::turn() {
  if (is_frozen()) return;
  if (letters_ != nullptr) letters_->advance();
  const bool stream_first = random_.chance(0.5);
  if (stream_first) turn_stream();
  for (const auto& hub : hubs_) hub->work();
  if (!stream_first) turn_stream();
  std::vector<Report> reports;
  while (socket_reports_.pop(reports)) reports.clear();
}

bool StreamDaemon::is_stream_due() const {
  const Instant now = parts_.clock.now();
  if (now < parts_.broker.blocked_until(member())) return false;
  return is_woken_ || stream_->next_turn(now) <= now;
}

void StreamDaemon::turn_stream() {
  if (!is_stream_due()) return;
  const Instant now = parts_.clock.now();
  turns_at_once_ = spun_at_ == now ? turns_at_once_ + 1 : 0;
  spun_at_ = now;
  if (turns_at_once_ > kMostTurnsAtOnce) parts_.judge.mistake("a stream spins");
  is_woken_ = false;
  stream_->woke_up();
  stream_->turn(now);
  parts_.judge.turned(member());
  if (!stream_->prepare_to_sleep()) is_woken_ = true;
}

Instant StreamDaemon::next_event() const {
  if (is_frozen()) return frozen_until_;
  const Instant now = parts_.clock.now();
  Instant at = is_woken_ ? now : std::max(now, stream_->next_turn(now));
  at = std::max(at, parts_.broker.blocked_until(member()));
  for (const auto& hub : hubs_) at = std::min(at, hub->next_event());
  return letters_ == nullptr ? at : std::min(at, letters_->next_event());
}

void StreamDaemon::check() {
  for (const auto& hub : hubs_) hub->check_law();
  check_memory();
  if (!is_stopping() || has_stopped() || is_frozen()) return;
  if (parts_.clock.now() - *stopping_since_ > kMostUntilStopped) {
    parts_.judge.mistake("a stream does not stop");
  }
}

void StreamDaemon::check_memory() {
  for (const auto& hub : hubs_) {
    const Budget& budget = hub->queue().budget();
    if (budget.held_bytes() > budget.max_bytes() + 2 * kMostCharge) {
      parts_.judge.mistake(hub->name() + " holds more than it may");
    }
  }
}

void StreamDaemon::send(size_t number, const std::vector<size_t>& elements) {
  StreamHub& hub = *hubs_[number];
  Account& account = socket_accounts_[number];
  auto batch = std::make_unique<Batch>(account, parts_.clock.now(), 256);
  for (const size_t element : elements) {
    const Action& action = *parts_.truth.element(element).action;
    batch->add(action, ++socket_seq_, static_cast<uint32_t>(charge_of(action)),
               /*ordered_batch=*/0);
  }
  if (hub.queue().budget().room_for(batch->charge(), 0, account) != Budget::Room::kFree) return;
  (void)hub.enter(/*intake_thread=*/0, std::move(batch));
  hub.end_read();
}

void StreamDaemon::freeze(Instant until) {
  frozen_until_ = std::max(frozen_until_, until);
  if (stopping_since_.has_value()) *stopping_since_ += until - parts_.clock.now();
}

void StreamDaemon::set_max_ahead(uint64_t max_ahead) {
  options_.stream.max_ahead = max_ahead;
  stream_->set_options(options_.stream);
  parts_.judge.set_max_ahead(member(), max_ahead);
}

void StreamDaemon::set_hubs(std::vector<std::string> hubs) {
  options_.stream.hubs = std::move(hubs);
  stream_->set_options(options_.stream);
}

void StreamDaemon::configure(size_t number, bool is_there) {
  is_configured_[number] = is_there;
  hubs_[number]->queue().set_removed(!is_there);
  stream_->follow_directory(directory());
}

void StreamDaemon::begin_stop() {
  if (is_stopping()) return;
  stopping_since_ = parts_.clock.now();
  stream_->begin_stop(parts_.clock.now());
  is_woken_ = true;
}

}  // namespace awps
