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
  }
  return "";
}

}  // namespace awps
