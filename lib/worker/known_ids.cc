#include "worker/known_ids.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/check.h"

namespace awps {

namespace {

constexpr size_t kLeastCapacity = 64;
// A ring that is emptier than this gives memory back.
constexpr size_t kEmptiness = 8;

}  // namespace

KnownIds::KnownIds(const Options& options)
    : window_(options.window),
      most_(options.window > Duration::zero() ? std::min(options.most, kMost) : 0) {}

void KnownIds::expire(WallTime now, size_t kept) {
  while (size_ > kept && at(0).accepted_at < now - window_) drop_oldest();
  if (size_ == 0) {
    resize(0);
  } else if (ring_.size() > kLeastCapacity && size_ * kEmptiness < ring_.size()) {
    resize(std::max(kLeastCapacity, std::bit_ceil(2 * size_)));
  }
}

void KnownIds::add(const KnownId& id) {
  if (most_ == 0) return;
  AWPS_CHECK(!contains(id.hash));
  if (size_ == most_) drop_oldest();
  if (size_ == ring_.size()) resize(std::max(kLeastCapacity, 2 * size_));
  KnownId& added = at(size_);
  added = id;
  if (size_ > 0) added.accepted_at = std::max(id.accepted_at, at(size_ - 1).accepted_at);
  enter((first_ + size_) & (ring_.size() - 1));
  ++size_;
}

void KnownIds::take_back(size_t count) {
  for (; count > 0 && size_ > 0; --count) {
    leave(at(size_ - 1).hash);
    --size_;
  }
}

void KnownIds::restamp(size_t count, WallTime now) {
  for (size_t number = size_ - std::min(count, size_); number < size_; ++number) {
    at(number).accepted_at = std::max(at(number).accepted_at, now);
  }
}

std::optional<WallTime> KnownIds::oldest() const {
  if (size_ == 0) return std::nullopt;
  return at(0).accepted_at;
}

size_t KnownIds::memory() const {
  return ring_.capacity() * sizeof(KnownId) + slots_.capacity() * sizeof(uint32_t);
}

void KnownIds::drop_oldest() {
  leave(at(0).hash);
  first_ = (first_ + 1) & (ring_.size() - 1);
  --size_;
}

std::optional<size_t> KnownIds::slot_of(const IdHash& hash) const {
  if (slots_.empty()) return std::nullopt;
  for (size_t slot = home_of(hash); slots_[slot] != 0; slot = (slot + 1) & (slots_.size() - 1)) {
    if (ring_[slots_[slot] - 1].hash == hash) return slot;
  }
  return std::nullopt;
}

void KnownIds::enter(size_t place) {
  size_t slot = home_of(ring_[place].hash);
  while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
  slots_[slot] = static_cast<uint32_t>(place + 1);
}

// What was pushed aside by it moves up, or it would not be found behind the hole.
void KnownIds::leave(const IdHash& hash) {
  const size_t mask = slots_.size() - 1;
  size_t hole = *slot_of(hash);
  for (size_t slot = (hole + 1) & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
    const size_t home = home_of(ring_[slots_[slot] - 1].hash);
    // It may fill the hole if its home is not between the hole and itself.
    if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
    slots_[hole] = slots_[slot];
    hole = slot;
  }
  slots_[hole] = 0;
}

void KnownIds::resize(size_t capacity) {
  if (capacity == ring_.size()) return;
  std::vector<KnownId> ring(capacity);
  for (size_t i = 0; i < size_; ++i) ring[i] = at(i);
  ring_ = std::move(ring);
  first_ = 0;
  slots_ = std::vector<uint32_t>(2 * capacity);
  for (size_t i = 0; i < size_; ++i) enter(i);
}

}  // namespace awps
