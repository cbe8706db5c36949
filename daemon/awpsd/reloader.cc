#include "daemon/awpsd/reloader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "daemon/awpsd/logging.h"
#include "daemon/awpsd/notify.h"
#include "daemon/awpsd/options.h"
#include "daemon/awpsd/status_words.h"

namespace awps {

namespace {

std::optional<LogConfig::Level> level_named(std::string_view name) {
  using enum LogConfig::Level;
  for (const LogConfig::Level level : {kError, kWarning, kInfo, kDebug}) {
    if (name_of(level) == name) return level;
  }
  return std::nullopt;
}

bool is_pending(const ConfigChange& change) {
  return change.applies == Applies::kAtStart;
}

}  // namespace

Reloader::Reloader(Parts parts, Config config)
    : parts_(std::move(parts)),
      config_(config),
      started_(std::move(config)),
      level_(config_.log.level) {}

Result<std::vector<ConfigChange>> Reloader::reload() {
  const MutexLock one(reload_mutex_);
  notify_reloading();
  CheckedConfig loaded = parts_.load();
  forget_hubs_that_ended();
  Result<void> applied = loaded.ok() ? parts_.hubs.apply(loaded.plan)
                                     : Result<void>(Error{to_string(loaded.mistakes)});
  if (applied) parts_.hubs.reload_credentials();
  parts_.spool.run();
  notify_ready(status_line(parts_.hubs));
  if (!applied) {
    parts_.logger.error("reload: nothing was changed:\n{}", applied.error().message);
    return applied.error();
  }
  const MutexLock lock(mutex_);
  std::vector<ConfigChange> changes = changes_to(loaded.config);
  for (const ConfigChange& change : changes) {
    parts_.logger.info("reload: {} was {}, is {}{}", change.key, change.before, change.after,
                       is_pending(change) ? "; takes effect at the next start" : "");
  }
  if (changes.empty()) parts_.logger.info("reload: nothing has changed");
  config_ = std::move(loaded.config);
  for (const auto& [name, hub] : config_.hubs) started_.hubs.try_emplace(name, hub);
  change_level(config_.log.level, kNever);
  return changes;
}

Result<std::vector<ConfigChange>> Reloader::diff() {
  const CheckedConfig loaded = parts_.load();
  if (!loaded.ok()) return Error{to_string(loaded.mistakes)};
  const MutexLock lock(mutex_);
  return changes_to(loaded.config);
}

// One that comes back is started anew.
void Reloader::forget_hubs_that_ended() {
  const MutexLock lock(mutex_);
  std::erase_if(started_.hubs,
                [this](const auto& hub) { return parts_.hubs.find(hub.first) == nullptr; });
}

// A hub that comes back before it has ended is what it was started as: what waited for a start then
// does so still.
std::vector<ConfigChange> Reloader::changes_to(const Config& config) const {
  std::vector<ConfigChange> changes = changes_between(config_, config);
  for (const ConfigChange& since_start : changes_between(started_, config)) {
    if (!is_pending(since_start)) continue;
    const auto found = std::ranges::find(changes, since_start.key, &ConfigChange::key);
    if (found != changes.end()) found->applies = Applies::kAtStart;
  }
  return changes;
}

std::vector<std::string> Reloader::pending() const {
  const MutexLock lock(mutex_);
  std::vector<std::string> keys;
  for (const ConfigChange& change : changes_between(started_, config_)) {
    if (is_pending(change)) keys.push_back(change.key);
  }
  return keys;
}

bool Reloader::set_level(std::string_view name, Duration length) {
  const std::optional<LogConfig::Level> level = level_named(name);
  if (!level) return false;
  const MutexLock lock(mutex_);
  const Instant now = parts_.clock.now();
  change_level(*level, length > Duration::zero() ? now + length : kNever);
  parts_.logger.info("log.level is {}", name);
  return true;
}

void Reloader::change_level(LogConfig::Level level, Instant until) {
  level_ = level;
  level_until_ = until;
  awps::set_level(parts_.logger, level);
}

void Reloader::tick() {
  const MutexLock lock(mutex_);
  if (parts_.clock.now() < level_until_) return;
  change_level(config_.log.level, kNever);
  parts_.logger.info("log.level is {} again", name_of(level_));
}

std::string Reloader::level() const {
  const MutexLock lock(mutex_);
  return std::string(name_of(level_));
}

Duration Reloader::drain_timeout() const {
  const MutexLock lock(mutex_);
  return config_.drain_timeout;
}

}  // namespace awps
