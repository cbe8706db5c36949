#include "gateway/reads.h"

#include <algorithm>
#include <set>
#include <utility>

#include "gateway/read_answer.h"

namespace awps {

namespace {

// Where the endpoint's permits are taken by writes, there is no telling when one is free.
constexpr Duration kNextLook = std::chrono::milliseconds(10);
constexpr double kShareOfPace = 0.25;

HttpMethod method_of(Route route) {
  if (route == Route::kListConnectionsInGroup) return HttpMethod::kGet;
  return route == Route::kGenerateClientToken ? HttpMethod::kPost : HttpMethod::kHead;
}

// "Bearer TOKEN": the check has found it to be of that form.
std::string token_in(const http_server::Request& request) {
  const std::string_view value = request.header("authorization").value_or(std::string_view());
  const size_t blank = value.find(' ');
  if (blank == std::string_view::npos) return "";
  const size_t begin = value.find_first_not_of(' ', blank);
  return begin == std::string_view::npos ? "" : std::string(value.substr(begin));
}

bool is_passed_on(const Visit& visit) {
  if (!visit.over_tcp) return false;
  if (visit.caller.kind == Caller::Kind::kEntra) return true;
  return visit.caller.kind == Caller::Kind::kServiceKey && visit.caller.audience_is_services;
}

GatewayAnswer stopped_answer() {
  return stopping_answer("the gateway stops; ask again, or ask the service itself");
}

GatewayAnswer way_has_changed() {
  return busy_answer("the way to the service has changed");
}

}  // namespace

Reads::Reads(const Options& options, Parts parts) : options_(options), parts_(std::move(parts)) {}

Reads::~Reads() {
  for (const auto& [key, channel] : channels_) channel->thread.end();
}

void Reads::take(Visit visit, const http_server::Request& request, Exchange exchange) {
  if (std::optional<GatewayAnswer> refusal = refusal_of(visit)) return exchange.answer(*refusal);
  if (is_stopping_) return exchange.answer(stopped_answer());
  ReadThread::Job job = job_of(visit, request);
  if (!names_hub(visit.routed.route)) {
    return take_health(visit, std::move(job), std::move(exchange));
  }
  if (waiting_.size() >= options_.max_waiting) {
    return exchange.answer(busy_answer("too many reads wait for the service"));
  }
  const uint64_t number = job.number;
  const Instant deadline = exchange.arrived() + visit.hub->rules.answer_within;
  deadlines_.emplace(deadline, number);
  Waiting& read = waiting_
                      .emplace(number, Waiting{.hub = visit.hub,
                                               .job = std::move(job),
                                               .question = std::nullopt,
                                               .deadline = deadline,
                                               .exchange = std::move(exchange)})
                      .first->second;
  if (visit.fields.after_settled) {
    read.question = parts_.settled.ask(visit.routed);
    for (const SettledWatch::Target target : read.question->targets) {
      unsettled_.emplace(target, number);
    }
    look_whether_settled({number});
  } else {
    channel_of(read.hub->rules.way).ready.insert(number);
  }
  advance();
}

// Not among those that wait, and without a permit: who asks has shown no token.
void Reads::take_health(const Visit& visit, ReadThread::Job job, Exchange exchange) {
  const Instant now = parts_.clock.now();
  if (const std::optional<Duration> left = visit.hub->rules.way->trouble_left(now)) {
    return exchange.answer(paused_answer("the service takes no requests now", *left));
  }
  if (!health_.take(std::move(exchange), job.number, now)) return;
  health_channel_ = &channel_of(visit.hub->rules.way);
  health_channel_->thread.start(std::move(job));
}

void Reads::finish_health(const ReadThread::Done& done) {
  parts_.counters.note_read(done.response.status);
  health_channel_ = nullptr;
  health_.answer(answer_of_read(Route::kGetServiceStatus, done), parts_.clock.now());
}

std::optional<GatewayAnswer> Reads::refusal_of(const Visit& visit) const {
  if (visit.hub == nullptr || visit.hub->rules.way == nullptr) {
    return busy_answer("the gateway has no way to the service of this hub now");
  }
  if (ways_ && !ways_->contains(visit.hub->rules.way->key)) return way_has_changed();
  if (visit.routed.route != Route::kGenerateClientToken || is_passed_on(visit)) {
    return std::nullopt;
  }
  return error_answer(403, "Error.Forbidden",
                      "the gateway makes no client tokens; :generateToken needs an Entra token, "
                      "or sign one with the access key, as the SDKs do");
}

ReadThread::Job Reads::job_of(const Visit& visit, const http_server::Request& request) {
  ReadThread::Job job{.number = ++last_number_,
                      .method = method_of(visit.routed.route),
                      .url = visit.hub->rules.service_url + request.target,
                      .client_request_id = visit.fields.client_request_id,
                      .timeout = options_.timeout};
  if (!names_hub(visit.routed.route)) return job;  // the service takes it from anybody
  if (is_passed_on(visit)) {
    job.token = token_in(request);
  } else {
    job.audience = job.url.substr(0, job.url.find('?'));
  }
  return job;
}

void Reads::advance() {
  take_done();
  std::erase_if(ending_, [](const auto& channel) { return channel->thread.has_ended(); });
  take_settled();
  const Instant now = parts_.clock.now();
  answer_overdue(now);
  next_time_ = deadlines_.empty() ? kNever : deadlines_.begin()->first;
  // Whose first one came first is first: there may be fewer places than services.
  std::vector<Channel*> channels;
  for (const auto& [key, channel] : channels_) {
    if (!channel->ready.empty()) channels.push_back(channel.get());
  }
  std::ranges::sort(channels, {}, [](const Channel* channel) { return *channel->ready.begin(); });
  for (Channel* channel : channels) send_ready(*channel, now);
}

void Reads::take_done() {
  for (const auto& [key, channel] : channels_) {
    for (const ReadThread::Done& done : channel->thread.take_done()) {
      if (health_.is_asked_by(done.number)) finish_health(done);
      const auto found = under_way_.find(done.number);
      if (found == under_way_.end()) continue;
      parts_.counters.note_read(done.response.status);
      --channel->under_way;
      Exchange exchange = std::move(found->second.exchange);
      under_way_.erase(found);
      exchange.answer(answer_of_read(exchange.route(), done));
    }
  }
}

void Reads::take_settled() {
  const SettledWatch::Changes changes = parts_.settled.take_changes();
  if (unsettled_.empty()) return;
  std::vector<uint64_t> numbers;
  for (const SettledWatch::Target target : changes.targets) {
    const auto [begin, end] = unsettled_.equal_range(target);
    for (auto entry = begin; entry != end; ++entry) numbers.push_back(entry->second);
  }
  if (changes.is_any) {
    for (const auto& [target, number] : unsettled_) numbers.push_back(number);
  }
  look_whether_settled(numbers);
}

void Reads::look_whether_settled(const std::vector<uint64_t>& numbers) {
  for (const uint64_t number : numbers) {
    Waiting& read = waiting_.at(number);
    if (!read.question || !parts_.settled.is_settled(*read.question)) continue;
    forget_question(number, read);
    channel_of(read.hub->rules.way).ready.insert(number);
  }
}

void Reads::forget_question(uint64_t number, Waiting& read) {
  if (!read.question) return;
  for (const SettledWatch::Target target : read.question->targets) {
    const auto [begin, end] = unsettled_.equal_range(target);
    const auto found =
        std::find_if(begin, end, [number](const auto& entry) { return entry.second == number; });
    if (found != end) unsettled_.erase(found);
  }
  read.question.reset();
}

// It waits no more.
Reads::Waiting Reads::take_waiting(uint64_t number) {
  auto node = waiting_.extract(number);
  Waiting read = std::move(node.mapped());
  deadlines_.erase({read.deadline, number});
  forget_question(number, read);
  const auto channel = channels_.find(read.hub->rules.way->key);
  if (channel != channels_.end()) channel->second->ready.erase(number);
  return read;
}

void Reads::answer_overdue(Instant now) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const uint64_t number = deadlines_.begin()->second;
    const bool is_settled = !waiting_.at(number).question;
    take_waiting(number).exchange.answer(busy_answer(
        is_settled ? "this read had no turn within answer_within"
                   : "what this read was to wait for (x-awpsd-after) is not settled yet"));
  }
}

