#include "daemon/awpsd/reloader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "daemon/awpsd/gateway_doubts.h"
#include "daemon/awpsd/logging.h"
#include "daemon/awpsd/memory_limit.h"
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
  parts_.notifier.reloading();
  Result<std::vector<ConfigChange>> changes = load_and_apply();
  parts_.notifier.ready(status_line(parts_.hubs));  // the log has said all of it
  return changes;
}

Result<std::vector<ConfigChange>> Reloader::load_and_apply() {
  CheckedConfig loaded = parts_.load();
  using Made = Result<std::vector<std::string>>;
  const Made applied =
      loaded.ok() ? parts_.hubs.apply(loaded.plan) : Made(Error{to_string(loaded.mistakes)});
  std::vector<std::string> streams;
  if (applied) {
    if (parts_.follow_streams) streams = parts_.follow_streams(loaded.plan);
    parts_.hubs.reload_credentials();
    take_admin_group(loaded.config.admin.group);
    if (parts_.follow_gateway) parts_.follow_gateway(loaded.config);
  }
  parts_.spool.run();
  if (!applied) {
    parts_.logger.error("reload: nothing was changed:\n{}", applied.error().message);
    return applied.error();
  }
  for (const std::string& line : warnings_about(loaded.config)) parts_.logger.warn("{}", line);
  for (const std::string& line :
       gateway_doubts(loaded.config, loaded.plan, parts_.clock.wall_now())) {
    parts_.logger.warn("{}", line);
  }
  const std::string memory =
      warning_of_memory(most_held_bytes(loaded.config, loaded.plan), memory_limit("/"));
  if (!memory.empty()) parts_.logger.warn("reload: {}", memory);
  const MutexLock lock(mutex_);
  for (const std::string& made : *applied) started_.hubs.erase(made);  // one that came back is new
  for (const std::string& made : streams) started_.streams.erase(made);
  std::vector<ConfigChange> changes = changes_to(loaded.config);
  for (const ConfigChange& change : changes) {
    parts_.logger.info("reload: {} was {}, is {}{}", change.key, change.before, change.after,
                       is_pending(change) ? "; takes effect at the next start" : "");
  }
  if (changes.empty()) parts_.logger.info("reload: nothing has changed");
  config_ = std::move(loaded.config);
  for (const auto& [name, hub] : config_.hubs) started_.hubs.try_emplace(name, hub);
  for (const auto& [name, stream] : config_.streams) started_.streams.try_emplace(name, stream);
  change_level(config_.log.level, kNever);
  return changes;
}

// At every reload: somebody may have changed the file of the socket, or what the name means.
void Reloader::take_admin_group(const std::string& group) const {
  if (!parts_.set_admin_group) return;
  if (const Result<void> taken = parts_.set_admin_group(group); !taken) {
    parts_.logger.warn("{}", taken.error().message);
  }
}

Result<std::vector<ConfigChange>> Reloader::diff() {
  const CheckedConfig loaded = parts_.load();
  if (!loaded.ok()) return Error{to_string(loaded.mistakes)};
  const MutexLock lock(mutex_);
  return changes_to(loaded.config);
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
