// What operators see of a stream: see stream_status.h.

#include "stream/stream_core.h"

namespace awps {

StreamStatus Stream::Core::status() const {
  StreamStatus status{.name = options_.name,
                      .topic = options_.topic,
                      .group = options_.group,
                      .state = StreamState::kRunning,
                      .cause = trouble_,
                      .has_joined = has_joined_,
                      .partitions_of_topic = parts_.source.partitions_of_topic(),
                      .partitions = {}};
  if (status.cause.empty() && offsets_.is_lease_over()) {
    status.cause = "this machine slept, or the process hung, and its partitions may be another's";
  }
  if (has_stopped_) {
    status.state = StreamState::kStopped;
  } else if (is_stopping_) {
    status.state = StreamState::kStopping;
  } else if (!status.cause.empty()) {
    status.state = StreamState::kTroubled;
  } else if (partitions_.empty()) {
    status.state = is_idle_ ? StreamState::kIdle : StreamState::kJoining;
  }
  for (const auto& [number, partition] : partitions_) {
    status.partitions.push_back(partition->status(parts_.source));
  }
  return status;
}

}  // namespace awps