void Reads::send_ready(Channel& channel, Instant now) {
  if (const std::optional<Duration> left = channel.way->trouble_left(now)) {
    const GatewayAnswer answer = paused_answer("the service takes no requests now", *left);
    while (!channel.ready.empty()) {
      take_waiting(*channel.ready.begin()).exchange.answer(answer);
    }
  }
  while (!channel.ready.empty() && may_send(channel, now)) {
    send(*channel.ready.begin(), channel);
  }
}

bool Reads::may_send(Channel& channel, Instant now) {
  const bool has_place =
      under_way_.size() < options_.max_reads && channel.under_way < share_of_channel();
  if (!has_place) return false;
  const double pace = channel.way->pace() * kShareOfPace;
  if (pace != std::exchange(channel.pace, pace)) channel.quarter.set_options({pace});
  if (!channel.quarter.take(1, now)) {
    look_again_at(channel.quarter.earliest());
    return false;
  }
  if (channel.way->take_permit(now)) return true;
  channel.quarter.give_back(1);
  look_again_at(now + kNextLook);
  return false;
}

void Reads::send(uint64_t number, Channel& channel) {
  Waiting read = take_waiting(number);
  ++channel.under_way;
  under_way_.emplace(number, UnderWay{.channel = &channel, .exchange = std::move(read.exchange)});
  channel.thread.start(std::move(read.job));
}

