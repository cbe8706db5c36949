#include "spool/live_set.h"

#include <algorithm>
#include <bit>

namespace awps {

namespace {

constexpr uint64_t kWordBits = 64;

// Of the bits [first, end) of a block: calls `with(word, mask)` for each word that they touch.
template <typename With>
void for_words(uint64_t first, uint64_t end, With with) {
  while (first < end) {
    const uint64_t word = first / kWordBits;
    const uint64_t next = std::min(end, (word + 1) * kWordBits);
    const uint64_t count = next - first;
    const uint64_t mask = (count == kWordBits ? ~uint64_t{0} : (uint64_t{1} << count) - 1)
                          << (first % kWordBits);
    with(word, mask);
    first = next;
  }
}

}  // namespace

void LiveSet::add(PositionRange range) {
  for (Position at = range.first; at < range.end();) {
    const uint64_t number = at / kBits;
    const Position end = std::min(range.end(), (number + 1) * kBits);
    Block& block = blocks_[number];
    for_words(at % kBits, at % kBits + (end - at), [&](uint64_t word, uint64_t mask) {
      const auto fresh = static_cast<uint32_t>(std::popcount(mask & ~block.words[word]));
      block.words[word] |= mask;
      block.live += fresh;
      size_ += fresh;
    });
    at = end;
  }
}

uint64_t LiveSet::remove(PositionRange range) {
  uint64_t removed = 0;
  auto found = blocks_.lower_bound(range.first / kBits);
  while (found != blocks_.end() && found->first * kBits < range.end()) {
    const Position base = found->first * kBits;
    Block& block = found->second;
    const uint64_t first = range.first > base ? range.first - base : 0;
    const uint64_t end = std::min(range.end() - base, kBits);
    for_words(first, end, [&](uint64_t word, uint64_t mask) {
      const auto gone = static_cast<uint32_t>(std::popcount(mask & block.words[word]));
      block.words[word] &= ~mask;
      block.live -= gone;
      removed += gone;
    });
    found = block.live == 0 ? blocks_.erase(found) : std::next(found);
  }
  size_ -= removed;
  return removed;
}

bool LiveSet::contains(Position position) const {
  const auto found = blocks_.find(position / kBits);
  if (found == blocks_.end()) return false;
  const uint64_t bit = position % kBits;
  return (found->second.words[bit / kWordBits] >> (bit % kWordBits) & 1U) != 0;
}

uint64_t LiveSet::count(PositionRange range) const {
  uint64_t count = 0;
  auto found = blocks_.lower_bound(range.first / kBits);
  for (; found != blocks_.end() && found->first * kBits < range.end(); ++found) {
    const Position base = found->first * kBits;
    const uint64_t first = range.first > base ? range.first - base : 0;
    const uint64_t end = std::min(range.end() - base, kBits);
    for_words(first, end, [&, &block = found->second](uint64_t word, uint64_t mask) {
      count += static_cast<uint64_t>(std::popcount(mask & block.words[word]));
    });
  }
  return count;
}

std::optional<Position> LiveSet::first_from(Position position) const {
  for (auto found = blocks_.lower_bound(position / kBits); found != blocks_.end(); ++found) {
    const Position base = found->first * kBits;
    const uint64_t first = position > base ? position - base : 0;
    for (uint64_t word = first / kWordBits; word < found->second.words.size(); ++word) {
      uint64_t bits = found->second.words[word];
      if (word == first / kWordBits) bits &= ~uint64_t{0} << (first % kWordBits);
      if (bits != 0) {
        return base + word * kWordBits + static_cast<uint64_t>(std::countr_zero(bits));
      }
    }
  }
  return std::nullopt;
}

Position LiveSet::first_gap_from(Position position) const {
  for (auto found = blocks_.find(position / kBits);
       found != blocks_.end() && found->first == position / kBits; ++found) {
    do {
      const uint64_t bit = position % kBits;
      const uint64_t gaps = ~found->second.words[bit / kWordBits] >> (bit % kWordBits);
      // The bits that were shifted in are no gaps.
      const uint64_t live = gaps == 0 ? kWordBits : static_cast<uint64_t>(std::countr_zero(gaps));
      const uint64_t here = kWordBits - bit % kWordBits;
      if (live < here) return position + live;
      position += here;
    } while (position % kBits != 0);
  }
  return position;
}

}  // namespace awps
