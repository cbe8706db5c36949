#include "hub/give_up.h"

#include <algorithm>
#include <span>

#include "queue/memory_position.h"
#include "record/record.h"

namespace awps {

namespace {

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

// Those of its own target alone, which are the first: a key's or an ordered batch's others have
// nothing to do with what it undoes. A run that is not the lane's last says that
// something that does not commute with it waits behind it.
void note_lanes(DeadLetter& letter, const Entry& entry) {
  const std::span<const LaneLink> links = entry.links();
  const size_t own = std::min(own_lanes(entry.kind()), letter.lanes.size());
  for (size_t i = 0; i < std::min(links.size(), own); ++i) {
    letter.lanes[i] = {.key = links[i].lane->key, .mode = links[i].mode};
    letter.overtaken = letter.overtaken || links[i].run != links[i].lane->last_run;
  }
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

DeadLetter make_dead_letter(const Member& member, const Operation& operation, const GiveUp& why,
                            const std::string& hub) {
  const Entry& entry = *member.entry;
  const Record record = record_of(*entry.accepted, *entry.batch, hub, /*age=*/Duration::zero());
  const uint64_t position = entry.accepted->position;
  DeadLetter letter{.producer = entry.batch->account().producer_name,
                    .code = std::string(code_of(why.reason)),
                    .reason = text_of(why.reason, member, operation.last.words),
                    .body = std::string(why.body),
                    .http_status = operation.last.status,
                    .attempts = member.sent,
                    .accepted_at = entry.batch->accepted_at(),
                    .given_up_at = why.at,
                    .origin = record.origin,
                    .position = is_on_disk(position) ? position : 0};
  append_record(letter.record, record);
  if (why.lanes_tell) note_lanes(letter, entry);
  return letter;
}

}  // namespace awps
