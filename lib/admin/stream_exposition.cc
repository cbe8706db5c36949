#include "admin/stream_exposition.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>

namespace awps::admin {

namespace {

using Type = MetricWriter::Type;

struct StreamMetric {
  std::string_view name;
  std::string_view help;
  uint64_t StreamValues::*field;
};

#define AWPS_STREAM_ROW(field, name, help) {name, help, &StreamValues::field},
constexpr StreamMetric kCounters[] = {AWPS_STREAM_COUNTERS(AWPS_STREAM_ROW)};
#undef AWPS_STREAM_ROW

double sum_of(double a, double b) {
  return a + b;
}

double highest_of(double a, double b) {
  return std::max(a, b);
}

/// A gauge of owned partitions.
struct PartitionMetric {
  std::string_view name;
  std::string_view help;
  std::optional<double> (*value)(const PartitionView& partition);
  double (*joined)(double a, double b);  // of many partitions
};

constexpr PartitionMetric kGauges[] = {
    {"awpsd_stream_lag", "Records from the first that is not settled to the end of the partition",
     [](const PartitionView& of) -> std::optional<double> {
       if (!of.lag) return std::nullopt;
       return static_cast<double>(*of.lag);
     },
     sum_of},
    {"awpsd_stream_ahead", "Records from the first that is not settled to the last that was read",
     [](const PartitionView& of) -> std::optional<double> { return static_cast<double>(of.ahead); },
     sum_of},
    {"awpsd_stream_oldest_seconds",
     "Time since the first record that is not settled was read, 0: all are settled",
     [](const PartitionView& of) -> std::optional<double> {
       return of.oldest ? of.oldest->seconds : 0;
     },
     highest_of},
    {"awpsd_stream_partition_waits",
     "1: the partition is not read, because of max_ahead, a full hub or dead letters",
     [](const PartitionView& of) -> std::optional<double> {
       return of.wait.empty() || of.wait == "ending" ? 0 : 1;
     },
     sum_of},
};

constexpr size_t kMostPartitions = kMostPartitionSeries / std::size(kGauges);

/// Counts as whole numbers, ages as they are.
void write_value(MetricWriter& out, MetricWriter::Labels labels, double value) {
  const auto whole = static_cast<int64_t>(value);
  if (static_cast<double>(whole) == value) return out.sample(labels, whole);
  out.sample(labels, value);
}

void write_partitions(MetricWriter& out, const StreamView& stream, const PartitionMetric& metric) {
  if (stream.partitions.size() <= kMostPartitions) {
    for (const PartitionView& partition : stream.partitions) {
      const std::optional<double> value = metric.value(partition);
      const std::string number = std::to_string(partition.number);
      if (value) write_value(out, {{"stream", stream.name}, {"partition", number}}, *value);
    }
    return;
  }
  std::optional<double> joined;
  for (const PartitionView& partition : stream.partitions) {
    const std::optional<double> value = metric.value(partition);
    if (value) joined = joined ? metric.joined(*joined, *value) : *value;
  }
  if (joined) write_value(out, {{"stream", stream.name}}, *joined);
}

void write_counters(MetricWriter& out, const std::vector<StreamView>& streams) {
  for (const StreamMetric& metric : kCounters) {
    out.family(metric.name, Type::kCounter, metric.help);
    for (const StreamView& stream : streams) {
      out.sample({{"stream", stream.name}}, stream.values.*metric.field);
    }
  }
  out.family(AWPS_STREAM_COMMITS_NAME, Type::kCounter, AWPS_STREAM_COMMITS_HELP);
  for (const StreamView& stream : streams) {
#define AWPS_SAMPLE(field, label) \
  out.sample({{"stream", stream.name}, {"result", label}}, stream.values.field);
    AWPS_STREAM_COMMITS(AWPS_SAMPLE)
#undef AWPS_SAMPLE
  }
  out.family(AWPS_STREAM_REBALANCES_NAME, Type::kCounter, AWPS_STREAM_REBALANCES_HELP);
  for (const StreamView& stream : streams) {
#define AWPS_SAMPLE(field, label) \
  out.sample({{"stream", stream.name}, {"kind", label}}, stream.values.field);
    AWPS_STREAM_REBALANCES(AWPS_SAMPLE)
#undef AWPS_SAMPLE
  }
}

}  // namespace

void write_streams(MetricWriter& out, const std::vector<StreamView>& streams) {
  write_counters(out, streams);
  out.family("awpsd_stream_troubled", Type::kGauge,
             "1: something is wrong with the stream; the status says what");
  for (const StreamView& stream : streams) {
    out.sample({{"stream", stream.name}}, stream.state == "troubled");
  }
  out.family("awpsd_stream_max_ahead", Type::kGauge, "What awpsd_stream_ahead may become");
  for (const StreamView& stream : streams) {
    out.sample({{"stream", stream.name}}, stream.max_ahead);
  }
  out.family("awpsd_stream_partitions", Type::kGauge, "Partitions of the topic, whoever owns them");
  for (const StreamView& stream : streams) {
    if (!stream.partitions_of_topic) continue;  // no broker has answered yet
    out.sample({{"stream", stream.name}}, *stream.partitions_of_topic);
  }
  out.family("awpsd_stream_owned", Type::kGauge, "Partitions that this daemon owns");
  for (const StreamView& stream : streams) {
    out.sample({{"stream", stream.name}}, stream.partitions.size());
  }
  for (const PartitionMetric& metric : kGauges) {
    out.family(metric.name, Type::kGauge, metric.help);
    for (const StreamView& stream : streams) write_partitions(out, stream, metric);
  }
}

}  // namespace awps::admin
