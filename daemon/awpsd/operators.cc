#include "daemon/awpsd/operators.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <map>
#include <optional>
#include <utility>

#include "auth/client_access.h"
#include "auth/settings.h"
#include "daemon/awpsd/status_words.h"
#include "hub/waiting_lanes.h"

namespace awps {

namespace {

// A page asks each second: a worker that is late is shown without its report.
constexpr Duration kReportPatience = std::chrono::milliseconds(500);
constexpr size_t kShownLanes = 5;

template <typename Answer>
std::optional<Answer> wait(std::future<Answer>& answer, Instant deadline, const Clock& clock) {
  const Duration left = std::max(deadline - clock.now(), Duration::zero());
  if (answer.wait_for(left) != std::future_status::ready) return std::nullopt;
  return answer.get();
}

HubReport make_report(Worker& worker) {
  const Pipeline& pipeline = worker.pipeline();
  const DeadLetterStore::Summary letters = pipeline.dead_letters().summary();
  HubReport report{.concurrency_reason = pipeline.permits().concurrency_reason(),
                   .dead_letters = letters.count,
                   .dead_letter_bytes = letters.bytes,
                   .dead_letters_dropped = letters.dropped,
                   .last_dead_letter_number = letters.last_number,
                   .last_dead_letter = std::string(letters.last_reason)};
  const size_t shown = pipeline.lanes_held_up() > 0 ? kShownLanes : 0;
  for (LaneInWords& lane : longest_lanes(pipeline.order().lane_table(), shown)) {
    report.waiting_lanes.push_back({.target = std::move(lane.target), .waiting = lane.waiting});
  }
  for (size_t i = 0; i < kActionKinds; ++i) {
    const auto kind = static_cast<ActionKind>(i);
    if (pipeline.kind_holds().holds(kind)) report.kinds_held.emplace_back(name_of(kind));
  }
  return report;
}

// Of the folder, or of the nearest one above that exists.
uint64_t free_bytes_at(std::filesystem::path path) {
  std::error_code error;
  while (!std::filesystem::exists(path, error) && path.has_relative_path()) {
    path = path.parent_path();
  }
  const std::filesystem::space_info space = std::filesystem::space(path, error);
  return error ? 0 : space.available;
}

// A connection_file may hold another one than at the start.
Result<std::string> present_key(const HubPlan& plan) {
  if (plan.service.connection_file.empty()) return plan.access_keys.front();
  const Result<std::vector<std::string>> keys =
      read_access_keys(plan.service.connection_file, plan.endpoint_url);
  if (!keys) return keys.error();
  return keys->front();
}

AdminError unavailable(const HubUnit& hub) {
  return {503, "unavailable",
          "hub '" + hub.plan.hub +
              "' does not answer: its worker is busy. What was asked for may still be carried out: "
              "look before asking again"};
}

AdminError has_ended(const HubUnit& hub) {
  return {503, "unavailable",
          "hub '" + hub.plan.hub + "' has ended: the daemon stops; nothing was done"};
}

AdminError conflict(const Error& error) {
  return {409, "conflict", error.message};
}

// For people, and for sending it again by hand.
std::string line_of(const DeadLetter& letter) {
  RecordReader reader;
  const Result<Record> record = reader.read(letter.record);
  std::string line;
  if (record) append_line(line, *record);
  return line;
}

DeadLetterView view_of(DeadLetter&& letter, const std::string& hub, const Clock& clock) {
  const Instant now = clock.now();
  const WallTime wall = clock.wall_now();
  return {.number = letter.number,
          .hub = hub,
          .action = line_of(letter),
          .producer = std::move(letter.producer),
          .code = std::string(letter.code),
          .reason = std::move(letter.reason),
          .body = std::move(letter.body),
          .http_status = letter.http_status,
          .attempts = letter.attempts,
          .accepted_at = wall - (now - letter.accepted_at),
          .given_up_at = wall - (now - letter.given_up_at)};
}

ConfigDiff diff_of(const std::vector<ConfigChange>& changes) {
  ConfigDiff diff;
  for (const ConfigChange& change : changes) {
    diff.changes.push_back({.key = change.key,
                            .before = change.before,
                            .after = change.after,
                            .at_next_start = change.applies == Applies::kAtStart});
  }
  return diff;
}

LetterChoice choice_of(const DeadLetterChoice& choice) {
  LetterChoice chosen{.all = choice.all, .up_to = choice.up_to, .numbers = choice.numbers};
  std::ranges::sort(chosen.numbers);
  return chosen;
}

}  // namespace

Operators::Operators(Service& service, Reloader& reloader)
    : service_(service),
      reloader_(reloader),
      started_at_(service.clock().wall_now()),
      started_(service.clock().now()) {}

AdminResult<std::vector<HubUnit*>> Operators::hubs_named(const std::string& name) const {
  if (name.empty()) return service_.hubs();
  AdminResult<HubUnit*> hub = hub_named(name);
  if (!hub) return hub.error();
  return std::vector<HubUnit*>{*hub};
}

AdminResult<HubUnit*> Operators::hub_named(const std::string& name) const {
  if (HubUnit* hub = service_.find_hub(name.empty() ? service_.default_hub() : name)) return hub;
  std::string known;
  for (const HubUnit* hub : service_.hubs()) {
    known += (known.empty() ? "'" : ", '") + hub->plan.hub + "'";
  }
  return AdminError{404, "unknown_hub", "there is no hub '" + name + "': the hubs are " + known};
}

// Of an ended worker nothing is changed any more: what it left is in the files of the stop.
template <typename Question>
auto Operators::answer_of(HubUnit& hub, Question question) const
    -> AdminResult<std::invoke_result_t<Question, Worker&>> {
  // Acquire pairs with the release in Service::start_worker(); a worker that ends after this look
  // leaves the question unanswered, and wait() ends by time.
  if (hub.ended.load(std::memory_order_acquire)) return has_ended(hub);
  auto asked = hub.worker->ask(std::move(question));
  const Clock& clock = service_.clock();
  auto answer = wait(asked, clock.now() + kPatience, clock);
  if (!answer) return hub.ended ? has_ended(hub) : unavailable(hub);
  return std::move(*answer);
}

// ---- status

void Operators::ask_for_report(HubUnit& hub) {
  std::future<HubReport>& asked = questions_[&hub];
  const bool is_open =
      asked.valid() && asked.wait_for(Duration::zero()) != std::future_status::ready;
  // Acquire pairs with the release in Service::start_worker(): report_of() reads what it left.
  if (is_open || hub.ended.load(std::memory_order_acquire)) return;
  asked = hub.worker->ask([](Worker& worker) { return make_report(worker); });
}

std::optional<HubReport> Operators::report_of(HubUnit& hub, Instant deadline) {
  // Acquire pairs with the release in Service::start_worker(): all that the worker wrote is seen,
  // and nobody writes it any more.
  if (hub.ended.load(std::memory_order_acquire)) {
    return make_report(*hub.worker);
  }
  return wait(questions_[&hub], deadline, service_.clock());
}

ServiceStatus Operators::status() {
  const Instant now = service_.clock().now();
  ServiceStatus status{.version = AWPS_VERSION,
                       .pid = getpid(),
                       .started_at = started_at_,
                       .now = service_.clock().wall_now(),
                       .uptime = now - started_,
                       .stopping = service_.is_stopping(),
                       .log_level = reloader_.level(),
                       .socket_path = service_.socket_path(),
                       .spool_path = service_.spool_path(),
                       .spool_free_bytes = free_bytes_at(service_.spool_path()),
                       .pending_restart = reloader_.pending(),
                       .intake = service_.intake_values(),
                       .producers = static_cast<uint64_t>(service_.producers())};
  const std::vector<HubUnit*> hubs = service_.hubs();
  // All are asked before one is waited for.
  for (HubUnit* hub : hubs) ask_for_report(*hub);
  std::map<const EndpointState*, EndpointStatus> endpoints;
  for (HubUnit* present : hubs) {
    const HubUnit& hub = *present;
    std::optional<HubReport> answer = report_of(*present, now + kReportPatience);
    EndpointStatus& endpoint = endpoints[hub.endpoint];
    if (endpoint.url.empty()) endpoint = status_of(*hub.endpoint, hub.plan, now);
    endpoint.hubs.push_back(hub.plan.hub);
    HubStatus& shown = status.hubs.emplace_back(status_of(hub));
    if (answer) shown.report = std::move(*answer);
    shown.not_ready = status.stopping ? "the daemon stops" : not_ready_reason(hub, endpoint, now);
    if (!shown.not_ready.empty()) {
      status.not_ready.push_back("hub " + hub.plan.hub + ": " + shown.not_ready);
    }
  }
  for (auto& [state, endpoint] : endpoints) status.endpoints.push_back(std::move(endpoint));
  return status;
}

// ---- steering

AdminResult<void> Operators::pause(const std::string& name) {
  const AdminResult<std::vector<HubUnit*>> hubs = hubs_named(name);
  if (!hubs) return hubs.error();
  if (const Result<void> paused = service_.pause(*hubs); !paused) return conflict(paused.error());
  return {};
}

AdminResult<void> Operators::resume(const std::string& name) {
  const AdminResult<std::vector<HubUnit*>> hubs = hubs_named(name);
  if (!hubs) return hubs.error();
  if (const Result<void> on = service_.resume(*hubs); !on) return conflict(on.error());
  return {};
}

AdminResult<void> Operators::drain(const std::string& name) {
  const AdminResult<std::vector<HubUnit*>> hubs = hubs_named(name);
  if (!hubs) return hubs.error();
  if (const Result<void> drains = service_.drain(*hubs); !drains) return conflict(drains.error());
  return {};
}

// ---- dead letters

AdminResult<DeadLetterPage> Operators::dead_letters(const std::string& name, uint64_t after,
                                                    size_t limit) {
  const AdminResult<HubUnit*> hub = hub_named(name);
  if (!hub) return hub.error();
  // One more than asked for tells whether there is a next page.
  AdminResult<std::vector<DeadLetter>> letters = answer_of(**hub, [after, limit](Worker& worker) {
    return worker.pipeline().dead_letters().page(after, limit + 1);
  });
  if (!letters) return letters.error();
  DeadLetterPage page;
  for (DeadLetter& letter : *letters) {
    if (page.letters.size() == limit) {
      page.next_after = page.letters.back().number;
      break;
    }
    page.letters.push_back(view_of(std::move(letter), (*hub)->plan.hub, service_.clock()));
  }
  return page;
}

AdminResult<RedriveResult> Operators::redrive(const DeadLetterChoice& choice) {
  const AdminResult<HubUnit*> hub = hub_named(choice.hub);
  if (!hub) return hub.error();
  AdminResult<Worker::Redriven> redriven = answer_of(
      **hub, [letters = choice_of(choice)](Worker& worker) { return worker.redrive(letters); });
  if (!redriven) return redriven.error();
  return RedriveResult{redriven->actions, std::move(redriven->warnings)};
}

AdminResult<uint64_t> Operators::purge(const DeadLetterChoice& choice) {
  const AdminResult<HubUnit*> hub = hub_named(choice.hub);
  if (!hub) return hub.error();
  return answer_of(**hub, [letters = choice_of(choice)](Worker& worker) {
    return uint64_t{worker.pipeline().dead_letters().take(letters).size()};
  });
}

// ---- configuration

AdminResult<ConfigDiff> Operators::reload() {
  if (service_.is_stopping()) return conflict(Error{"no reload: the daemon is stopping"});
  const Result<std::vector<ConfigChange>> changes = reloader_.reload();
  if (!changes) return AdminError{422, "invalid_config", changes.error().message};
  return diff_of(*changes);
}

AdminResult<ConfigDiff> Operators::config_diff() {
  const Result<std::vector<ConfigChange>> changes = reloader_.diff();
  if (!changes) return AdminError{422, "invalid_config", changes.error().message};
  return diff_of(*changes);
}

AdminResult<void> Operators::set_log_level(const std::string& level, Duration length) {
  if (reloader_.set_level(level, length)) return {};
  return AdminError{400, "invalid_request",
                    "there is no log level '" + level + "': error, warning, info or debug"};
}

AdminResult<std::string> Operators::client_url(const TokenRequest& request) {
  const AdminResult<HubUnit*> hub = hub_named(request.hub);
  if (!hub) return hub.error();
  const HubPlan& plan = (*hub)->plan;
  if (plan.access_keys.empty()) {
    return AdminError{409, "conflict",
                      "hub '" + plan.hub +
                          "' is sent to with an Entra identity: only an access key signs a "
                          "client's token here; ask the service's :generateToken instead"};
  }
  Result<std::string> key = present_key(plan);
  if (!key) return AdminError{503, "unavailable", key.error().message};
  const ClientAccess access{
      .user_id = request.user_id,
      .roles = request.roles,
      .groups = request.groups,
      .lifetime = std::chrono::duration_cast<std::chrono::seconds>(request.lifetime)};
  return client_access_url(plan.endpoint_url, plan.hub, HmacKey(*key), access,
                           service_.clock().wall_now());
}

// ---- tap

AdminResult<void> Operators::tap(const std::string& name, uint32_t per_second) {
  const AdminResult<std::vector<HubUnit*>> hubs = hubs_named(name);
  if (!hubs) return hubs.error();
  for (HubUnit* hub : *hubs) hub->worker->tap().set_rate(per_second);
  return {};
}

std::vector<TapRecord> Operators::take_tapped(uint64_t& left_out) {
  std::vector<TapRecord> records;
  for (HubUnit* hub : service_.hubs()) {
    for (Tapped& tapped : hub->worker->tap().take(left_out)) {
      records.push_back({.hub = hub->plan.hub,
                         .action = std::move(tapped.action),
                         .outcome = std::string(name_of(tapped.outcome)),
                         .http_status = tapped.http_status,
                         .attempts = tapped.attempts,
                         .carried_by = tapped.was_sent ? std::string(name_of(tapped.form)) : "",
                         .message = std::move(tapped.message),
                         .age = tapped.age});
    }
  }
  return records;
}

}  // namespace awps
