#include "queue/outcome.h"

namespace awps {

std::string_view name_of(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::kDelivered:
      return "delivered";
    case OutcomeKind::kSuperseded:
      return "superseded";
    case OutcomeKind::kExpired:
      return "expired";
    case OutcomeKind::kDeadLettered:
      return "dead_lettered";
    case OutcomeKind::kAbandoned:
      return "abandoned";
    case OutcomeKind::kReturned:
      return "returned";
    case OutcomeKind::kDuplicate:
      return "duplicate";
  }
  return "";
}

std::string_view code_of(Kept kept) {
  switch (kept) {
    case Kept::kInFile:
      return "shutting_down";
    case Kept::kInLog:
      return "kept";
    case Kept::kNowhere:
      return "lost";
  }
  return "";
}

std::string_view message_of(Kept kept) {
  switch (kept) {
    case Kept::kInFile:
      return "the daemon stopped before it could be delivered; the file of undelivered actions has "
             "it";
    case Kept::kInLog:
      return "the daemon stopped before it could be delivered; it is on disk, and is delivered "
             "after the next start";
    case Kept::kNowhere:
      return "the daemon stopped before it could be delivered, and could not keep it; send it "
             "again";
  }
  return "";
}

}  // namespace awps
