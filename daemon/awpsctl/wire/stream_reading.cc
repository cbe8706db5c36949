#include "daemon/awpsctl/wire/stream_reading.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "base/terminal_text.h"

namespace awps {

namespace {

// Seconds since 1970 of "2026-01-02T03:04:05.678Z".
std::optional<double> seconds_of(std::string_view iso) {
  const std::string text(iso);
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  double second = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2uT%2d:%2d:%lf", &year, &month, &day, &hour, &minute,
                  &second) != 6) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return static_cast<double>(days) * 86400 + hour * 3600 + minute * 60 + second;
}

std::optional<uint64_t> known_count(const Json& json, std::string_view key) {
  if (!field(json, key).is_number()) return std::nullopt;
  return count_field(json, key);
}

PartitionReading read_partition(const Json& json, std::optional<double> now) {
  PartitionReading partition{.number = static_cast<int64_t>(count_field(json, "number")),
                             .lag = known_count(json, "lag"),
                             .ahead = count_field(json, "ahead"),
                             .wait = text_field(json, "wait")};
  const std::optional<double> since = seconds_of(text_field(json, "ownedSince"));
  if (since && now) partition.owned_seconds = std::max(0.0, *now - *since);
  const Json& oldest = field(json, "oldest");
  if (!oldest.is_object()) return partition;
  partition.oldest_offset = count_field(oldest, "offset");
  partition.oldest_seconds = number_field(oldest, "seconds");
  const std::optional<double> written = seconds_of(text_field(oldest, "writtenAt"));
  if (written && now) partition.written_seconds = std::max(0.0, *now - *written);
  partition.oldest_hub = text_field(oldest, "hub");
  partition.oldest_action = text_field(oldest, "action");
  partition.oldest_why = text_field(oldest, "why");
  return partition;
}

}  // namespace

std::optional<uint64_t> StreamReading::lag() const {
  std::optional<uint64_t> sum;
  for (const PartitionReading& partition : partitions) {
    if (partition.lag) sum = sum.value_or(0) + *partition.lag;
  }
  return sum;
}

uint64_t StreamReading::ahead() const {
  uint64_t sum = 0;
  for (const PartitionReading& partition : partitions) sum += partition.ahead;
  return sum;
}

double StreamReading::oldest_seconds() const {
  double oldest = 0;
  for (const PartitionReading& partition : partitions) {
    oldest = std::max(oldest, partition.oldest_seconds);
  }
  return oldest;
}

std::vector<StreamReading> read_streams(const Json& status, std::string_view now) {
  const std::optional<double> now_seconds = seconds_of(now);
  std::vector<StreamReading> streams;
  for (const Json& json : field(status, "streams")) {
    StreamReading stream{.name = text_field(json, "name"),
                         .topic = text_field(json, "topic"),
                         .group = text_field(json, "group"),
                         .state = text_field(json, "state"),
                         .cause = text_field(json, "cause"),
                         .max_ahead = count_field(json, "maxAhead"),
                         .records = count_field(json, "records"),
                         .rejected = count_field(json, "rejected"),
                         .returned = count_field(json, "returned"),
                         .commits_failed = count_field(field(json, "commits"), "failed"),
                         .lost = count_field(field(json, "rebalances"), "lost"),
                         .partitions_of_topic = known_count(json, "partitionsOfTopic"),
                         .partitions = {}};
    for (const Json& partition : field(json, "partitions")) {
      stream.partitions.push_back(read_partition(partition, now_seconds));
    }
    streams.push_back(std::move(stream));
  }
  return streams;
}

Result<std::vector<StreamReading>, Failure> only_stream(std::vector<StreamReading> streams,
                                                        const std::string& name) {
  std::vector<std::string> names;
  for (const StreamReading& stream : streams) names.push_back(stream.name);
  std::erase_if(streams, [&](const StreamReading& stream) { return stream.name != name; });
  if (!streams.empty()) return streams;
  const std::string there_are =
      names.empty() ? "the daemon has no streams" : "there are only " + joined(names, ", ");
  return Failure{ExitCode::kUsage, "unknown_stream",
                 "there is no stream '" + printable(name) + "': " + printable(there_are) +
                     "; name one of [streams.NAME] of its configuration"};
}

}  // namespace awps
