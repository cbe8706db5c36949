#pragma once

// How the payloads of frames are read; frame.h declares it.

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "spool/bytes.h"
#include "spool/frame.h"

namespace awps {

template <typename Visit>
bool visit_records(std::string_view payload, uint32_t count, Visit visit) {
  for (uint32_t i = 0; i < count; ++i) {
    if (payload.size() < sizeof(uint32_t)) return false;
    const auto length = get_number<uint32_t>(payload, 0);
    payload.remove_prefix(sizeof(uint32_t));
    if (length > payload.size()) return false;
    visit(payload.substr(0, length));
    payload.remove_prefix(length);
  }
  return payload.empty();
}

template <typename Visit>
bool visit_moved(std::string_view payload, uint32_t count, Visit visit) {
  static constexpr size_t kHead = sizeof(uint64_t) + sizeof(uint32_t);
  for (uint32_t i = 0; i < count; ++i) {
    if (payload.size() < kHead) return false;
    const auto position = get_number<uint64_t>(payload, 0);
    const auto length = get_number<uint32_t>(payload, sizeof(uint64_t));
    payload.remove_prefix(kHead);
    if (length > payload.size()) return false;
    visit(position, payload.substr(0, length));
    payload.remove_prefix(length);
  }
  return payload.empty();
}

template <typename Visit>
bool visit_released(const FrameHeader& header, std::string_view payload, Visit visit) {
  if (header.type == FrameType::kReleased) {
    static constexpr size_t kRange = 2 * sizeof(uint64_t);
    if (payload.size() != header.count * kRange) return false;
    for (size_t place = 0; place < payload.size(); place += kRange) {
      visit(PositionRange{get_number<uint64_t>(payload, place),
                          get_number<uint64_t>(payload, place + sizeof(uint64_t))});
    }
    return true;
  }
  if (payload.size() != (uint64_t{header.count} + 7) / 8) return false;
  const auto is_set = [payload](uint32_t bit) {
    return (static_cast<uint8_t>(payload[bit / 8]) >> (bit % 8) & 1U) != 0;
  };
  for (uint32_t bit = 0; bit < header.count;) {
    const uint32_t begin = bit;
    while (bit < header.count && is_set(bit)) ++bit;
    if (bit > begin) visit(PositionRange{header.first + begin, bit - begin});
    ++bit;
  }
  return true;
}

}  // namespace awps
