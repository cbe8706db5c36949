#include "auth/entra_token_keeper.h"

#include <algorithm>
#include <utility>

namespace awps {

namespace {

// The same failure is told again after this long.
constexpr Duration kTellAgain = std::chrono::minutes(1);
// A wait does not count the time for which the machine sleeps, but tokens go on ageing: after it, a
// new one is asked for this soon.
constexpr Duration kLongestWait = std::chrono::seconds(10);

}  // namespace

EntraTokenKeeper::EntraTokenKeeper(const Options& options, HttpTransport& transport,
                                   const Clock& clock, Report report)
    : options_(options),
      transport_(transport),
      clock_(clock),
      report_(std::move(report)),
      refresh_(options.refresh, options.seed),
      snapshot_(std::make_shared<const EntraSnapshot>()) {}

EntraTokenKeeper::~EntraTokenKeeper() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  transport_.wake();
  thread_.join();
}

void EntraTokenKeeper::ask_first(Duration patience) {
  const Instant end = clock_.now() + patience;
  while (version() == 0 && clock_.now() < end) turn(end);
}

void EntraTokenKeeper::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void EntraTokenKeeper::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) turn(kNever);
}

void EntraTokenKeeper::turn(Instant until) {
  // refuse() stores before it wakes the transport, whose poll() returns after that.
  if (const uint64_t refused = refused_generation_.exchange(0, std::memory_order_relaxed)) {
    refresh_.refused(refused, moment());
  }
  if (refresh_.due(moment())) ask();
  const Moment present = moment();
  const Instant wake = std::min(until, refresh_.wake_at(present));
  transport_.poll(std::clamp(wake - present.now, Duration::zero(), kLongestWait), completions_);
  for (const Completion& completion : completions_) take(completion.response);
  completions_.clear();
}

void EntraTokenKeeper::ask() {
  assertion_.clear();
  if (options_.identity.flow == EntraFlow::kFederatedToken) {
    Result<std::string> assertion = read_assertion(options_.identity);
    if (!assertion) {
      fail({assertion.error().message, std::nullopt});
      return;
    }
    assertion_ = std::move(*assertion);
  }
  request_ = token_request(options_.identity, assertion_);
  refresh_.started();
  transport_.start(0, {.method = request_.method,
                       .url = request_.url,
                       .content_type = request_.content_type,
                       .body = request_.body,
                       .extra_header = request_.header,
                       .timeout = options_.timeout});
}

void EntraTokenKeeper::take(const HttpResponse& response) {
  Result<TokenGrant, TokenFailure> grant =
      read_token_answer(options_.identity, assertion_, response, clock_.wall_now());
  if (!grant) {
    fail(grant.error());
    return;
  }
  refresh_.succeeded(std::move(*grant), moment());
  publish();
  if (told_.empty()) return;
  told_.clear();
  report_({Event::Kind::kRecovered,
           "tokens of " + options_.identity.url + " come again; sending goes on"});
}

void EntraTokenKeeper::fail(const TokenFailure& failure) {
  const Moment present = moment();
  refresh_.failed(failure, present);
  publish();
  if (failure.message == told_ && present.now - told_at_ < kTellAgain) return;
  told_ = failure.message;
  told_at_ = present.now;
  const bool has_token = !refresh_.token().empty() && present.wall < refresh_.expires_at();
  report_({has_token ? Event::Kind::kRefreshFailed : Event::Kind::kNoToken, failure.message});
}

void EntraTokenKeeper::publish() {
  auto snapshot =
      std::make_shared<const EntraSnapshot>(EntraSnapshot{.generation = refresh_.generation(),
                                                          .token = refresh_.token(),
                                                          .expires_at = refresh_.expires_at(),
                                                          .failure = refresh_.failure()});
  {
    const MutexLock lock(mutex_);
    snapshot_.swap(snapshot);
  }
  // Release pairs with the acquire in version(): who sees it finds this snapshot or a later one.
  version_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const EntraSnapshot> EntraTokenKeeper::snapshot() const {
  const MutexLock lock(mutex_);
  return snapshot_;
}

void EntraTokenKeeper::refuse(uint64_t generation) {
  refused_generation_.store(generation, std::memory_order_relaxed);
  transport_.wake();
}

}  // namespace awps
