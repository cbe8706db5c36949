#include "daemon/awpsd/spool_report.h"

#include <algorithm>
#include <ctime>
#include <optional>
#include <ostream>
#include <utility>
#include <vector>

#include "base/hub_name.h"
#include "daemon/awpsd/spool_export.h"
#include "spool/check.h"
#include "spool/hub_folders.h"
#include "spool/posix_file.h"
#include "spool/spool_lock.h"

namespace awps {

namespace {

// "2026-01-02T03:04:05Z"
std::string utc_text(WallTime time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch());
  const std::time_t since_epoch = seconds.count();
  std::tm parts{};
  gmtime_r(&since_epoch, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

// The worse of two: what cannot be read may hide damage.
ExitCode worse(ExitCode one, ExitCode other) {
  if (one == ExitCode::kOk || other == ExitCode::kOk) return one == ExitCode::kOk ? other : one;
  return std::max(one, other);
}

class SpoolReport {
 public:
  SpoolReport(const SpoolReportOptions& options, const Config& config, const Clock& clock,
              std::ostream& out)
      : options_(options), config_(config), clock_(clock), out_(out) {}

  ExitCode run() {
    const Result<std::vector<std::string>, IoError> found =
        hubs_with_logs(files_, config_.spool.path);
    if (!found) return fail(ExitCode::kIoError, to_text(found.error()));
    std::vector<std::string> hubs = *found;
    if (!options_.hub.empty()) {
      const ExitCode chosen = choose(hubs);
      if (chosen != ExitCode::kOk) return chosen;
    }
    tell_of_daemon();
    if (hubs.empty()) out_ << "no hub has anything on disk under '" << config_.spool.path << "'\n";
    if (!options_.export_file.empty()) {
      export_.emplace(options_.export_file, clock_.wall_now(), config_.socket.max_line_bytes);
      if (!export_->error().empty()) return fail(ExitCode::kIoError, export_->error());
    }
    ExitCode code = ExitCode::kOk;
    for (const std::string& hub : hubs) code = worse(code, report(hub));
    return worse(code, finish_export());
  }

 private:
  // Of the hubs that have a folder, the one that is asked for.
  ExitCode choose(std::vector<std::string>& hubs) const {
    const Result<std::string> hub = canonical_hub_name(options_.hub);
    const bool has_folder = hub && std::ranges::find(hubs, *hub) != hubs.end();
    const bool is_configured = hub && (config_.hubs.contains(*hub) || config_.service.hub == *hub);
    if (!has_folder && !is_configured) {
      return fail(ExitCode::kConfig, "there is no hub '" + options_.hub +
                                         "': it is not configured, and has nothing under '" +
                                         config_.spool.path + "'");
    }
    hubs.clear();
    if (has_folder) hubs.push_back(*hub);
    return ExitCode::kOk;
  }

  void tell_of_daemon() const {
    const std::optional<std::string> holder = SpoolLock::holder(config_.spool.path);
    if (!holder) return;
    out_ << "a daemon runs (" << *holder << "): what it writes meanwhile may be missed\n";
  }

  ExitCode report(const std::string& hub) {
    const Result<LogCheck, LogOpenError> checked =
        check_log(files_, log_folder_of(config_.spool.path, hub),
                  [&](Position, std::string_view bytes) { note(bytes); });
    if (export_) export_->end_log();
    out_ << "hub " << hub << '\n';
    if (!checked) {
      out_ << "  cannot be read: " << checked.error().message << '\n';
      return ExitCode::kIoError;
    }
    const LogCheck& check = *checked;
    row("segments",
        std::to_string(check.found.segments) + ", " + std::to_string(check.found.bytes) + " bytes");
    row("live", std::to_string(check.found.records) +
                    (check.oldest ? ", the oldest from about " + utc_text(*check.oldest) : ""));
    row("released", std::to_string(check.released));
    row("moved", std::to_string(check.moved));
    row("lost", std::to_string(check.found.lost_records));
    for (const PositionRange& range : check.found.lost) {
      out_ << "    positions " << range.first << " to " << range.end() - 1 << '\n';
    }
    const uint64_t unreadable = std::exchange(unreadable_, 0);
    if (unreadable > 0) row("unreadable", std::to_string(unreadable) + ", which are not exported");
    row("damaged", std::to_string(check.found.damaged.size()));
    for (const DamagedRange& range : check.found.damaged) {
      out_ << "    " << range.file << ": " << range.bytes << " bytes from byte " << range.offset
           << " on\n";
    }
    for (const std::string& name : check.put_aside) row("put aside", name);
    for (const std::string& remark : check.found.remarks) row("note", remark);
    const bool is_sound =
        check.found.damaged.empty() && check.found.lost_records == 0 && unreadable == 0;
    return worse(is_sound ? ExitCode::kOk : ExitCode::kDataError, report_letters(hub));
  }

  // Numbers that were dropped before they were written are gaps, and no loss.
  ExitCode report_letters(const std::string& hub) const {
    const Result<LogCheck, LogOpenError> checked = check_log(
        files_, log_folder_of(config_.spool.path, hub), [](Position, std::string_view) {},
        SegmentHeader::kLetters);
    if (!checked) {
      row("letters", "cannot be read: " + checked.error().message);
      return ExitCode::kIoError;
    }
    const LogRecovery& found = checked->found;
    row("letters", std::to_string(found.records) + " in " + std::to_string(found.segments) +
                       " segments, " + std::to_string(found.bytes) + " bytes" +
                       (found.lost_records > 0 ? "; lost " + std::to_string(found.lost_records)
                                               : std::string()));
    for (const DamagedRange& range : found.damaged) {
      out_ << "    " << range.file << ": " << range.bytes << " bytes from byte " << range.offset
           << " on\n";
    }
    for (const std::string& name : checked->put_aside) row("put aside", name);
    const bool is_sound = found.damaged.empty() && found.lost_records == 0;
    return is_sound ? ExitCode::kOk : ExitCode::kDataError;
  }

  void row(std::string_view name, const std::string& text) const {
    static constexpr size_t kNameColumns = 12;
    out_ << "  " << name << std::string(kNameColumns - name.size(), ' ') << text << '\n';
  }

  void note(std::string_view bytes) {
    const bool is_readable = export_ ? export_->add(bytes) : reader_.read(bytes).ok();
    if (!is_readable) ++unreadable_;
  }

  ExitCode finish_export() {
    if (!export_) return ExitCode::kOk;
    if (!export_->finish()) return fail(ExitCode::kIoError, export_->error());
    out_ << export_->actions() << (export_->actions() == 1 ? " action is" : " actions are")
         << " in '" << options_.export_file << "'\n";
    return ExitCode::kOk;
  }

  ExitCode fail(ExitCode code, const std::string& message) const {
    out_ << "awpsd: " << message << '\n';
    return code;
  }

  const SpoolReportOptions& options_;
  const Config& config_;
  const Clock& clock_;
  std::ostream& out_;
  mutable PosixFileSystem files_{std::nullopt};  // whoever asks, also root
  std::optional<SpoolExport> export_;
  RecordReader reader_;
  uint64_t unreadable_ = 0;  // of the present hub
};

}  // namespace

ExitCode report_spool(const SpoolReportOptions& options, const Config& config, const Clock& clock,
                      std::ostream& out) {
  return SpoolReport(options, config, clock, out).run();
}

}  // namespace awps
