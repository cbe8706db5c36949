// write_text_report() of reports.h.

#include <algorithm>
#include <map>
#include <optional>
#include <ostream>
#include <span>

#include "base/terminal_text.h"
#include "daemon/awpsd/explain/reports.h"
#include "daemon/awpsd/explain/words.h"

namespace awps {

namespace {

constexpr size_t kColumns = 100;
constexpr size_t kTimeColumns = 10;  // "12345.5 ms"
constexpr size_t kBytesColumns = 9;  // "1048576 B"
constexpr size_t kIndent = kTimeColumns + 2;
constexpr size_t kMethodColumns = 7;
constexpr size_t kTargetColumns = kColumns - kIndent - kMethodColumns - 1 - kBytesColumns;
constexpr size_t kLeastFilterColumns = 24;
constexpr size_t kMostRanges = 8;
constexpr size_t kShownSingle = 3;       // requests alike in a row that are still shown each
constexpr size_t kShownCoalesced = 12;   // likewise, of several actions each
constexpr size_t kShownSuperseded = 12;  // lines about superseded ones

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  return (digit | 0x20) - 'a' + 10;
}

// A '/' within a name stays encoded: it is no step of the path.
std::string decoded(std::string_view encoded) {
  std::string text;
  for (size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '%' || encoded.substr(i, 3) == "%2F") {
      text += encoded[i];
      continue;
    }
    text += static_cast<char>(hex_value(encoded[i + 1]) * 16 + hex_value(encoded[i + 2]));
    i += 2;
  }
  return printable(text);
}

// What follows .../api/hubs/HUB.
std::string_view behind_hub(std::string_view url) {
  static constexpr std::string_view kHubs = "/api/hubs/";
  const size_t hub = url.find(kHubs) + kHubs.size();
  return url.substr(url.find('/', hub));
}

std::string lines_of(std::string_view text, size_t indent, size_t columns) {
  return joined(wrapped(text, indent, columns), "\n");
}

// Of a list of names only whole ones are left.
std::string shortened_filter(std::string_view filter, size_t columns) {
  std::string text = shortened(filter, columns);
  if (text == filter) return text;
  const size_t comma = text.rfind("',");
  return comma == std::string::npos ? text : text.substr(0, comma + 2) + "…";
}

// Path and query for people: decoded, without the api-version. Where it is too long, the filter
// gives way first.
std::string target_text(const ExplainedRequest& request, std::optional<size_t> columns) {
  static constexpr std::string_view kFilter = "filter=";
  const std::string_view target = behind_hub(request.url);
  const size_t query = target.find('?');
  std::string before = decoded(target.substr(0, query));
  std::string filter;
  std::string after;
  char separator = '?';
  for (std::string_view rest = target.substr(query + 1); !rest.empty();) {
    const size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view parameter = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (parameter.starts_with("api-version=")) continue;
    const bool is_filter = parameter.starts_with(kFilter);
    std::string& part = is_filter ? filter : filter.empty() ? before : after;
    part += separator + decoded(parameter);
    separator = '&';
  }
  if (!request.written_body.empty()) after += " " + printable(request.written_body);
  if (!columns) return before + filter + after;
  const size_t others = columns_of(before) + columns_of(after);
  const size_t left = others < *columns ? *columns - others : 0;
  filter = shortened_filter(filter, std::max(left, kLeastFilterColumns));
  return shortened(before + filter + after, *columns);
}

std::string right_aligned(std::string_view text, size_t columns) {
  const size_t width = columns_of(text);
  return std::string(columns > width ? columns - width : 0, ' ') + std::string(text);
}

std::string left_aligned(std::string text, size_t columns) {
  const size_t width = columns_of(text);
  return text.append(columns > width ? columns - width : 0, ' ');
}

class TextReport {
 public:
  TextReport(std::ostream& out, const ExplainInput& input, const TextReportOptions& options)
      : out_(out), input_(input), options_(options) {}

  void write_notes();
  void write_hub(const ExplainedHub& hub);
  void write_refused_count();

