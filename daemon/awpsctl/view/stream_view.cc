#include "daemon/awpsctl/view/stream_view.h"

#include <algorithm>
#include <tuple>

#include "base/terminal_text.h"
#include "daemon/awpsctl/figures.h"
#include "daemon/awpsctl/view/table.h"

namespace awps {

namespace {

using Lines = std::vector<std::string>;

// From then on a record that holds its partition's offset back is worth a word.
constexpr double kLongSeconds = 60;
constexpr std::string_view kIndent = "  ";

bool is_held_up(const PartitionReading& partition) {
  return !partition.wait.empty() && partition.wait != "ending";
}

std::string wait_text(const std::string& wait) {
  if (wait == "ahead") return "not read: max_ahead is reached";
  if (wait == "room") return "not read: a hub has no room";
  if (wait == "letters") return "not read: refused records cannot be put away";
  if (wait == "ending") return "is given back";
  return wait.empty() ? "" : "not read: " + printable(wait);
}

// "sendToGroup of chat: the service answered 503; not read: max_ahead is reached"
std::string why_text(const PartitionReading& partition) {
  std::string text;
  if (!partition.oldest_action.empty()) {
    text = printable(partition.oldest_action) + " of " + printable(partition.oldest_hub);
  }
  if (!partition.oldest_why.empty()) {
    text += (text.empty() ? "" : ": ") + printable(partition.oldest_why);
  }
  const std::string wait = wait_text(partition.wait);
  if (!wait.empty()) text += (text.empty() ? "" : "; ") + wait;
  return text;
}

std::string lag_text(std::optional<uint64_t> lag) {
  return lag ? count_text(*lag) : "–";
}

// "12 of 24 partitions"
std::string ownership_text(const StreamReading& stream) {
  const size_t owned = stream.partitions.size();
  if (!stream.partitions_of_topic) return counted(owned, "partition");
  return count_text(owned) + " of " + counted(*stream.partitions_of_topic, "partition");
}

// How long ago the record was written, by its timestamp.
std::string written_text(const PartitionReading& partition) {
  return partition.written_seconds ? uptime_text(*partition.written_seconds) + " ago" : "–";
}

// Its partitions, those first that hold up most.
std::vector<PartitionReading> worst_first(const StreamReading& stream) {
  std::vector<PartitionReading> partitions = stream.partitions;
  const auto rank = [](const PartitionReading& partition) {
    return std::tuple(!is_held_up(partition), -partition.oldest_seconds,
                      -static_cast<double>(partition.lag.value_or(0)), partition.number);
  };
  std::ranges::sort(partitions, {}, rank);
  return partitions;
}

Colour colour_of(const StreamReading& stream) {
  if (stream.state == "troubled") return Colour::kBad;
  const bool is_well = stream.state == "running" || stream.state == "idle";
  return is_well ? Colour::kPlain : Colour::kWarning;
}

std::string line_of(const StreamReading& stream, const ViewOptions& options) {
  std::string line = "stream " + printable(stream.name) + ": " + printable(stream.state) +
                     "; topic " + printable(stream.topic) + ", group " + printable(stream.group) +
                     "; " + ownership_text(stream);
  if (!stream.partitions.empty()) {
    line += ", lag " + lag_text(stream.lag()) + ", ahead " + count_text(stream.ahead());
  }
  if (stream.oldest_seconds() > 0) line += ", oldest " + seconds_text(stream.oldest_seconds());
  line += "; " + counted(stream.records, "record") + " since the start";
  if (stream.rejected > 0) line += ", " + counted(stream.rejected, "action") + " refused";
  return options.paint(shortened(line, options.columns), colour_of(stream));
}

void add_row(Table& table, const PartitionReading& partition) {
  const bool is_old = partition.oldest_seconds > kLongSeconds;
  const bool is_bad = is_held_up(partition);
  table.add({{std::to_string(partition.number), Colour::kStrong},
             {partition.owned_seconds ? uptime_text(*partition.owned_seconds) : "–"},
             {lag_text(partition.lag)},
             {count_text(partition.ahead), is_bad ? Colour::kWarning : Colour::kPlain},
             {partition.oldest_offset ? seconds_text(partition.oldest_seconds) : "–",
              is_old ? Colour::kWarning : Colour::kPlain},
             {written_text(partition)},
             {partition.oldest_offset ? std::to_string(*partition.oldest_offset) : "–"},
             {why_text(partition)}});
}

void add_sum(Table& table, const std::vector<PartitionReading>& others) {
  StreamReading sum;
  sum.partitions = others;
  table.add({{count_text(others.size()) + " more", Colour::kFaint},
             {""},
             {lag_text(sum.lag())},
             {count_text(sum.ahead())},
             {sum.oldest_seconds() > 0 ? seconds_text(sum.oldest_seconds()) : "–"},
             {""},
             {""},
             {""}});
}

Lines table_of(const StreamReading& stream, size_t most, size_t columns, const Paint& paint) {
  if (stream.partitions.empty()) return {};
  Table table({{.title = "PARTITION"},
               {.title = "OWNED FOR", .priority = 2},
               {.title = "LAG", .is_right = true},
               {.title = "AHEAD", .priority = 1, .is_right = true},
               {.title = "OLDEST", .is_right = true},
               {.title = "WRITTEN", .priority = 3, .is_right = true},
               {.title = "OFFSET", .priority = 4, .is_right = true},
               {.title = "WHY", .flexible = true}});
  const std::vector<PartitionReading> partitions = worst_first(stream);
  // One more instead of a sum of one.
  const size_t shown = partitions.size() <= most + 1 ? partitions.size() : most;
  for (size_t i = 0; i < shown; ++i) add_row(table, partitions[i]);
  if (shown < partitions.size()) {
    add_sum(table, {partitions.begin() + static_cast<std::ptrdiff_t>(shown), partitions.end()});
  }
  return table.lines(columns, paint);
}

}  // namespace

Lines stream_lines(const std::vector<StreamReading>& streams, const ViewOptions& options) {
  Lines lines;
  for (const StreamReading& stream : streams) lines.push_back(line_of(stream, options));
  return lines;
}

Lines partition_lines(const std::vector<StreamReading>& streams, size_t most,
                      const ViewOptions& options) {
  Lines lines;
  const size_t columns = std::max(options.columns, kIndent.size() + 1) - kIndent.size();
  for (const StreamReading& stream : streams) {
    lines.push_back(line_of(stream, options));
    for (const std::string& line : table_of(stream, most, columns, options.paint)) {
      lines.push_back(std::string(kIndent) + line);
    }
  }
  return lines;
}

std::vector<Note> stream_notes(const StreamReading& stream) {
  std::vector<Note> notes;
  const auto add = [&](Colour severity, const std::string& text, const std::string& remedy) {
    notes.push_back({severity, "stream " + printable(stream.name), printable_lines(text), remedy});
  };
  const std::string look = "`awpsctl stream status " + printable(stream.name) + "`";
  if (stream.state == "troubled") {
    add(Colour::kBad, stream.cause.empty() ? "something is wrong with it" : stream.cause,
        "it is tried again by itself; `awpsd --check-config` checks its options");
  } else if (stream.state == "stopping") {
    add(Colour::kWarning, "it gives its partitions back", "");
  }
  const std::vector<PartitionReading> partitions = worst_first(stream);
  const auto held_up = static_cast<uint64_t>(std::ranges::count_if(partitions, is_held_up));
  if (held_up > 0) {
    const PartitionReading& worst = partitions.front();
    add(Colour::kWarning,
        counted(held_up, "partition") + (held_up == 1 ? " is" : " are") +
            " not read; the oldest record, " + seconds_text(worst.oldest_seconds) +
            " old, is in partition " + std::to_string(worst.number) + ": " + why_text(worst),
        look + " shows each partition");
  } else if (!partitions.empty() && partitions.front().oldest_seconds > kLongSeconds) {
    const PartitionReading& worst = partitions.front();
    add(Colour::kWarning,
        "a record of partition " + std::to_string(worst.number) + " has waited for " +
            seconds_text(worst.oldest_seconds) + ": " + why_text(worst),
        look + " shows each partition");
  }
  if (stream.lost > 0) {
    add(Colour::kPlain,
        "its partitions were lost " + counted(stream.lost, "time") +
            " since the start; another daemon may have sent some of their records, too",
        "");
  }
  return notes;
}

}  // namespace awps
