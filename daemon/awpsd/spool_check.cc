#include "daemon/awpsd/spool_check.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>

#include "base/clock.h"
#include "config/names.h"
#include "daemon/awpsd/hub_logs.h"
#include "spool/spool_lock.h"
#include "spool/undelivered_file.h"

namespace awps {

namespace {

bool writes_to_disk(const HubPlan& hub) {
  return hub.config.writes_to_disk();
}

// As far as its owner, its mode and its disk's being there go.
bool may_write_into(const std::string& folder) {
  std::error_code unknown;
  return std::filesystem::is_directory(folder, unknown) &&
         (::access(folder.c_str(), W_OK | X_OK) == 0 || errno == EROFS);
}

// A look by root is one for whom the folder belongs to.
uid_t owner_of(const std::string& folder) {
  struct stat info {};
  const bool is_there = ::stat(folder.c_str(), &info) == 0;
  return ::geteuid() == 0 && is_there ? info.st_uid : ::geteuid();
}

}  // namespace

ConfigErrors spool_mistakes(const Config& config, const Plan& plan) {
  const auto durable = std::ranges::find_if(plan.hubs, writes_to_disk);
  if (durable == plan.hubs.end()) return {};
  // A disk that is full, or fails, is no mistake: without what is delivered from it, it stays full.
  if (may_write_into(config.spool.path)) return {};
  const Result<void> tried = try_spool_folder(config.spool.path);
  if (tried) return {};
  static const std::array<std::string, 1> kSpoolPath = {"spool.path"};
  return {mistake_of(config, kSpoolPath,
                     "hub '" + durable->hub + "' needs the disk: " + tried.error().message)};
}

std::vector<std::string> doubts_about_spool(const Config& config, const Plan& plan) {
  std::vector<std::string> lines;
  const SystemClock clock;
  const HubLogs logs(config.spool, clock, owner_of(config.spool.path));
  bool is_any_needed = false;
  for (const HubPlan& hub : plan.hubs) {
    const bool is_needed = logs.is_needed_by(hub);
    is_any_needed |= is_needed;
    const Result<LogRecovery, LogOpenError> log =
        is_needed ? logs.find(hub) : Result<LogRecovery, LogOpenError>(LogRecovery());
    // What is wrong with the folder is said once.
    if (const auto letters = logs.find_letters(hub); log && !letters) {
      lines.push_back("warning: dead letters of hub '" + hub.hub +
                      "' would stay in memory: " + letters.error().message);
    }
    if (!log) {
      lines.push_back("warning: hub '" + hub.hub +
                      "' would refuse its actions: " + log.error().message);
    } else if (log->other_store) {
      lines.push_back("warning: hub '" + hub.hub + "' has " + std::to_string(log->records) +
                      " actions on disk that were accepted for another service; nothing is sent "
                      "before `awpsctl resume " +
                      hub.hub + "`");
    }
  }
  const std::optional<std::string> holder = SpoolLock::holder(config.spool.path);
  if (is_any_needed && holder) {
    lines.push_back("a daemon has '" + config.spool.path + "' now (" + *holder +
                    "): another one can start once it has ended");
  }
  return lines;
}

}  // namespace awps
