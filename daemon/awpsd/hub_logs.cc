#include "daemon/awpsd/hub_logs.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "auth/service_endpoint.h"
#include "base/check.h"
#include "base/hub_name.h"
#include "daemon/awpsd/options.h"
#include "spool/hub_folders.h"
#include "spool/recovery.h"
#include "spool/segment_header.h"
#include "worker/letter_recovery.h"

namespace awps {

HubLogs::HubLogs(const SpoolConfig& spool, const Clock& clock, uid_t owner)
    : config_(spool), clock_(clock), files_(owner), space_(files_, space_options(spool)) {}

std::string HubLogs::folder_of(const std::string& hub) const {
  // It becomes a path: only a name that is one of a hub, and in its one spelling.
  const Result<std::string> canonical = canonical_hub_name(hub);
  AWPS_CHECK(canonical && *canonical == hub);
  return log_folder_of(config_.path, hub);
}

bool HubLogs::is_needed_by(const HubPlan& plan) const {
  return plan.config.writes_to_disk() || has_segments(plan.hub);
}

bool HubLogs::has_segments(const std::string& hub) const {
  return has_segments_of(hub, SegmentHeader::kLog);
}

bool HubLogs::has_letters(const std::string& hub) const {
  return has_segments_of(hub, SegmentHeader::kLetters);
}

bool HubLogs::has_segments_of(const std::string& hub, uint32_t kind) const {
  const Result<std::unique_ptr<Folder>, IoError> folder = files_.open_folder(folder_of(hub));
  const auto is_segment = [kind](const std::string& name) {
    return segment_number(name, kind).has_value();
  };
  if (!folder) {
    const int code = folder.error().code;
    if (code == ENOENT || code == ENOTDIR || code == EACCES) return false;  // nothing of ours
    if (code != EPERM) return true;
    // Another one's, or others may write to it: what lies there says whether that matters.
    std::error_code unknown;
    return std::ranges::any_of(
        std::filesystem::directory_iterator(folder_of(hub), unknown),
        [&](const auto& entry) { return is_segment(entry.path().filename().string()); });
  }
  const Result<std::vector<std::string>, IoError> names = (*folder)->list();
  return !names || std::ranges::any_of(*names, is_segment);
}

Result<void, SpoolLock::LockError> HubLogs::lock() {
  if (lock_) return {};
  const Result<std::unique_ptr<Folder>, IoError> folder = files_.make_folder(config_.path);
  if (!folder) {
    return SpoolLock::LockError{
        .is_held = false,
        .message =
            to_text(folder.error()) +
            ": hubs on disk and dead letters need a folder of the daemon's user there; correct "
            "spool.path"};
  }
  Result<SpoolLock, SpoolLock::LockError> taken = SpoolLock::take(config_.path, AWPS_VERSION);
  if (!taken) return taken.error();
  lock_ = std::move(*taken);
  return {};
}

Result<void, SpoolLock::LockError> HubLogs::lock_for_letters() {
  std::error_code unknown;
  const std::filesystem::path above = std::filesystem::path(config_.path).parent_path();
  if (std::filesystem::is_directory(above, unknown)) return lock();
  return SpoolLock::LockError{.is_held = false,
                              .message = "there is no folder '" + above.string() +
                                         "' for spool.path; make it, or correct spool.path"};
}

LogOptions HubLogs::options_of(const HubPlan& plan) const {
  LogOptions options = log_options(plan, config_);
  options.folder = folder_of(plan.hub);
  options.store = store_id_of(plan.hub, host_of(ServiceEndpoint{plan.endpoint_url}));
  return options;
}

Result<LogRecovery, LogOpenError> HubLogs::find(const HubPlan& plan) const {
  LogOptions options = options_of(plan);
  options.is_of_others = true;
  Result<RecoveredLog, LogOpenError> log = recover(files_, options, [](uint64_t, uint64_t) {});
  if (!log) return log.error();
  return std::move(log->found);
}

Result<LogRecovery, LogOpenError> HubLogs::find_letters(const HubPlan& plan) const {
  LogOptions options = letters_log_options(plan);
  options.folder = folder_of(plan.hub);
  options.is_of_others = true;
  Result<RecoveredLog, LogOpenError> log = recover(files_, options, [](uint64_t, uint64_t) {});
  if (!log) return log.error();
  return std::move(log->found);
}

OpenedLog HubLogs::open(const HubPlan& plan, const LogProgress& progress, uint32_t least_run) {
  const Instant begin = clock_.now();
  LogOptions options = options_of(plan);
  {
    const MutexLock lock(runs_mutex_);
    options.least_run = std::max(least_run, runs_[plan.hub] + 1);
  }
  options.opened_at = clock_.wall_now();
  Result<std::unique_ptr<Log>, LogOpenError> log =
      Log::open(files_, space_, std::move(options), progress);
  OpenedLog opened;
  opened.took = clock_.now() - begin;
  if (log) {
    opened.log = std::move(*log);
    const MutexLock lock(runs_mutex_);
    runs_[plan.hub] = opened.log->run();
  } else {
    opened.error = log.error().message;
  }
  return opened;
}

std::optional<OpenedLog> HubLogs::open_if_needed(const HubPlan& plan, const LogProgress& progress,
                                                 uint32_t least_run) {
  if (!is_needed_by(plan)) return std::nullopt;
  const Result<void, SpoolLock::LockError> locked = lock();
  if (!locked) return OpenedLog{.log = nullptr, .error = locked.error().message};
  return open(plan, progress, least_run);
}

OpenedLetters HubLogs::open_letters(const HubPlan& plan) {
  const Instant begin = clock_.now();
  LogOptions options = letters_log_options(plan);
  options.folder = folder_of(plan.hub);
  options.store = store_id_of(plan.hub, "letters");  // whichever service the hub goes to
  OpenedLetters opened;
  Result<std::unique_ptr<Log>, LogOpenError> log =
      Log::open(files_, space_, std::move(options), [](uint64_t, uint64_t) {});
  if (!log) {
    opened.error = log.error().message;
    return opened;
  }
  const LetterTime moment{.now = clock_.now(), .wall = clock_.wall_now()};
  Result<std::vector<RestoredLetter>, IoError> letters = read_letters(**log, moment);
  if (!letters) {
    opened.error = to_text(letters.error());
    return opened;
  }
  opened.log = std::move(*log);
  opened.letters = std::move(*letters);
  opened.remarks = opened.log->recovery().remarks;
  opened.lost = opened.log->recovery().lost_records;
  for (const PositionRange& range : opened.log->take_lost()) opened.lost += range.count;
  opened.took = clock_.now() - begin;
  return opened;
}

// The letters first: their runs are before that of the log.
OpenedHub HubLogs::open_hub(const HubPlan& plan, bool reads_letters, const LogProgress& progress) {
  OpenedHub opened;
  if (reads_letters) opened.letters = open_letters(plan);
  OpenedLetters& letters = opened.letters;
  opened.log = open_if_needed(plan, progress, last_run_of(letters.letters) + 1);
  if (!opened.log) return opened;
  if (opened.log->log != nullptr) {
    Result<LetterMatch, IoError> match = match_letters(*opened.log->log, letters.letters);
    if (match) {
      letters.released = match->released;
      letters.done = std::move(match->done);
      return opened;
    }
    letters.remarks.push_back(to_text(match.error()) +
                              ": actions may be sent that became dead letters before");
  }
  // What it has of them cannot be told: until a later start they stay.
  for (RestoredLetter& one : letters.letters) {
    if (one.letter.position != 0) one.generation = kNeverReleased;
  }
  return opened;
}

std::vector<std::string> HubLogs::others_than(const std::set<std::string>& hubs) const {
  const Result<std::vector<std::string>, IoError> names = hubs_with_logs(files_, config_.path);
  if (!names) return {};
  std::vector<std::string> others;
  for (const std::string& name : *names) {
    const bool is_left = has_segments(name) || has_letters(name);
    if (!hubs.contains(name) && is_left) others.push_back(name);
  }
  return others;
}

std::string HubLogs::warning_of_unconfigured(const std::set<std::string>& hubs) const {
  std::string names;
  for (const std::string& name : others_than(hubs)) {
    names += (names.empty() ? "'" : ", '") + name + "'";
  }
  if (names.empty()) return "";
  return "under '" + config_.path +
         "' lies what hubs had on disk that are not configured: " + names +
         "; it is kept, and is theirs once they are configured again: `awpsd --check-spool` says "
         "what it is";
}

}  // namespace awps
