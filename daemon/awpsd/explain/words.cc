#include "daemon/awpsd/explain/words.h"

#include <array>
#include <cstdio>

#include "base/terminal_text.h"

namespace awps {

namespace {

void append_item(std::string& out, std::string_view item) {
  if (!out.empty()) out += ", ";
  out += item;
}

std::string fan_out_text(const CoalesceOptions& rules) {
  const bool users_only = rules.fan_out == CoalesceOptions::FanOut::kUsers;
  std::string text = users_only ? "fan_out users (" : "fan_out users+connections (";
  text += std::to_string(rules.fan_out_min) + " to " + std::to_string(rules.max_members) + " names";
  if (rules.fan_out_per_second > 0) {
    text += ", " + number_text(rules.fan_out_per_second) + " a second";
  }
  return text + ")";
}

std::string coalesce_text(const CoalesceOptions& rules) {
  if (!rules.enabled) return "coalescing is off";
  std::string text;
  if (rules.supersede) append_item(text, "supersede");
  if (rules.conflate) append_item(text, "conflate");
  if (rules.fan_out != CoalesceOptions::FanOut::kOff) append_item(text, fan_out_text(rules));
  if (rules.bulk_membership) {
    append_item(text, "bulk_membership (up to " + std::to_string(rules.max_members) + " names)");
  }
  for (const CoalesceOptions::Merge& rule : rules.merge) {
    const bool is_array = rule.format == MergeFormat::kJsonArray;
    append_item(text, "merge '" + printable(rule.groups) + "' as " +
                          (is_array ? "json_array" : "lines") + " (up to " +
                          size_text(rule.max_bytes) + ")");
  }
  if (rules.linger > Duration::zero()) append_item(text, "linger " + time_text(rules.linger));
  return text.empty() ? "no rule of coalescing is on" : text;
}

// What of a line's elements a range names at one of its ends.
std::string end_text(const InputPlace& place, bool whole_line) {
  std::string text = std::to_string(place.line);
  if (!whole_line) text += "[" + std::to_string(place.element) + "]";
  return text;
}

std::string range_text(const InputPlace& first, const InputPlace& last) {
  const bool one_line = first.line == last.line;
  const bool from_begin = first.element == 1;
  const bool to_end = last.element == last.elements;
  const bool first_whole = from_begin && (!one_line || to_end);
  const bool last_whole = to_end && (!one_line || from_begin);
  if (one_line && (first_whole || first.element == last.element)) {
    return end_text(first, first_whole);
  }
  if (one_line) {
    return std::to_string(first.line) + "[" + std::to_string(first.element) + "–" +
           std::to_string(last.element) + "]";
  }
  return end_text(first, first_whole) + "–" + end_text(last, last_whole);
}

}  // namespace

std::string number_of(uint64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string number_text(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.10g", value);
  return text.data();
}

std::string time_text(Duration time) {
  std::array<char, 32> text{};
  const double milliseconds = to_seconds(time) * 1e3;
  const bool is_whole = time % std::chrono::milliseconds(1) == Duration::zero();
  std::snprintf(text.data(), text.size(), is_whole ? "%.0f ms" : "%.1f ms", milliseconds);
  return text.data();
}

std::string size_text(uint64_t bytes) {
  static constexpr uint64_t kKib = 1024;
  if (bytes >= kKib * kKib && bytes % (kKib * kKib) == 0) {
    return std::to_string(bytes / kKib / kKib) + " MiB";
  }
  if (bytes >= kKib && bytes % kKib == 0) return std::to_string(bytes / kKib) + " KiB";
  return number_of(bytes, "byte");
}

std::string place_text(const ExplainInput& input, uint64_t seq) {
  const InputPlace& place = input.places[seq - 1];
  return end_text(place, place.elements == 1);
}

std::string places_text(const ExplainInput& input, std::span<const uint64_t> seqs,
                        size_t most_ranges) {
  std::string text;
  size_t ranges = 0;
  bool several = false;
  for (size_t i = 0; i < seqs.size();) {
    const size_t first = i;
    while (i + 1 < seqs.size() && seqs[i + 1] == seqs[i] + 1) ++i;
    const InputPlace& from = input.places[seqs[first] - 1];
    const InputPlace& to = input.places[seqs[i++] - 1];
    several = several || first > 0 || from.line != to.line;
    if (++ranges > most_ranges) {
      text += ", …";
      break;
    }
    append_item(text, range_text(from, to));
  }
  return (several ? "lines " : "line ") + text;
}

std::string rules_text(const PipelineOptions& options) {
  std::string text = coalesce_text(options.coalesce) + "; ";
  text += number_of(options.max_in_flight, "request") + " at once";
  if (options.requests_per_second > 0) {
    text += ", " + number_text(options.requests_per_second) + " a second";
  }
  if (options.order.ordering == Ordering::kStrict) text += "; ordering strict";
  if (options.order.ordering == Ordering::kNone) text += "; ordering none";
  return text;
}

}  // namespace awps
