#include "tests/admin/fake_service.h"

#include <algorithm>
#include <chrono>

#include "tests/support/unix_client.h"

namespace awps::admin {

namespace {

WallTime wall_time(int64_t milliseconds) {
  return WallTime(std::chrono::milliseconds(milliseconds));
}

/// Every number of the sample is another one. It follows from its name alone, so that a new row
/// changes no other number (FNV-1a: www.isthe.com/chongo/tech/comp/fnv).
uint64_t sample_number(const std::string& place, std::string_view field) {
  uint32_t hash = 2166136261U;
  for (const char c : place + "." + std::string(field)) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  }
  return 10'000 + hash % 90'000;
}

HistogramValues sample_histogram(uint64_t first) {
  HistogramValues values;
  values.counts[0] = first;
  values.counts[7] = first + 1;
  values.counts[HistogramValues::kBounds] = first + 2;
  values.sum_seconds = static_cast<double>(first) / 4;
  return values;
}

HubStatus sample_hub(const std::string& name) {
  HubStatus hub{.name = name, .endpoint = "https://example.webpubsub.azure.com"};
#define AWPS_SET(field, ...) hub.values.field = sample_number(name, #field);
  AWPS_HUB_COUNTERS(AWPS_SET)
  AWPS_HUB_GAUGES(AWPS_SET)
  AWPS_HUB_CHARGES(AWPS_SET)
#undef AWPS_SET
  // The law of the actions.
  HubValues& values = hub.values;
  values.accepted = values.queued + values.active + values.deferred + values.delivered +
                    values.superseded + values.dead_lettered + values.expired + values.abandoned +
                    values.returned;
  values.busy_nanoseconds = 1'500'000'000;
  values.delivery = sample_histogram(sample_number(name, "delivery"));
  values.request = sample_histogram(sample_number(name, "request"));
  hub.max_queued_bytes = 268435456;
  hub.max_in_flight = 64;
  hub.requests_per_second = 12.5;
  return hub;
}

SpoolStatus sample_spool(const std::string& hub) {
  SpoolStatus spool{.state = "tail",
                    .oldest_seconds = 2.5,
                    .holders = {{.connection = 12, .producer = "billing", .bytes = 345}},
                    .max_bytes = 1073741824};
#define AWPS_SET(field, ...) spool.values.field = sample_number(hub + ".spool", #field);
  AWPS_SPOOL_COUNTERS(AWPS_SET)
  AWPS_SPOOL_ERRORS(AWPS_SET)
  AWPS_SPOOL_GAUGES(AWPS_SET)
#undef AWPS_SET
  spool.values.failed = 0;
  spool.values.recovery_nanoseconds = 250'000'000;
  spool.values.commit = sample_histogram(sample_number(hub + ".spool", "commit"));
  return spool;
}

StreamView sample_stream() {
  StreamView stream{.name = "orders",
                    .topic = "awps-actions",
                    .group = "awpsd",
                    .state = "troubled",
                    .cause = "no broker answers: Connection refused",
                    .max_ahead = 5000,
                    .partitions_of_topic = 64};
  stream.partitions = {
      {.number = 3,
       .owned_since = wall_time(1767323050000),
       .settled = 120'033,
       .committed = 120'031,
       .lag = 300'000,
       .ahead = 5000,
       .wait = "ahead",
       .oldest = OldestRecordView{.offset = 120'033,
                                  .seconds = 61.5,
                                  .written_at = wall_time(1767322900000),
                                  .hub = "chat",
                                  .action = "sendToGroup",
                                  .why = "the service answered 503; attempt 7 in 12 s"}},
      {.number = 11, .owned_since = wall_time(1767323051000)},
  };
#define AWPS_SET(field, ...) stream.values.field = sample_number("orders", #field);
  AWPS_STREAM_COUNTERS(AWPS_SET)
  AWPS_STREAM_COMMITS(AWPS_SET)
  AWPS_STREAM_REBALANCES(AWPS_SET)
#undef AWPS_SET
  return stream;
}

}  // namespace

