#include "daemon/awpsd/steering.h"

#include <algorithm>
#include <utility>

#include "auth/client_access.h"
#include "auth/settings.h"
#include "base/hub_name.h"
#include "daemon/awpsd/future_wait.h"
#include "daemon/awpsd/status_words.h"

namespace awps {

namespace {

// A connection_file may hold another one than at the start.
Result<std::string> present_key(const HubPlan& plan) {
  if (plan.service.connection_file.empty()) return plan.access_keys.front();
  const Result<std::vector<std::string>> keys =
      read_access_keys(plan.service.connection_file, plan.endpoint_url);
  if (!keys) return keys.error();
  return keys->front();
}

AdminError unavailable(const HubUnit& hub) {
  return {
      503, "unavailable",
      "hub '" + hub.plan.hub +
          "' does not answer: its worker is busy. It may still carry out the request: look at the "
          "status before you repeat it"};
}

AdminError conflict(std::string message) {
  return {409, "conflict", std::move(message)};
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
          .action = letter.stream_record.empty() ? line_of(letter) : "",
          .record = std::move(letter.stream_record),
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

AdminResult<HubTable::Hubs> Steering::hubs_named(const std::string& name) const {
  if (name.empty()) return parts_.hubs.hubs();
  AdminResult<Hub> hub = hub_named(name);
  if (!hub) return hub.error();
  return HubTable::Hubs{*hub};
}

AdminResult<Steering::Hub> Steering::hub_named(const std::string& name) const {
  if (Hub hub = parts_.hubs.find(name.empty() ? parts_.hubs.default_hub() : name)) return hub;
  return unknown_hub(name);
}

AdminError Steering::unknown_hub(const std::string& name) const {
  if (const auto percent = parts_.hubs.recoveries().percent_of(name)) {
    return {503, "unavailable",
            "hub '" + name + "' reads what it has on disk (" + std::to_string(*percent) +
                " %); try again once that is done"};
  }
  std::string known;
  for (const Hub& hub : parts_.hubs.hubs()) {
    known += (known.empty() ? "'" : ", '") + hub->plan.hub + "'";
  }
  const std::string state = parts_.hubs.find_resting(name) == nullptr
                                ? "there is no hub '" + name + "'"
                                : "hub '" + name + "' is no longer configured, and has ended";
  return {404, "unknown_hub", state + ": the hubs are " + known};
}

AdminError Steering::has_ended(const HubUnit& hub) const {
  const std::string why = parts_.hubs.is_stopping() ? "the daemon stops" : "it is not configured";
  return {503, "unavailable",
          "hub '" + hub.plan.hub + "' has ended: " + why + "; nothing was done"};
}

// nullptr: it runs, or there was none.
std::shared_ptr<RestingHub> Steering::resting_hub(const std::string& name) const {
  return parts_.hubs.find(name) == nullptr ? parts_.hubs.find_resting(name) : nullptr;
}

template <typename Question>
auto Steering::answer_of(HubUnit& hub, Question question) const
    -> AdminResult<std::invoke_result_t<Question, Worker&>> {
  // Acquire pairs with the release in HubUnit::start(); a worker that ends after this look leaves
  // the question unanswered, and wait_until() ends by time.
  if (hub.ended.load(std::memory_order_acquire)) return has_ended(hub);
  auto asked = hub.worker->ask(std::move(question));
  auto answer = wait_until(asked, parts_.clock.now() + kPatience, parts_.clock);
  if (!answer) return hub.ended ? has_ended(hub) : unavailable(hub);
  return std::move(*answer);
}

template <typename Question>
auto Steering::answer_of_letters(const std::string& name, Question question) const
    -> AdminResult<std::invoke_result_t<Question, DeadLetterStore&>> {
  if (const auto resting = resting_hub(name)) return resting->ask_letters(question);
  const AdminResult<Hub> hub = hub_named(name);
  if (!hub) return hub.error();
  // One that has just ended comes to rest now.
  if ((*hub)->ended && !parts_.hubs.is_stopping()) {
    parts_.hubs.retire();
    if (const auto resting = resting_hub(name)) return resting->ask_letters(question);
  }
  return answer_of(**hub, [question = std::move(question)](Worker& worker) {
    return question(worker.pipeline().dead_letters());
  });
}

// ---- steering

Result<void> Steering::alive() {
  return awps::alive(parts_.hubs, parts_.clock.awake_now());
}

AdminResult<void> Steering::pause(const std::string& name) {
  const AdminResult<HubTable::Hubs> hubs = hubs_named(name);
  if (!hubs) return hubs.error();
  const MutexLock lock(parts_.hubs.changes());
  if (parts_.hubs.is_stopping()) {
    return conflict("the daemon is stopping, and delivers what it has");
  }
  for (const Hub& hub : *hubs) hub->set_paused(true);
  return {};
}

AdminResult<void> Steering::drain(const std::string& name) {
  const AdminResult<HubTable::Hubs> hubs = hubs_named(name);
  if (!hubs) return hubs.error();
  const MutexLock lock(parts_.hubs.changes());
  if (parts_.hubs.is_stopping()) return conflict("the daemon is stopping, and accepts nothing");
  for (const Hub& hub : *hubs) {
    if (!hub->paused) continue;
    return conflict("hub '" + hub->plan.hub +
                    "' is paused, so a drain would never end: resume it first");
  }
  for (const Hub& hub : *hubs) hub->set_draining(true);
  return {};
}

AdminResult<void> Steering::resume(const std::string& name) {
  const AdminResult<HubTable::Hubs> hubs = hubs_named(name);
  if (!hubs) return hubs.error();
  const MutexLock lock(parts_.hubs.changes());
  if (parts_.hubs.is_stopping()) return conflict("the daemon is stopping: start it again");
  for (const Hub& hub : *hubs) hub->resume();
  return {};
}

// ---- dead letters

AdminResult<DeadLetterPage> Steering::dead_letters(const std::string& name, uint64_t after,
                                                   size_t limit) {
  // One more than asked for tells whether there is a next page.
  AdminResult<std::vector<DeadLetter>> letters = answer_of_letters(
      name, [after, limit](DeadLetterStore& store) { return store.page(after, limit + 1); });
  if (!letters) return letters.error();
  const std::string hub = *canonical_hub_name(name.empty() ? parts_.hubs.default_hub() : name);
  DeadLetterPage page;
  for (DeadLetter& letter : *letters) {
    if (page.letters.size() == limit) {
      page.next_after = page.letters.back().number;
      break;
    }
    page.letters.push_back(view_of(std::move(letter), hub, parts_.clock));
  }
  return page;
}

AdminResult<RedriveResult> Steering::redrive(const DeadLetterChoice& choice) {
  const std::shared_ptr<RestingHub> resting = resting_hub(choice.hub);
  const AdminResult<Hub> hub = hub_named(choice.hub);
  if (!hub && resting == nullptr) return hub.error();
  if (resting != nullptr || (*hub)->queue->is_removed()) {
    return conflict("hub '" + choice.hub +
                    "' is no longer configured, so nothing is sent to it: configure it again, and "
                    "reload");
  }
  AdminResult<Worker::Redriven> redriven = answer_of(
      **hub, [letters = choice_of(choice)](Worker& worker) { return worker.redrive(letters); });
  if (!redriven) return redriven.error();
  return RedriveResult{redriven->actions, std::move(redriven->warnings)};
}

AdminResult<uint64_t> Steering::purge(const DeadLetterChoice& choice) {
  return answer_of_letters(choice.hub, [letters = choice_of(choice)](DeadLetterStore& store) {
    return store.purge(letters);
  });
}

// ---- configuration

AdminResult<ConfigDiff> Steering::reload() {
  if (parts_.hubs.is_stopping()) return conflict("no reload: the daemon is stopping");
  const Result<std::vector<ConfigChange>> changes = parts_.reloader.reload();
  if (!changes) return AdminError{422, "invalid_config", changes.error().message};
  return diff_of(*changes);
}

AdminResult<ConfigDiff> Steering::config_diff() {
  const Result<std::vector<ConfigChange>> changes = parts_.reloader.diff();
  if (!changes) return AdminError{422, "invalid_config", changes.error().message};
  return diff_of(*changes);
}

AdminResult<void> Steering::set_log_level(const std::string& level, Duration length) {
  if (parts_.reloader.set_level(level, length)) return {};
  return AdminError{400, "invalid_request",
                    "there is no log level '" + level + "': error, warning, info or debug"};
}

AdminResult<std::string> Steering::client_url(const TokenRequest& request) {
  const AdminResult<Hub> hub = hub_named(request.hub);
  if (!hub) return hub.error();
  const HubPlan& plan = (*hub)->plan;
  if (plan.access_keys.empty()) {
    return conflict("awpsd sends to hub '" + plan.hub +
                    "' with an Entra identity, but only an access key can sign a client's token; "
                    "use the service's :generateToken instead");
  }
  Result<std::string> key = present_key(plan);
  if (!key) return AdminError{503, "unavailable", key.error().message};
  const ClientAccess access{
      .user_id = request.user_id,
      .roles = request.roles,
      .groups = request.groups,
      .lifetime = std::chrono::duration_cast<std::chrono::seconds>(request.lifetime)};
  return client_access_url(plan.endpoint_url, plan.hub, HmacKey(*key), access,
                           parts_.clock.wall_now());
}

// ---- tap

AdminResult<void> Steering::tap(const std::string& name, uint32_t per_second) {
  const AdminResult<HubTable::Hubs> hubs = hubs_named(name);
  if (!hubs) return hubs.error();
  for (const Hub& hub : *hubs) hub->worker->tap().set_rate(per_second);
  return {};
}

std::vector<TapRecord> Steering::take_tapped(uint64_t& left_out) {
  std::vector<TapRecord> records;
  for (const Hub& hub : parts_.hubs.hubs()) {
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
