#include "intake/admission.h"

#include <algorithm>

#include "base/check.h"
#include "queue/duplicates.h"

namespace awps {

Budget::Room Admission::room_for(uint64_t charge) {
  static constexpr uint64_t kStep = uint64_t{256} << 10U;
  const Budget& budget = queue_.budget();
  // A small share of a small budget: an empty hub grants any step whole.
  const uint64_t step = std::min(kStep, budget.max_bytes() / 64);
  if (charge < step && budget.room_for(step, pending_, account_) == Budget::Room::kFree) {
    granted_ = pending_ + step;
    return Budget::Room::kFree;
  }
  return budget.room_for(charge, pending_, account_);
}

bool Admission::must_wait_for(uint64_t charge, bool for_storage_too) {
  AWPS_CHECK(batch_ == nullptr);
  return queue_.budget().must_wait(charge, account_, for_storage_too);
}

void Admission::begin(const Read& read, uint32_t charge) {
  // A page, but for what arena and allocator take of it.
  static constexpr double kMost = 4096 - Arena::kOverhead - sizeof(size_t);
  static constexpr double kSlack = 1.05;
  if (read_memory_ == 0) bytes_at_begin_ = read.bytes_left;
  const double of_a_batch = kMostActions * memory_per_action_;
  const double of_the_read =
      read.bytes_left == 0 ? of_a_batch : static_cast<double>(read.bytes_left) * memory_per_byte_;
  const double admitted = static_cast<double>(granted_ > pending_ ? granted_ - pending_ : charge);
  const double expected = std::min({kSlack * std::min(of_the_read, of_a_batch), admitted, kMost});
  batch_ = std::make_unique<Batch>(account_, read.at, static_cast<size_t>(expected));
}

void Admission::push_batch(size_t bytes_left) {
  memory_per_action_ = static_cast<double>(batch_->used_memory()) / batch_->count();
  read_memory_ += batch_->used_memory();
  note_share(bytes_left);
  granted_ = granted_ > pending_ ? granted_ - pending_ : 0;
  pending_ = 0;
  const uint64_t first = batch_->first()->seq;
  const uint64_t last = batch_->last()->seq;
  if (!account_.id_scope.empty()) note_ids(*batch_);
  const std::optional<Receipt> receipt = entrance_.enter(intake_thread_, std::move(batch_));
  if (!receipt) pending_receipts_.await(account_, first, last);
}

// Of a read that goes to many hubs, each has its own. All actions of one line leave as much; and
// where records of several sizes follow, what is left is a guess.
void Admission::note_share(size_t bytes_left) {
  if (bytes_at_begin_ <= bytes_left) return;
  const auto bytes = static_cast<double>(bytes_at_begin_ - bytes_left);
  memory_per_byte_ = std::min(4.0, static_cast<double>(read_memory_) / bytes);
}

void Admission::hand_over(size_t bytes_left) {
  if (batch_ != nullptr) push_batch(bytes_left);
  granted_ = 0;
  if (read_memory_ == 0) return;
  AWPS_CHECK(bytes_at_begin_ >= bytes_left);
  note_share(bytes_left);
  read_memory_ = 0;
  entrance_.end_read();
}

}  // namespace awps
