#include "daemon/awpsctl/view/status_view.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/terminal_text.h"
#include "daemon/awpsctl/figures.h"
#include "daemon/awpsctl/view/many_hubs.h"
#include "daemon/awpsctl/view/notes.h"
#include "daemon/awpsctl/view/stream_view.h"
#include "daemon/awpsctl/view/table.h"
#include "daemon/awpsctl/view/table_of_hubs.h"

namespace awps {

namespace {

constexpr size_t kTrendColumns = 24;
constexpr size_t kNoteIndent = 2;
constexpr size_t kUtcColumns = 12;
constexpr size_t kShownPartitions = 5;  // of a stream
constexpr size_t kLeastHubRows = 4;     // titles, sums, a hub, and how many are left out

using Lines = std::vector<std::string>;

void append(Lines& lines, const Lines& more) {
  lines.insert(lines.end(), more.begin(), more.end());
}

Colour colour_of_state(const std::string& state) {
  if (state == "running" || state == "open") return Colour::kGood;
  return state == "held" ? Colour::kBad : Colour::kWarning;
}

// Of the sums; "" of one hub.
Cell trouble_cell(const StatusReading& status) {
  const size_t count = in_trouble(status);
  if (count == 0) return {"", Colour::kGood};
  return {count_text(count) + " in trouble", status.ready ? Colour::kWarning : Colour::kBad};
}

Cell state_cell(const HubReading& hub) {
  if (hub.state == "running" && !hub.ready) return {"not ready", Colour::kBad};
  return {printable(hub.state), colour_of_state(hub.state)};
}

Cell number_cell(std::string text, bool is_trouble, Colour trouble = Colour::kBad) {
  return {std::move(text), is_trouble ? trouble : Colour::kPlain};
}

std::string flight_text(const HubReading& hub) {
  return std::to_string(hub.requests.in_flight) + "/" + std::to_string(hub.concurrency);
}

// "12:37:53 UTC" of "2026-01-02T12:37:53.678Z".
std::string time_of_day(const std::string& iso) {
  const bool known = iso.size() >= 20 && iso[10] == 'T';
  return known ? printable(iso.substr(11, 8)) + " UTC" : "";
}

std::string headline(const StatusReading& status, const ViewOptions& options) {
  const std::string left = "awpsd " + printable(status.version) + "  " + printable(status.state) +
                           "  up " + uptime_text(status.uptime_seconds) + "  pid " +
                           std::to_string(status.pid);
  const std::string readiness = status.ready ? "ready" : "not ready";
  const std::string time = time_of_day(status.now);
  const std::string start = shortened(left, options.columns);
  const size_t used = columns_of(start) + 2 + columns_of(readiness);
  std::string line = options.paint(start, Colour::kStrong);
  if (used > options.columns) return line;
  line += "  " + options.paint(readiness, status.ready ? Colour::kGood : Colour::kBad);
  if (time.empty() || used + 2 + kUtcColumns > options.columns) return line;
  return line + options.paint(padded_left(time, options.columns - used), Colour::kFaint);
}

bool is_calm(const EndpointReading& endpoint) {
  return endpoint.state == "open" && endpoint.cause.empty() && endpoint.suspects == 0;
}

// Many without trouble share a line.
Lines endpoint_lines(const StatusReading& status, const ViewOptions& options) {
  const bool is_many = status.endpoints.size() > kFew;
  size_t left_out = 0;
  Table table({{.title = "ENDPOINT", .flexible = true},
               {.title = "STATE"},
               {.title = "PACE", .is_right = true},
               {.title = "SUSPECTS", .priority = 2, .is_right = true},
               {.title = "HUBS", .priority = 1, .flexible = true}});
  for (const EndpointReading& endpoint : status.endpoints) {
    if (is_many && is_calm(endpoint)) {
      ++left_out;
      continue;
    }
    std::string pace = endpoint.pace > 0 ? compact_text(endpoint.pace) + "/s" : "no limit";
    if (endpoint.pace > 0 && endpoint.learnt) pace += " learnt";
    table.add({{printable(endpoint.url)},
               {printable(endpoint.state), colour_of_state(endpoint.state)},
               {pace, endpoint.learnt ? Colour::kWarning : Colour::kPlain},
               number_cell(count_text(endpoint.suspects), endpoint.suspects > 0, Colour::kWarning),
               {printable(joined(endpoint.hubs, ", "))}});
  }
  Lines lines = table.empty() ? Lines{} : table.lines(options.columns, options.paint);
  if (left_out > 0) {
    lines.push_back(options.paint(
        shortened(counted(left_out, "endpoint") + " open, without trouble", options.columns),
        Colour::kFaint));
  }
  return lines;
}

Lines note_lines(const StatusReading& status, const ViewOptions& options) {
  Lines lines;
  for (const Note& note : notes_of(status)) {
    std::string text = note.subject + ": " + note.text;
    if (!note.remedy.empty()) text += "; " + note.remedy;
    for (const std::string& line : wrapped(text, kNoteIndent, options.columns)) {
      lines.push_back(options.paint(line, note.severity));
    }
  }
  return lines;
}

std::vector<Cell> totals_row(const HubReading& hub, Cell state, const HubInterval& total) {
  const ActionReading& actions = hub.actions;
  const uint64_t errors = hub.requests.errors();
  return {
      {printable(hub.name), Colour::kStrong},
      std::move(state),
      {count_text(actions.accepted)},
      {count_text(actions.waiting())},
      {flight_text(hub)},
      {count_text(actions.delivered)},
      {count_text(actions.superseded)},
      number_cell(count_text(actions.expired), actions.expired > 0, Colour::kWarning),
      number_cell(count_text(actions.abandoned), actions.abandoned > 0),
      number_cell(count_text(actions.dead_lettered), actions.dead_lettered > 0),
      {ratio_text(coalescing_ratio(actions.settled(), hub.requests.started))},
      {seconds_text(total.delivery_p50)},
      {seconds_text(total.delivery_p99)},
      {count_text(hub.requests.started)},
      number_cell(count_text(errors), errors > 0, Colour::kWarning),
      number_cell(count_text(hub.requests.throttled), hub.requests.throttled > 0, Colour::kWarning),
      {count_text(hub.requests.retries)}};
}

TableOfHubs totals_table(const StatusReading& status) {
  const std::optional<Interval> whole = interval_since_start(status);
  TableOfHubs table(status, {{.title = "HUB", .cut_last = true},
                             {.title = "STATE", .cut_last = true},
                             {.title = "ACCEPTED", .is_right = true},
                             {.title = "WAITING", .is_right = true},
                             {.title = "FLIGHT", .priority = 4, .is_right = true},
                             {.title = "DELIVERED", .is_right = true},
                             {.title = "SUPERSEDED", .priority = 3, .is_right = true},
                             {.title = "EXPIRED", .priority = 5, .is_right = true},
                             {.title = "ABANDONED", .priority = 8, .is_right = true},
                             {.title = "DEAD", .is_right = true},
                             {.title = "RATIO", .priority = 1, .is_right = true},
                             {.title = "P50", .priority = 2, .is_right = true},
                             {.title = "P99", .is_right = true},
                             {.title = "REQUESTS", .priority = 6, .is_right = true},
                             {.title = "ERRORS", .priority = 1, .is_right = true},
                             {.title = "429", .priority = 4, .is_right = true},
                             {.title = "RETRIES", .priority = 7, .is_right = true}});
  if (status.hubs.size() > 1) {
    const HubReading sum = sum_of(status.hubs);
    table.add(sum, totals_row(sum, trouble_cell(status), whole ? whole->all : HubInterval{}));
  }
  for (const size_t i : by_trouble(status)) {
    const HubReading& hub = status.hubs[i];
    const HubInterval total = whole && whole->hubs[i] ? *whole->hubs[i] : HubInterval{};
    table.add(hub, totals_row(hub, state_cell(hub), total));
  }
  return table;
}

std::vector<Column> live_columns() {
  return {{.title = "HUB", .cut_last = true},
          {.title = "STATE", .cut_last = true},
          {.title = "IN/S", .is_right = true},
          {.title = "OUT/S", .is_right = true},
          {.title = "REQ/S", .priority = 5, .is_right = true},
          {.title = "RATIO", .priority = 1, .is_right = true},
          {.title = "WAITING", .is_right = true},
          {.title = "FULL", .priority = 6, .is_right = true},
          {.title = "FLIGHT", .priority = 3, .is_right = true},
          {.title = "BLOCKED", .priority = 7, .is_right = true},
          {.title = "P50", .priority = 2, .is_right = true},
          {.title = "P99", .is_right = true},
          {.title = "REQ P99", .priority = 8, .is_right = true},
          {.title = "ERR/S", .is_right = true},
          {.title = "429/S", .priority = 4, .is_right = true},
          {.title = "RETRY/S", .priority = 9, .is_right = true},
          {.title = "EXPIRED/S", .priority = 10, .is_right = true},
          {.title = "DEAD", .is_right = true},
          {.title = "BUSY", .priority = 11, .is_right = true},
          {.title = "TREND OF OUT/S", .priority = 12}};
}

std::vector<Cell> live_row(const HubReading& hub, Cell state,
                           const std::optional<HubInterval>& rates, std::string trend) {
  const auto rate = [&](double HubInterval::*member) {
    return rates ? std::optional((*rates).*member) : std::nullopt;
  };
  const auto trouble = [&](double HubInterval::*member) {
    const std::optional<double> value = rate(member);
    return number_cell(compact_text(value), value.value_or(0) > 0, Colour::kWarning);
  };
  const HubInterval known = rates.value_or(HubInterval{});
  const bool is_full = hub.max_bytes > 0 && hub.held_bytes > kNearlyFull * hub.max_bytes;
  return {
      {printable(hub.name), Colour::kStrong},
      std::move(state),
      {compact_text(rate(&HubInterval::accepted))},
      {compact_text(rate(&HubInterval::delivered))},
      {compact_text(rate(&HubInterval::requests))},
      {ratio_text(known.ratio)},
      {compact_text(static_cast<double>(hub.actions.waiting()))},
      number_cell(percent_text(hub.held_bytes, hub.max_bytes), is_full, Colour::kWarning),
      {flight_text(hub)},
      number_cell(count_text(hub.blocked_lanes), hub.blocked_lanes > 0, Colour::kWarning),
      {seconds_text(known.delivery_p50)},
      {seconds_text(known.delivery_p99)},
      {seconds_text(known.request_p99)},
      trouble(&HubInterval::errors),
      trouble(&HubInterval::throttled),
      {compact_text(rate(&HubInterval::retries))},
      trouble(&HubInterval::expired),
      number_cell(hub.worker_answered ? count_text(hub.dead_letters) : "–", hub.dead_letters > 0),
      {rates ? percent_text(known.busy_share, 1) : "–"},
      {std::move(trend)}};
}

TableOfHubs live_table(const LiveView& view) {
  const StatusReading& status = view.status;
  TableOfHubs table(status, live_columns());
  if (status.hubs.size() > 1) {
    const auto all = view.interval ? std::optional(view.interval->all) : std::nullopt;
    const HubReading sum = sum_of(status.hubs);
    table.add(sum, live_row(sum, trouble_cell(status), all, ""));
  }
  for (const size_t i : by_trouble(status)) {
    const HubReading& hub = status.hubs[i];
    const std::optional<HubInterval> rates = view.interval ? view.interval->hubs[i] : std::nullopt;
    table.add(hub,
              live_row(hub, state_cell(hub), rates, view.history.trend(hub.name, kTrendColumns)));
  }
  return table;
}

std::string intake_line(const LiveView& view, const ViewOptions& options) {
  const IntakeReading& intake = view.status.intake;
  const auto rate = [&](double Interval::*member) {
    return view.interval ? std::optional((*view.interval).*member) : std::nullopt;
  };
  std::string line = counted(intake.producers, "producer") + "  in " +
                     compact_text(rate(&Interval::intake_actions)) + " actions/s";
  if (view.interval) line += ", " + bytes_text(view.interval->intake_bytes) + "/s";
  line += "  refused " + compact_text(rate(&Interval::rejected)) + "/s";
  line += ", " + count_text(intake.rejected) + " in all";
  return shortened(line, options.columns);
}

// Nothing where there is no gateway.
Lines gateway_lines(const GatewayReading& gateway, const ViewOptions& options) {
  if (!gateway.known) return {};
  return {shortened(
      "gateway " + printable(gateway.listen) + ": " + counted(gateway.connections, "connection") +
          "; " + counted(gateway.requests, "request") + " since the start, " +
          count_text(gateway.errors) + " answered 5xx, " + count_text(gateway.refused) + " refused",
      options.columns)};
}

// Cuts to `rows` lines, of which the last then says how many are missing.
void keep(Lines& lines, size_t rows, const ViewOptions& options, const std::string& what) {
  if (lines.size() <= rows) return;
  const size_t missing = lines.size() - (rows == 0 ? 0 : rows - 1);
  lines.resize(rows);
  if (rows == 0) return;
  lines.back() = options.paint(
      shortened("… " + counted(missing, what) + " more; make the window taller", options.columns),
      Colour::kFaint);
}

}  // namespace

void History::add(const StatusReading& status, const std::optional<Interval>& interval) {
  for (size_t i = 0; i < status.hubs.size(); ++i) {
    if (!interval || !interval->hubs[i]) continue;
    std::deque<double>& rates = delivered_[status.hubs[i].name];
    rates.push_back(interval->hubs[i]->delivered);
    if (rates.size() > kKept) rates.pop_front();
  }
}

std::string History::trend(const std::string& hub, size_t columns) const {
  static constexpr std::array<const char*, 8> kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const auto found = delivered_.find(hub);
  if (found == delivered_.end()) return "";
  const std::deque<double>& rates = found->second;
  const auto first = rates.end() - static_cast<std::ptrdiff_t>(std::min(columns, rates.size()));
  const double most = *std::max_element(first, rates.end());
  std::string bars;
  for (auto rate = first; rate != rates.end(); ++rate) {
    const double share = most > 0 ? *rate / most : 0;
    bars += kBars[std::min<size_t>(static_cast<size_t>(share * kBars.size()), kBars.size() - 1)];
  }
  return bars;
}

std::vector<std::string> status_lines(const StatusReading& status, const ViewOptions& options) {
  Lines lines = {headline(status, options)};
  const IntakeReading& intake = status.intake;
  lines.push_back(shortened(counted(intake.producers, "producer") + " now; " +
                                counted(intake.actions, "action") + " in since the start, " +
                                count_text(intake.rejected) + " refused",
                            options.columns));
  append(lines, gateway_lines(status.gateway, options));
  lines.emplace_back();
  append(lines, endpoint_lines(status, options));
  lines.emplace_back();
  append(lines, totals_table(status).lines(options.columns, options.paint));
  if (!status.streams.empty()) lines.emplace_back();
  append(lines, partition_lines(status.streams, kShownPartitions, options));
  const Lines notes = note_lines(status, options);
  if (!notes.empty()) lines.emplace_back();
  append(lines, notes);
  return lines;
}

std::vector<std::string> live_lines(const LiveView& view, const ViewOptions& options) {
  Lines lines = {headline(view.status, options), intake_line(view, options)};
  append(lines, gateway_lines(view.status.gateway, options));
  append(lines, stream_lines(view.status.streams, options));
  if (!view.problem.empty()) {
    for (const std::string& line :
         wrapped(printable_lines(view.problem), kNoteIndent, options.columns)) {
      lines.push_back(options.paint(line, Colour::kBad));
    }
  }
  lines.emplace_back();
  append(lines, endpoint_lines(view.status, options));
  lines.emplace_back();
  const size_t last = view.keys.empty() ? 0 : 1;
  const auto rows_left = [&] {
    const size_t used = lines.size() + last;
    return options.rows > used ? options.rows - used : 0;
  };
  Lines hubs = live_table(view).lines(options.columns, options.paint);
  Lines notes = note_lines(view.status, options);
  // Of many hubs those with trouble are first, and what is wrong must fit below.
  const size_t for_notes = notes.empty() ? 0 : std::min(notes.size() + 1, rows_left() / 3);
  keep(hubs, std::max(rows_left() - for_notes, std::min(rows_left(), kLeastHubRows)), options,
       "hub");
  append(lines, hubs);
  if (!notes.empty() && rows_left() > 1) {
    lines.emplace_back();
    keep(notes, rows_left(), options, "line");
    append(lines, notes);
  }
  if (lines.size() + last > options.rows) lines.resize(options.rows - std::min(last, options.rows));
  if (last == 0) return lines;
  if (options.rows != SIZE_MAX) lines.resize(std::max<size_t>(options.rows, 1) - 1);
  lines.push_back(options.paint(shortened(view.keys, options.columns), Colour::kFaint));
  return lines;
}

std::vector<std::string> hubs_lines(const StatusReading& status, const ViewOptions& options) {
  Table table({{.title = "HUB", .cut_last = true},
               {.title = "STATE"},
               {.title = "ENDPOINT", .flexible = true},
               {.title = "WAITING", .is_right = true},
               {.title = "DEAD", .is_right = true},
               {.title = "NOT READY", .priority = 1, .flexible = true}});
  for (const size_t i : by_trouble(status)) {
    const HubReading& hub = status.hubs[i];
    table.add({{printable(hub.name), Colour::kStrong},
               state_cell(hub),
               {printable(hub.endpoint)},
               {count_text(hub.actions.waiting())},
               {hub.worker_answered ? count_text(hub.dead_letters) : "–"},
               {printable(hub.not_ready)}});
  }
  return table.lines(options.columns, options.paint);
}

}  // namespace awps