 private:
  using Requests = std::span<const ExplainedRequest>;

  void write_superseded(const ExplainedHub& hub);
  void write_expired(const SimulatedEnd& end);
  void write_requests(const ExplainedHub& hub);
  void write_request(const ExplainedRequest& request);
  void write_alike(Requests requests);
  void write_summary(const ExplainedHub& hub);
  void write_indented(std::string_view text);
  static bool are_alike(const ExplainedRequest& a, const ExplainedRequest& b);
  size_t most_ranges() const { return options_.full ? SIZE_MAX : kMostRanges; }

  std::ostream& out_;
  const ExplainInput& input_;
  const TextReportOptions& options_;
};

void TextReport::write_indented(std::string_view text) {
  out_ << std::string(kIndent, ' ') << lines_of(text, kIndent, kColumns - kIndent) << '\n';
}

void TextReport::write_notes() {
  for (const InputNote& note : input_.refused) {
    out_ << lines_of("line " + std::to_string(note.line) + ": refused (" + note.code +
                         "): " + printable(note.text),
                     4, kColumns)
         << '\n';
  }
  for (const InputNote& note : input_.warnings) {
    out_ << lines_of("line " + std::to_string(note.line) + ": warning: " + printable(note.text), 4,
                     kColumns)
         << '\n';
  }
  if (!input_.refused.empty() || !input_.warnings.empty()) out_ << '\n';
}

void TextReport::write_hub(const ExplainedHub& hub) {
  out_ << lines_of("hub " + hub.hub + ": " + hub.rules, 4, kColumns) << '\n';
  if (hub.with.accepted > 0) {
    out_ << lines_of("requests to " + hub.url +
                         "…; all lines accepted at 0 ms from one producer, "
                         "each request answered after " +
                         time_text(options_.round_trip),
                     4, kColumns)
         << "\n\n";
  }
  write_superseded(hub);
  write_requests(hub);
  write_summary(hub);
}

void TextReport::write_superseded(const ExplainedHub& hub) {
  std::map<uint64_t, std::vector<uint64_t>> earlier_of;
  for (const auto& [earlier, last] : last_successors(hub.with.ends)) {
    earlier_of[last].push_back(earlier);
  }
  size_t shown = 0;
  for (const auto& [last, earlier] : earlier_of) {
    if (!options_.full && shown == kShownSuperseded) break;
    ++shown;
    const std::string_view rule =
        is_send(input_.actions[last - 1]->kind) ? "conflate" : "supersede";
    out_ << lines_of(places_text(input_, earlier, most_ranges()) + ": superseded " +
                         (earlier.size() > 1 ? "in turn " : "") + "by line " +
                         place_text(input_, last) + " (" + std::string(rule) + ")",
                     4, kColumns)
         << '\n';
  }
  if (shown < earlier_of.size()) {
    out_ << "… and so for " << earlier_of.size() - shown
         << " more lines that stand in others' place (--full shows each)\n";
  }
  if (!earlier_of.empty()) out_ << '\n';
}

bool TextReport::are_alike(const ExplainedRequest& a, const ExplainedRequest& b) {
  return a.form == b.form && a.kind == b.kind && a.reason.key == b.reason.key &&
         a.was_held == b.was_held && (a.superseded > 0) == (b.superseded > 0);
}

// Requests in order of time, and between them what expired before the next one.
void TextReport::write_requests(const ExplainedHub& hub) {
  std::vector<const SimulatedEnd*> expired;
  for (const SimulatedEnd& end : hub.with.ends) {
    if (end.kind != OutcomeKind::kSuperseded) expired.push_back(&end);
  }
  auto next_expired = expired.begin();
  const auto write_expired_until = [&](Duration at) {
    for (; next_expired != expired.end() && (*next_expired)->after <= at; ++next_expired) {
      write_expired(**next_expired);
    }
  };
  Requests rest(hub.requests);
  while (!rest.empty()) {
    write_expired_until(rest.front().at);
    size_t count = 1;
    while (count < rest.size() && are_alike(rest.front(), rest[count]) &&
           (next_expired == expired.end() || (*next_expired)->after > rest[count].at)) {
      ++count;
    }
    write_alike(rest.first(count));
    rest = rest.subspan(count);
  }
  write_expired_until(Duration::max());
  if (!hub.requests.empty() || !expired.empty()) out_ << '\n';
}

