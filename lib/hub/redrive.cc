#include "hub/redrive.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace awps {

namespace {

bool undoes_what_is_later(ActionKind kind) {
  return !is_send(kind);
}

bool is_older(const DeadLetter& a, const DeadLetter& b) {
  return std::tuple(a.accepted_at, a.origin.producer, a.origin.seq) <
         std::tuple(b.accepted_at, b.origin.producer, b.origin.seq);
}

// "4, 5, 6"; of many the first.
std::string list_of(const std::vector<uint64_t>& numbers) {
  static constexpr size_t kMostNumbers = 10;
  std::string list;
  for (size_t i = 0; i < std::min(numbers.size(), kMostNumbers); ++i) {
    list += (i == 0 ? "" : ", ") + std::to_string(numbers[i]);
  }
  return numbers.size() > kMostNumbers ? list + ", …" : list;
}

std::string warning_of_restored(const std::vector<uint64_t>& numbers) {
  return "dead letters from before the last start (" + list_of(numbers) +
         ") change memberships, permissions or connections: it is not known whether later actions "
         "have overtaken them, which they may undo now";
}

std::string warning_of_records(const std::vector<uint64_t>& numbers) {
  if (numbers.size() == 1) {
    return "dead letter " + list_of(numbers) +
           " was not sent again: it is a record of a stream that was refused: produce it again";
  }
  return std::to_string(numbers.size()) + " dead letters were not sent again (" + list_of(numbers) +
         "): they are records of a stream that were refused: produce them again";
}

}  // namespace

Redrive::Redrive() {
  account_.producer = kProducer;
  account_.producer_name = "redrive";
}

Redrive::Result Redrive::batches_of(std::vector<DeadLetter> letters, const Overtakings& overtakings,
                                    Instant now) {
  Result result;
  std::vector<uint64_t> restored;  // that may undo what nobody knows
  std::vector<uint64_t> records;   // of streams
  std::ranges::sort(letters, is_older);
  for (DeadLetter& letter : letters) {
    const std::string name = "dead letter " + std::to_string(letter.number);
    if (!letter.stream_record.empty()) {
      records.push_back(letter.number);
      result.left.push_back(std::move(letter));
      continue;
    }
    const awps::Result<Record> record = reader_.read(letter.record);
    if (!record) {
      result.warnings.push_back(name + " was not sent again: " + record.error().message);
      result.left.push_back(std::move(letter));
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
    Batch& batch = *result.batches.back();
    batch.add(action, ++seq_, static_cast<uint32_t>(charge_of(action)), /*ordered_batch=*/0);
    batch.uncommitted().letters.push_back(letter.number);
    ++result.actions;
    if (undoes_what_is_later(action.kind) && letter.is_restored) {
      restored.push_back(letter.number);
    } else if (undoes_what_is_later(action.kind) &&
               overtakings.has_overtaken(letter, action.kind)) {
      result.warnings.push_back(name + " (" + std::string(name_of(action.kind)) +
                                ") undoes a later action of the same target");
    }
  }
  if (!records.empty()) result.warnings.push_back(warning_of_records(records));
  if (!restored.empty()) result.warnings.push_back(warning_of_restored(restored));
  return result;
}

void Redrive::sent(Batch& batch) {
  const std::vector<uint64_t> letters = std::move(batch.uncommitted().letters);
  batch.forget_uncommitted();
  size_t at = 0;
  for (const Accepted* accepted = batch.first(); accepted != nullptr; accepted = accepted->next) {
    letters_.emplace(accepted->seq, letters.at(at++));
  }
}

uint64_t Redrive::take_letter_of(const Accepted& accepted) {
  const uint64_t number = letter_of(accepted);
  letters_.erase(accepted.seq);
  return number;
}

uint64_t Redrive::letter_of(const Accepted& accepted) const {
  const auto found = letters_.find(accepted.seq);
  return found == letters_.end() ? 0 : found->second;
}

}  // namespace awps
