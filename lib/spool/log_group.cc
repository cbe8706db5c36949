#include "spool/log_group.h"

#include <algorithm>

#include "base/release_memory.h"
#include "spool/bytes.h"
#include "spool/id_frames.h"

namespace awps {

namespace {

constexpr size_t kLengthBytes = sizeof(uint32_t);
constexpr size_t kRangeBytes = 2 * sizeof(uint64_t);
constexpr size_t kMostRanges = kMostPayloadBytes / kRangeBytes;
constexpr size_t kMostIds = kMostPayloadBytes / IdFrames::kIdBytes;
constexpr uint64_t kMostBits = kMostPayloadBytes * 8;
// What a group's buffer may keep for the next one.
constexpr size_t kMostKept = size_t{8} << 20U;

// Bits for the positions from the first range's to the last one's.
std::string bits_of(const PositionRange* begin, const PositionRange* end) {
  const Position first = begin->first;
  std::string bits(static_cast<size_t>(((end - 1)->end() - first + 7) / 8), '\0');
  for (const PositionRange* range = begin; range != end; ++range) {
    for (Position at = range->first; at < range->end(); ++at) {
      auto& byte = bits[(at - first) / 8];
      byte = static_cast<char>(static_cast<uint8_t>(byte) | 1U << ((at - first) % 8));
    }
  }
  return bits;
}

std::string numbers_of(const PositionRange* begin, const PositionRange* end) {
  std::string numbers;
  for (const PositionRange* range = begin; range != end; ++range) {
    add_number(numbers, range->first);
    add_number(numbers, range->count);
  }
  return numbers;
}

}  // namespace

void LogGroup::add(std::string_view records, uint32_t count) {
  records_ += records;
  count_ += count;
}

void LogGroup::move(Position position, std::string_view record) {
  moved_.push_back({position, std::string(record)});
  moved_bytes_ += record.size() + sizeof(Position) + kLengthBytes;
}

size_t LogGroup::bytes() const {
  const size_t ranges = released_.size() + replaced_.size();
  const size_t ids = (ids_.size() + moved_ids_.size()) * IdFrames::kIdBytes;
  return records_.size() + ids + moved_bytes_ + ranges * kRangeBytes + FrameHeader::kBytes;
}

std::vector<PlannedFrame> LogGroup::frames(Position written, Position first) {
  payloads_.clear();
  // Their addresses must stay: a frame for each of them, and a few.
  payloads_.reserve(moved_.size() + released_.size() + replaced_.size() + ids_.size() +
                    moved_ids_.size() + 2);
  std::vector<PlannedFrame> frames;
  if (has_records() && written < first) plan_gap({written, first - written}, frames);
  plan_records(first, frames);
  plan_moved(frames);
  plan_ids(moved_ids_, 0, frames);
  plan_released(released_, frames);
  plan_released(replaced_, frames);
  for (PlannedFrame& frame : frames) {
    frame.header.payload_bytes = static_cast<uint32_t>(frame.payload.size());
  }
  return frames;
}

void LogGroup::plan_records(Position first, std::vector<PlannedFrame>& frames) {
  const std::string_view all = records_;
  const Position begin_of_all = first;
  auto id = ids_.begin();
  std::vector<KnownId> ids;  // of one frame of records
  size_t begin = 0;
  size_t at = 0;
  uint32_t count = 0;
  const auto end_frame = [&] {
    ids.clear();
    for (; id != ids_.end() && begin_of_all + id->record < first + count; ++id) {
      ids.push_back(id->id);
    }
    plan_ids(ids, first + count, frames);
    frames.push_back({.header = {.type = FrameType::kRecords, .count = count, .first = first},
                      .payload = all.substr(begin, at - begin)});
    first += count;
    begin = at;
    count = 0;
  };
  while (at < all.size()) {
    const size_t bytes = kLengthBytes + get_number<uint32_t>(all, at);
    if (count > 0 && at + bytes - begin > kMostPayloadBytes) end_frame();
    at += bytes;
    ++count;
  }
  if (count > 0) end_frame();
}

void LogGroup::plan_gap(PositionRange gap, std::vector<PlannedFrame>& frames) {
  payloads_.push_back(numbers_of(&gap, &gap + 1));
  frames.push_back({.header = {.type = FrameType::kReleased, .count = 1, .first = gap.first},
                    .payload = payloads_.back()});
}

// `end`: behind the last record of the frame that follows; 0: they count by themselves.
void LogGroup::plan_ids(std::span<const KnownId> ids, Position end,
                        std::vector<PlannedFrame>& frames) {
  while (!ids.empty()) {
    const std::span<const KnownId> some = ids.first(std::min(kMostIds, ids.size()));
    std::string& payload = payloads_.emplace_back();
    payload.reserve(some.size() * IdFrames::kIdBytes);
    for (const KnownId& id : some) append_id(payload, id);
    frames.push_back({.header = {.type = FrameType::kKnownIds,
                                 .count = static_cast<uint32_t>(some.size()),
                                 .first = end},
                      .payload = payload});
    ids = ids.subspan(some.size());
  }
}

void LogGroup::plan_moved(std::vector<PlannedFrame>& frames) {
  for (size_t i = 0; i < moved_.size();) {
    std::string& payload = payloads_.emplace_back();
    const Position first = moved_[i].position;
    uint32_t count = 0;
    do {
      add_number(payload, moved_[i].position);
      add_number(payload, static_cast<uint32_t>(moved_[i].record.size()));
      payload += moved_[i].record;
      ++count;
      ++i;
    } while (i < moved_.size() && payload.size() + moved_[i].record.size() < kMostPayloadBytes);
    frames.push_back({.header = {.type = FrameType::kMoved, .count = count, .first = first},
                      .payload = payload});
  }
}

void LogGroup::join_ranges(std::vector<PositionRange>& ranges) {
  std::ranges::sort(ranges, {}, &PositionRange::first);
  size_t kept = 0;
  for (size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[kept].end() == ranges[i].first) {
      ranges[kept].count += ranges[i].count;
    } else {
      ranges[++kept] = ranges[i];
    }
  }
  if (!ranges.empty()) ranges.resize(kept + 1);
}

void LogGroup::plan_released(std::vector<PositionRange>& ranges,
                             std::vector<PlannedFrame>& frames) {
  join_ranges(ranges);
  for (size_t i = 0; i < ranges.size();) {
    const PositionRange* begin = ranges.data() + i;
    const size_t count = std::min(kMostRanges, ranges.size() - i);
    const uint64_t bits = (begin + count - 1)->end() - begin->first;
    const bool by_bits = bits <= kMostBits && bits / 8 < count * kRangeBytes;
    payloads_.push_back(by_bits ? bits_of(begin, begin + count) : numbers_of(begin, begin + count));
    frames.push_back({.header = {.type = by_bits ? FrameType::kReleasedBits : FrameType::kReleased,
                                 .count = static_cast<uint32_t>(by_bits ? bits : count),
                                 .first = begin->first},
                      .payload = payloads_.back()});
    i += count;
  }
}

void LogGroup::drop_records() {
  records_.clear();
  count_ = 0;
  ids_.clear();
  replaced_.clear();
}

void LogGroup::drop_moved() {
  moved_.clear();
  moved_bytes_ = 0;
}

void LogGroup::clear() {
  drop_records();
  drop_moved();
  if (records_.capacity() > kMostKept) release_memory_of(records_);
  moved_ids_.clear();
  released_.clear();
  payloads_.clear();
}

}  // namespace awps