void TextReport::write_expired(const SimulatedEnd& end) {
  out_ << right_aligned(time_text(end.after), kTimeColumns) << "  line "
       << place_text(input_, end.seq) << ": expired, older than its ttlSeconds\n";
}

void TextReport::write_alike(Requests requests) {
  const size_t most = requests.front().seqs.size() > 1 ? kShownCoalesced : kShownSingle;
  const size_t shown = options_.full || requests.size() <= most ? requests.size() : 1;
  for (const ExplainedRequest& request : requests.first(shown)) write_request(request);
  const Requests rest = requests.subspan(shown);
  if (rest.empty()) return;
  std::vector<uint64_t> seqs;
  for (const ExplainedRequest& request : rest) {
    seqs.insert(seqs.end(), request.seqs.begin(), request.seqs.end());
  }
  std::ranges::sort(seqs);
  const std::string from = time_text(rest.front().at);
  const std::string to = time_text(rest.back().at);
  std::string text = "… and so " + number_of(rest.size(), "more request") + " at " + from;
  if (from != to) text += " to " + to;
  if (seqs.size() > rest.size()) text += " with " + number_of(seqs.size(), "action");
  write_indented(text + ": " + places_text(input_, seqs, most_ranges()) + " (--full shows each)");
}

void TextReport::write_request(const ExplainedRequest& request) {
  const std::optional<size_t> columns =
      options_.full ? std::nullopt : std::optional<size_t>(kTargetColumns);
  out_ << right_aligned(time_text(request.at), kTimeColumns) << "  "
       << left_aligned(std::string(request.method), kMethodColumns);
  std::string target = target_text(request, columns);
  if (request.body_bytes > 0) {
    out_ << left_aligned(std::move(target), kTargetColumns) << ' '
         << right_aligned(std::to_string(request.body_bytes) + " B", kBytesColumns) << '\n';
  } else {
    out_ << target << '\n';
  }
  write_indented(places_text(input_, request.seqs, most_ranges()) + ": " +
                 std::string(name_of(request.form)) + ": " + request.reason.text);
}

void TextReport::write_summary(const ExplainedHub& hub) {
  uint64_t superseded = 0;
  for (const SimulatedEnd& end : hub.with.ends) {
    superseded += end.kind == OutcomeKind::kSuperseded ? 1 : 0;
  }
  const uint64_t expired = hub.with.ends.size() - superseded;
  if (hub.with.accepted == 0) {
    out_ << "0 actions\n";
    return;
  }
  std::string text = number_of(hub.with.accepted, "action") + ": " +
                     std::to_string(hub.with.delivered) + " carried by " +
                     number_of(hub.with.requests, "request") + " in " + time_text(hub.with.took);
  if (superseded > 0) text += ", " + std::to_string(superseded) + " superseded";
  if (expired > 0) text += ", " + std::to_string(expired) + " expired";
  text += "; without coalescing: " + number_of(hub.without.requests, "request") + " in " +
          time_text(hub.without.took);
  out_ << lines_of(text, 4, kColumns) << '\n';
}

void TextReport::write_refused_count() {
  if (input_.refused.empty()) return;
  out_ << '\n'
       << input_.refused.size() << " refused: see the top; the daemon would not accept "
       << (input_.refused.size() == 1 ? "it" : "them") << '\n';
}

}  // namespace

void write_text_report(std::ostream& out, const ExplainInput& input,
                       const std::vector<ExplainedHub>& hubs, const TextReportOptions& options) {
  TextReport report(out, input, options);
  report.write_notes();
  bool first = true;
  for (const ExplainedHub& hub : hubs) {
    if (!first) out << '\n';
    first = false;
    report.write_hub(hub);
  }
  report.write_refused_count();
}

}  // namespace awps
