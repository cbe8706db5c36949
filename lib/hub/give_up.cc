#include "hub/give_up.h"

#include "action/encoder.h"

namespace awps {

namespace {

// The action as a line that could be sent again: with its hub.
std::string encoded(Action action, const std::string& hub) {
  ActionOptions options = *action.options;
  options.hub = hub;
  action.options = &options;
  std::string line;
  append_action(line, action);
  return line;
}

std::string text_of(GiveUpReason reason, const Member& member, const std::string& words) {
  switch (reason) {
    case GiveUpReason::kRefused:
      return words;
    case GiveUpReason::kRetriesExhausted:
      return "given up after " + std::to_string(member.charged) +
             " attempts that speak of the action; the last: " + words;
    case GiveUpReason::kAmbiguous:
      return "it may have arrived, and ambiguous = give_up forbids to send it again: " + words;
  }
  return words;
}

}  // namespace

std::string_view code_of(GiveUpReason reason) {
  switch (reason) {
    case GiveUpReason::kRefused:
      return "refused";
    case GiveUpReason::kRetriesExhausted:
      return "retries_exhausted";
    case GiveUpReason::kAmbiguous:
      return "ambiguous";
  }
  return "";
}

DeadLetter make_dead_letter(const Member& member, const Operation& operation, GiveUpReason reason,
                            const std::string& hub) {
  const Entry& entry = *member.entry;
  return {.action = encoded(entry.action(), hub),
          .producer = entry.batch->account().producer_name,
          .reason = text_of(reason, member, operation.last_failure),
          .http_status = operation.last_status,
          .attempts = member.sent,
          .accepted_at = entry.batch->accepted_at()};
}

}  // namespace awps
