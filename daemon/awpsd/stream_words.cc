#include "daemon/awpsd/stream_words.h"

#include <utility>

#include "daemon/awpsd/line_limit.h"

namespace awps {

namespace {

constexpr uint64_t kLinesPerMinute = 10;

PartitionView view_of(const PartitionStatus& partition, Instant now, WallTime wall_now) {
  PartitionView view{
      .number = partition.number,
      .owned_since = wall_now - (now - partition.owned_since),
      .settled = {},
      .committed = {},
      .lag = {},
      .ahead = partition.ahead,
      .wait = partition.wait == PartitionWait::kNothing ? "" : std::string(name_of(partition.wait)),
      .oldest = {}};
  if (partition.settled >= 0) view.settled = partition.settled;
  if (partition.committed >= 0) view.committed = partition.committed;
  if (partition.lag && *partition.lag >= 0) view.lag = static_cast<uint64_t>(*partition.lag);
  if (!partition.oldest) return view;
  const OldestRecord& oldest = *partition.oldest;
  view.oldest = OldestRecordView{.offset = oldest.offset,
                                 .seconds = to_seconds(now - oldest.read_at),
                                 .written_at = oldest.written_at,
                                 .hub = oldest.hub,
                                 .action = oldest.action,
                                 .why = oldest.why};
  return view;
}

}  // namespace

StreamView view_of(const StreamUnit& unit, const Clock& clock) {
  const Instant now = clock.now();
  const WallTime wall_now = clock.wall_now();
  const StreamStatus status = unit.thread->status();
  StreamView view{.name = unit.plan.name,
                  .topic = unit.plan.config.topic,
                  .group = unit.plan.config.group,
                  .state = std::string(name_of(status.state)),
                  .cause = status.cause,
                  .has_joined = status.has_joined,
                  .max_ahead = unit.max_ahead,
                  .partitions_of_topic = {},
                  .partitions = {},
                  .values = {}};
  if (status.partitions_of_topic && *status.partitions_of_topic >= 0) {
    view.partitions_of_topic = static_cast<uint64_t>(*status.partitions_of_topic);
  }
  for (const PartitionStatus& partition : status.partitions) {
    view.partitions.push_back(view_of(partition, now, wall_now));
  }
  view.values = values_of(unit.counters);
  return view;
}

std::string not_ready_reason(const StreamView& stream) {
  if (!stream.cause.empty()) return "stream " + stream.name + ": " + stream.cause;
  // Later rebalances are the life of a group, and stop all its members at once.
  if (stream.has_joined || stream.state != name_of(StreamState::kJoining)) return "";
  return "stream " + stream.name + ": it joins the group " + stream.group +
         ", which has not yet said what is its part";
}

std::function<void(StreamLog, const std::string&)> log_of(spdlog::logger& logger) {
  return [&logger](StreamLog level, const std::string& line) {
    switch (level) {
      case StreamLog::kInfo:
        logger.info("{}", line);
        return;
      case StreamLog::kWarning:
        logger.warn("{}", line);
        return;
      case StreamLog::kError:
        logger.error("{}", line);
        return;
    }
  };
}

// What follows from it the stream says itself, so no line of the library is an error of ours.
KafkaLog library_log_of(const std::string& stream, spdlog::logger& logger, const Clock& clock) {
  static constexpr int kWarning = 4;
  return [stream, &logger, &clock, limit = std::make_shared<LineLimit>(kLinesPerMinute)](
             int level, const std::string& line) {
    const auto severity = level <= kWarning ? spdlog::level::warn : spdlog::level::debug;
    if (!logger.should_log(severity)) return;
    const std::optional<uint64_t> left_out = limit->take(clock.now());
    if (!left_out) return;
    const std::string more =
        *left_out == 0 ? "" : " (" + std::to_string(*left_out) + " lines before it were left out)";
    logger.log(severity, "stream {}: librdkafka: {}{}", stream, line, more);
  };
}

}  // namespace awps
