#include "action/line_visitor.h"

namespace awps {

std::string_view name_of(Ack ack) {
  switch (ack) {
    case Ack::kNone:
      return "none";
    case Ack::kAccepted:
      return "accepted";
    case Ack::kDelivered:
      return "delivered";
  }
  return "";
}

std::string_view name_of(RejectCode code) {
  switch (code) {
    case RejectCode::kInvalidJson:
      return "invalid_json";
    case RejectCode::kInvalidAction:
      return "invalid_action";
    case RejectCode::kLineTooLong:
      return "line_too_long";
    case RejectCode::kMessageTooLarge:
      return "message_too_large";
    case RejectCode::kUnknownHub:
      return "unknown_hub";
    case RejectCode::kQueueFull:
      return "queue_full";
    case RejectCode::kForbidden:
      return "forbidden";
    case RejectCode::kShuttingDown:
      return "shutting_down";
    case RejectCode::kStorageFailed:
      return "storage_failed";
  }
  return "";
}

}  // namespace awps
