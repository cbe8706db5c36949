#include "worker/refill.h"

#include <algorithm>
#include <utility>

namespace awps {

void Refill::add(Position position, std::string_view bytes) {
  const Result<Record> record = reader_.read(bytes);
  if (!record) {
    unreadable_.push_back(
        {.position = position, .bytes = std::string(bytes), .reason = record.error().message});
    return;
  }
  const bool continues = !batches_.empty() && batches_.back().producer == record->origin.producer &&
                         accepted_at_ == record->accepted_at &&
                         batches_.back().batch->count() < kMostActions;
  if (!continues) begin_batch(*record, bytes);
  Refilled& last = batches_.back();
  last.bytes += bytes_of(bytes);
  last.batch
      ->add(record->action, record->origin.seq, static_cast<uint32_t>(charge_of(record->action)),
            record->origin.ordered_batch)
      .position = position;
}

void Refill::begin_batch(const Record& record, std::string_view bytes) {
  if (!batches_.empty()) count_of_last_ = batches_.back().batch->count();
  accepted_at_ = record.accepted_at;
  const Duration age = run_.age(accepted_at_, record.origin.producer);
  const size_t expected =
      count_of_last_ * (sizeof(Accepted) + sizeof(ActionOptions) + bytes.size());
  const uint64_t producer = record.origin.producer;
  batches_.push_back({.batch = std::make_unique<Batch>(accounts_.account_of(producer),
                                                       clock_.now() - age, expected),
                      .producer = producer});
}

std::vector<Refill::Refilled> Refill::take_batches() {
  if (!batches_.empty()) count_of_last_ = batches_.back().batch->count();
  return std::exchange(batches_, {});
}

}  // namespace awps
