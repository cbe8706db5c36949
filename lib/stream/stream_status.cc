#include "stream/stream_status.h"

namespace awps {

std::string_view name_of(StreamState state) {
  switch (state) {
    case StreamState::kJoining:
      return "joining";
    case StreamState::kRunning:
      return "running";
    case StreamState::kIdle:
      return "idle";
    case StreamState::kTroubled:
      return "troubled";
    case StreamState::kStopping:
      return "stopping";
    case StreamState::kStopped:
      return "stopped";
  }
  return "";
}

std::string_view name_of(PartitionWait wait) {
  switch (wait) {
    case PartitionWait::kNothing:
      return "";
    case PartitionWait::kAhead:
      return "ahead";
    case PartitionWait::kRoom:
      return "room";
    case PartitionWait::kLetters:
      return "letters";
    case PartitionWait::kEnding:
      return "ending";
  }
  return "";
}

}  // namespace awps