Reads::Channel& Reads::channel_of(const std::shared_ptr<const ReadWay>& way) {
  std::unique_ptr<Channel>& channel = channels_[way->key];
  if (channel == nullptr) channel = std::make_unique<Channel>(way, parts_.clock, parts_.tell);
  return *channel;
}

// One that has the gateway for itself may use all of it.
size_t Reads::share_of_channel() const {
  return std::max<size_t>(1, options_.max_reads / std::max<size_t>(1, channels_.size()));
}

// Nothing waits for a thread here: one that is asked to end is freed once it has.
void Reads::follow(const std::vector<HubRules>& hubs) {
  std::set<std::string>& used = ways_.emplace();
  for (const HubRules& rules : hubs) {
    if (rules.way != nullptr) used.insert(rules.way->key);
  }
  // One that waits on would make its way anew, and nothing would end that.
  std::vector<uint64_t> gone;
  for (const auto& [number, read] : waiting_) {
    if (!used.contains(read.hub->rules.way->key)) gone.push_back(number);
  }
  for (const uint64_t number : gone) take_waiting(number).exchange.answer(way_has_changed());
  for (auto entry = channels_.begin(); entry != channels_.end();) {
    if (used.contains(entry->first)) {
      ++entry;
      continue;
    }
    answer_under_way_of(*entry->second, way_has_changed());
    entry->second->thread.end();
    ending_.push_back(std::move(entry->second));
    entry = channels_.erase(entry);
  }
}

void Reads::answer_under_way_of(const Channel& channel, const GatewayAnswer& answer) {
  if (health_channel_ == &channel) {
    health_channel_ = nullptr;
    health_.answer(answer, parts_.clock.now());
  }
  for (auto read = under_way_.begin(); read != under_way_.end();) {
    if (read->second.channel != &channel) {
      ++read;
      continue;
    }
    Exchange exchange = std::move(read->second.exchange);
    read = under_way_.erase(read);
    exchange.answer(answer);
  }
}

void Reads::stop() {
  is_stopping_ = true;
  while (!waiting_.empty()) {
    take_waiting(waiting_.begin()->first).exchange.answer(stopped_answer());
  }
  next_time_ = kNever;
}

void Reads::abandon() {
  for (const auto& [key, channel] : channels_) {
    answer_under_way_of(*channel, stopped_answer());
    channel->thread.end();
  }
}

}  // namespace awps
