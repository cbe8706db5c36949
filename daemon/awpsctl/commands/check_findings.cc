#include "daemon/awpsctl/commands/check_findings.h"

#include <algorithm>
#include <iterator>

#include "base/terminal_text.h"
#include "daemon/awpsctl/figures.h"
#include "daemon/awpsctl/view/stream_view.h"
#include "daemon/awpsctl/wire/json_fields.h"

namespace awps {

namespace {

constexpr size_t kResultColumns = 9;
constexpr size_t kMostSubjectColumns = 28;
constexpr size_t kLeastTextColumns = 20;
constexpr double kLeastFreeBytes = 1024.0 * 1024 * 1024;
constexpr uint64_t kProtocol = 1;

Note daemon_finding(const StatusReading& status) {
  const std::string daemon =
      "awpsd " + printable(status.version) + ", up " + uptime_text(status.uptime_seconds);
  if (status.protocol > kProtocol) {
    return {Colour::kWarning, "daemon",
            daemon + ", is newer than this awpsctl (" AWPS_VERSION "): some of this may be wrong",
            "update awpsctl"};
  }
  if (status.version != AWPS_VERSION) {
    return {Colour::kWarning, "daemon", daemon + "; this awpsctl is " AWPS_VERSION,
            "`systemctl restart awpsd` after an update"};
  }
  return {Colour::kGood, "daemon", daemon, ""};
}

Note probe_finding(const char* subject, const Result<AdminAnswer, Failure>& probe, const char* well,
                   const char* remedy) {
  if (!probe) return {Colour::kBad, subject, printable_lines(probe.error().message), ""};
  if (probe->http_status < 300) return {Colour::kGood, subject, well, ""};
  return {Colour::kBad, subject, printable_lines(probe->body), remedy};
}

Note config_finding(const Result<std::string, Failure>& config) {
  if (!config) {
    const bool invalid = config.error().code == "invalid_config";
    return {invalid ? Colour::kBad : Colour::kWarning, "config",
            printable_lines(config.error().message),
            invalid ? "correct it: the daemon would not start again; `awpsd --check-config`" : ""};
  }
  const Json json = parse_json(*config);
  const Json& changes = field(json, "changes");
  if (!changes.is_array() || changes.empty()) {
    return {Colour::kGood, "config", "the daemon runs what its files say", ""};
  }
  return {Colour::kWarning, "config",
          counted(changes.size(), "change") + " in the files that the daemon has not read yet",
          "`awpsctl config diff`, then `awpsctl reload`"};
}

Note disk_finding(const SpoolReading& spool) {
  if (!spool.known) return {Colour::kPlain, "disk", "this daemon does not say", ""};
  const std::string path = "'" + printable(spool.path) + "'";
  if (!spool.error.empty()) return {Colour::kWarning, "disk", printable(spool.error), ""};
  if (spool.max_bytes > 0 && spool.bytes > kNearlyFull * spool.max_bytes) {
    return {Colour::kWarning, "disk",
            path + " holds " + bytes_text(spool.bytes) + " of spool.max_bytes " +
                bytes_text(spool.max_bytes),
            "raise spool.max_bytes, or find what holds the hubs up"};
  }
  if (spool.free_bytes < kLeastFreeBytes) {
    return {Colour::kWarning, "disk", path + ": only " + bytes_text(spool.free_bytes) + " are free",
            "make room: what must be durable is refused when it is full"};
  }
  return {Colour::kGood, "disk", path + ": " + bytes_text(spool.free_bytes) + " free", ""};
}

// Its troubles, or that there are none.
void append_subject(std::vector<Note>& findings, const std::string& subject,
                    std::vector<Note> notes, const std::string& well) {
  std::erase_if(notes, [](const Note& note) { return note.severity == Colour::kPlain; });
  if (notes.empty()) notes.push_back({Colour::kGood, "", well, ""});
  for (Note& note : notes) {
    note.subject = subject;
    findings.push_back(std::move(note));
  }
}

}  // namespace

std::vector<Note> findings_of(const CheckInput& input) {
  const StatusReading& status = input.status;
  std::vector<Note> findings = {daemon_finding(status)};
  findings.push_back(probe_finding("alive", input.alive, "every delivery loop turns",
                                   "see the daemon's log; `systemctl restart awpsd`"));
  findings.push_back(probe_finding("ready", input.ready, "it accepts and delivers", ""));
  if (input.socket_failure) {
    findings.push_back(
        {Colour::kBad, "socket", printable_lines(input.socket_failure->message), ""});
  } else {
    findings.push_back({Colour::kGood, "socket", "it takes producers", ""});
  }
  if (status.gateway.known) {
    append_subject(findings, "gateway", gateway_notes(status.gateway),
                   "listens on " + printable(status.gateway.listen) + "; " +
                       counted(status.gateway.connections, "connection"));
  }
  for (const StreamReading& stream : status.streams) {
    append_subject(findings, "stream " + printable(stream.name), stream_notes(stream),
                   printable(stream.state) + "; " + counted(stream.partitions.size(), "partition") +
                       ", lag " + (stream.lag() ? count_text(*stream.lag()) : "not known"));
  }
  for (const EndpointReading& endpoint : status.endpoints) {
    append_subject(findings, printable(endpoint.url), endpoint_notes(endpoint), "open");
  }
  for (const HubReading& hub : status.hubs) {
    append_subject(findings, "hub " + printable(hub.name), hub_notes(hub),
                   "running; " + counted(hub.actions.waiting(), "action") + " waiting");
  }
  append_subject(findings, "log", log_notes(status), "level " + printable(status.log_level));
  findings.push_back(config_finding(input.config));
  if (!status.pending_restart.empty()) {
    findings.push_back(
        {Colour::kWarning, "restart",
         "these changes wait for a restart: " + printable(joined(status.pending_restart, ", ")),
         "`systemctl restart awpsd`"});
  }
  findings.push_back(disk_finding(status.spool));
  if (status.spool.undelivered.known) {
    append_subject(findings, "undelivered", undelivered_notes(status.spool),
                   "no files of earlier stops");
  }
  return findings;
}

std::string result_of(const Note& finding) {
  switch (finding.severity) {
    case Colour::kGood:
      return "ok";
    case Colour::kWarning:
      return "warning";
    case Colour::kBad:
      return "bad";
    default:
      return "unknown";
  }
}

std::vector<std::string> finding_lines(const std::vector<Note>& findings, size_t columns,
                                       const Paint& paint) {
  size_t subject_columns = 0;
  for (const Note& finding : findings) {
    subject_columns = std::max(subject_columns, columns_of(finding.subject));
  }
  subject_columns = std::min({subject_columns, kMostSubjectColumns, columns / 3});
  const size_t indent = kResultColumns + subject_columns + 2;
  const size_t text_columns = std::max(columns, indent + kLeastTextColumns) - indent;
  const std::string blanks(indent, ' ');
  std::vector<std::string> lines;
  for (const Note& finding : findings) {
    std::string start = paint(padded_right(result_of(finding), kResultColumns), finding.severity) +
                        padded_right(shortened(finding.subject, subject_columns), subject_columns) +
                        "  ";
    for (const std::string& line : wrapped(finding.text, 0, text_columns)) {
      lines.push_back(start + line);
      start = blanks;
    }
    if (finding.remedy.empty()) continue;
    for (const std::string& line : wrapped("→ " + finding.remedy, 2, text_columns)) {
      lines.push_back(blanks + line);
    }
  }
  return lines;
}

}  // namespace awps
