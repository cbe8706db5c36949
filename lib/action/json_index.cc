#include "action/json_index.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace awps {

simdjson::error_code JsonIndex::find_tokens(std::string_view text) {
  if (const simdjson::error_code error = reserve(text.size())) return error;
  return parser_.implementation->stage1(reinterpret_cast<const uint8_t*>(text.data()), text.size(),
                                        simdjson::stage1_mode::regular);
}

// Grows by doubling, not to the exact length again with each longer text.
simdjson::error_code JsonIndex::reserve(size_t bytes) {
  longest_ = std::max(longest_, bytes);
  if (bytes <= capacity_ && capacity_ > 0) return simdjson::SUCCESS;
  const size_t capacity = std::max(kFirstCapacity, std::bit_ceil(bytes));
  // Levels are counted by JsonWalk; the parser's own are never used.
  if (const auto error = parser_.allocate(capacity, 1)) return error;
  capacity_ = capacity;
  return simdjson::SUCCESS;
}

void JsonIndex::release_unused() {
  const size_t longest = std::exchange(longest_, 0);
  if (has_grown() && std::bit_ceil(longest) < capacity_) release();
}

void JsonIndex::release() {
  parser_ = simdjson::dom::parser();
  capacity_ = 0;
}

}  // namespace awps
