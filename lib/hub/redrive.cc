#include "hub/redrive.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace awps {

namespace {

// No connection's number: those count from 1.
constexpr uint64_t kProducer = UINT64_MAX;

bool undoes_what_is_later(ActionKind kind) {
  return !is_send(kind);
}

bool is_older(const DeadLetter& a, const DeadLetter& b) {
  return std::tuple(a.accepted_at, a.origin.producer, a.origin.seq) <
         std::tuple(b.accepted_at, b.origin.producer, b.origin.seq);
}

}  // namespace

Redrive::Redrive() {
  account_.producer = kProducer;
  account_.producer_name = "redrive";
}

Redrive::Result Redrive::batches_of(std::vector<DeadLetter> letters, const Overtakings& overtakings,
                                    Instant now) {
  Result result;
  std::ranges::sort(letters, is_older);
  for (DeadLetter& letter : letters) {
    const std::string name = "dead letter " + std::to_string(letter.number);
    const awps::Result<Record> record = reader_.read(letter.record);
    if (!record) {
      result.warnings.push_back(name + " was not sent again: " + record.error().message);
      result.unreadable.push_back(std::move(letter));
      continue;
    }
    if (result.batches.empty() || result.batches.back()->count() == kMostInBatch) {
      result.batches.push_back(std::make_unique<Batch>(account_, now, letter.record.size()));
    }
    Action action = record->action;
    ActionOptions options = *action.options;
    const std::string key = batch_key_of(record->origin);
    if (options.ordering_key.empty()) options.ordering_key = key;
    action.options = &options;
    result.batches.back()->add(action, ++seq_, static_cast<uint32_t>(charge_of(action)),
                               /*ordered_batch=*/0);
    ++result.actions;
    if (undoes_what_is_later(action.kind) && overtakings.has_overtaken(letter)) {
      result.warnings.push_back(name + " (" + std::string(name_of(action.kind)) +
                                ") undoes a later action of the same target");
    }
  }
  return result;
}

}  // namespace awps
