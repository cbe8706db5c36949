#include "action/json_parser.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "action/numbers.h"

namespace awps {

namespace {

constexpr size_t kKeptCapacity = size_t{2} << 20U;

}  // namespace

void Tokens::skip_rest_of_container() {
  for (size_t open = 1; open > 0; ++next_) {
    switch (symbol()) {
      case '{':
      case '[':
        ++open;
        break;
      case '}':
      case ']':
        --open;
        break;
      default:
        break;
    }
  }
}

simdjson::error_code JsonParser::parse(std::string_view text) {
  text_ = text;
  simdjson::error_code error = parse_once(text);
  if (error == simdjson::NUMBER_ERROR) {
    without_long_numbers_ = text;
    replace_long_numbers(without_long_numbers_);
    without_long_numbers_.resize(text.size() + simdjson::SIMDJSON_PADDING);
    error = parse_once(std::string_view(without_long_numbers_).substr(0, text.size()));
  }
  if (error != simdjson::SUCCESS) return error;
  return is_too_deep() ? simdjson::DEPTH_ERROR : simdjson::SUCCESS;
}

simdjson::error_code JsonParser::parse_once(std::string_view text) {
  if (const simdjson::error_code error = reserve(text.size())) return error;
  return parser_.parse_into_document(document_, text.data(), text.size(), false).error();
}

// Grows by doubling. The DOM itself would grow to the exact length, again with each longer line.
simdjson::error_code JsonParser::reserve(size_t bytes) {
  longest_ = std::max(longest_, bytes);
  if (bytes <= capacity_) return simdjson::SUCCESS;
  const size_t capacity = std::max(kFirstCapacity, std::bit_ceil(bytes));
  // The DOM counts levels from 0 and refuses the one given here.
  if (const auto error = parser_.allocate(capacity, kMaxLevels + 1)) return error;
  if (const auto error = document_.allocate(capacity)) return error;
  capacity_ = capacity;
  return simdjson::SUCCESS;
}

// The DOM does not count an empty array or object as a level; we do.
bool JsonParser::is_too_deep() const {
  const uint32_t count = parser_.implementation->n_structural_indexes;
  if (count < 2 * (kMaxLevels + 1)) return false;
  const uint32_t* const positions = parser_.implementation->structural_indexes.get();
  size_t open = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const char symbol = text_[positions[i]];
    if (symbol == '{' || symbol == '[') {
      if (++open > kMaxLevels) return true;
    } else if (symbol == '}' || symbol == ']') {
      --open;
    }
  }
  return false;
}

void JsonParser::release_excess() {
  if (without_long_numbers_.capacity() > kFirstCapacity) std::string().swap(without_long_numbers_);
  if (capacity_ > kKeptCapacity) release();
}

void JsonParser::release_unused() {
  const size_t longest = std::exchange(longest_, 0);
  if (has_grown() && std::bit_ceil(longest) < capacity_) release();
}

void JsonParser::release() {
  parser_ = simdjson::dom::parser();
  document_ = simdjson::dom::document();
  capacity_ = 0;
}

}  // namespace awps