ServiceStatus sample_status() {
  ServiceStatus status{.version = "0.1.0",
                       .pid = 71,
                       .started_at = wall_time(1767323045678),
                       .now = wall_time(1767323057978),
                       .uptime = std::chrono::milliseconds(12300),
                       .log_level = "info",
                       .log_lines_dropped = 11,
                       .socket_path = "/run/awpsd/awpsd.sock",
                       .spool_bytes = 4'000'011,
                       .spool_max_bytes = 4'000'012,
                       .spool_free_bytes = 4'000'013,
                       .spool_min_free_bytes = 4'000'014};
  status.undelivered = {
      .files = 2, .actions = 586, .bytes = 70'000, .oldest = wall_time(1767323000000)};
#define AWPS_SET(field, ...) status.intake.field = sample_number("intake", #field);
  AWPS_INTAKE_COUNTERS(AWPS_SET)
#undef AWPS_SET
  status.producers = 3;
  status.gateway = GatewayStatus{.listen = "127.0.0.1:8089",
                                 .connections = 5,
                                 .max_connections = 4096,
                                 .certificate_end = wall_time(1772600767000),
                                 .certificate_error = "it is no regular file",
                                 .warning = "it ends in 3 days"};
  status.gateway->values.requests = {{{"sendToAll", 202}, 31}, {{"unknown", 404}, 32}};
  status.gateway->values.reads = {{0, 33}, {200, 34}};
  status.gateway->values.refused = {{"signature", 35}};
  status.gateway->values.joined = 36;
  status.gateway->values.seconds = sample_histogram(sample_number("gateway", "seconds"));
  status.streams = {sample_stream()};
  status.endpoints = {
      {.url = "https://example.webpubsub.azure.com",
       .hubs = {"chat", "telemetry"},
       .state = "open",
       .pace_requests_per_second = 950,
       .pace_is_learnt = true,
       .pace_reason = "learnt from 429: the service took 1000 a second",
       .shared_by = SharedLimitStatus{.stream = "orders", .owned = 24, .all = 64, .part = 0.375},
       .suspects = 1,
       .named_suspects = {{.target = "sendToGroup in group 'news'",
                           .cause = "500 InternalServerError",
                           .seconds = 12.5}},
       .learnt = {"fan_out: off: such requests fail; tried again in 60 s"},
       .rules_off = {"fan_out"}}};
  status.hubs = {sample_hub("chat"), sample_hub("telemetry")};
  status.hubs[0].spool = sample_spool("chat");
  status.hubs[0].report = HubReport{.concurrency_reason = "latency rose",
                                    .waiting_lanes = {{"group dashboard", 120}},
                                    .kinds_held = {"closeConnection"},
                                    .dead_letters = 301,
                                    .dead_letter_bytes = 302,
                                    .dead_letters_dropped = 303,
                                    .dead_letters_on_disk = true,
                                    .dead_letters_unwritten = 304,
                                    .dead_letters_error = "write '/spool': no space",
                                    .last_dead_letter_number = 95,
                                    .last_dead_letter = "400 BadRequest"};
  return status;
}

ServiceStatus FakeService::status() {
  std::unique_lock lock(mutex_);
  ++status_calls_;
  changed_.notify_all();
  changed_.wait_for(lock, kTestDeadline, [this] { return !is_held_; });
  return status_;
}

Result<void> FakeService::alive() {
  const std::lock_guard lock(mutex_);
  if (!dead_.empty()) return Error{dead_};
  return {};
}

AdminResult<DeadLetterPage> FakeService::dead_letters(const std::string& hub, uint64_t after,
                                                      size_t limit) {
  const auto noted = note("dead_letters " + hub + " " + std::to_string(after));
  if (!noted) return noted.error();
  const std::lock_guard lock(mutex_);
  DeadLetterPage page;
  for (const DeadLetterView& letter : letters_) {
    if (letter.number <= after) continue;
    if (page.letters.size() == limit) {
      page.next_after = page.letters.back().number;
      break;
    }
    page.letters.push_back(letter);
  }
  return page;
}

namespace {

std::string words_of(const DeadLetterChoice& choice) {
  std::string words = choice.hub + (choice.all ? " all" : "");
  if (choice.up_to > 0) words += " up to " + std::to_string(choice.up_to);
  for (const uint64_t number : choice.numbers) words += " " + std::to_string(number);
  return words;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

}  // namespace

AdminResult<RedriveResult> FakeService::redrive(const DeadLetterChoice& choice) {
  return note("redrive " + words_of(choice), RedriveResult{2, {"a later one overtook it"}});
}

AdminResult<uint64_t> FakeService::purge(const DeadLetterChoice& choice) {
  return note("purge " + words_of(choice), uint64_t{2});
}

AdminResult<ConfigDiff> FakeService::reload() {
  return note("reload", ConfigDiff{{{"hubs.chat.max_in_flight", "64", "32", false}}});
}

AdminResult<ConfigDiff> FakeService::config_diff() {
  return note("config_diff", ConfigDiff{{{"socket.path", "/a", "/b", true}}});
}

AdminResult<void> FakeService::set_log_level(const std::string& level, Duration length) {
  return note("log " + level + " " +
              std::to_string(std::chrono::duration_cast<std::chrono::seconds>(length).count()));
}

AdminResult<std::string> FakeService::client_url(const TokenRequest& request) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(request.lifetime).count();
  return note("token " + request.hub + " " + request.user_id + " [" + joined(request.roles) +
                  "] [" + joined(request.groups) + "] " + std::to_string(minutes),
              std::string("wss://example/client"));
}

AdminResult<void> FakeService::tap(const std::string& hub, uint32_t per_second) {
  return note("tap " + hub + " " + std::to_string(per_second));
}

std::vector<TapRecord> FakeService::take_tapped(uint64_t& left_out) {
  const std::lock_guard lock(mutex_);
  left_out = std::exchange(left_out_, 0);
  return std::exchange(tapped_, {});
}

void FakeService::set_status(ServiceStatus status) {
  const std::lock_guard lock(mutex_);
  status_ = std::move(status);
}

void FakeService::set_letters(std::vector<DeadLetterView> letters) {
  const std::lock_guard lock(mutex_);
  letters_ = std::move(letters);
}

void FakeService::set_dead(const std::string& reason) {
  const std::lock_guard lock(mutex_);
  dead_ = reason;
}

void FakeService::set_error(const AdminError& error) {
  const std::lock_guard lock(mutex_);
  error_ = error;
}

void FakeService::add_tapped(std::vector<TapRecord> records, uint64_t left_out) {
  const std::lock_guard lock(mutex_);
  tapped_.insert(tapped_.end(), records.begin(), records.end());
  left_out_ += left_out;
}

void FakeService::hold_status() {
  const std::lock_guard lock(mutex_);
  is_held_ = true;
}

void FakeService::release() {
  const std::lock_guard lock(mutex_);
  is_held_ = false;
  changed_.notify_all();
}

std::vector<std::string> FakeService::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

int FakeService::status_calls() const {
  const std::lock_guard lock(mutex_);
  return status_calls_;
}

bool FakeService::wait_for_call(const std::string& call, int times) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kTestDeadline,
                           [&] { return std::ranges::count(calls_, call) >= times; });
}

bool FakeService::wait_for_status_calls(int times) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kTestDeadline, [&] { return status_calls_ >= times; });
}

AdminResult<void> FakeService::note(const std::string& call) {
  const std::lock_guard lock(mutex_);
  calls_.push_back(call);
  changed_.notify_all();
  if (error_.http_status != 0) return error_;
  return {};
}

}  // namespace awps::admin
