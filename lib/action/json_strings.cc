#include "action/json_strings.h"

#include <algorithm>
#include <bit>
#include <new>
#include <utility>

#include "base/check.h"

namespace awps {

simdjson::error_code JsonStrings::keep(std::string_view text, std::string_view& content) {
  if (const simdjson::error_code error = reserve()) return error;
  const uint8_t* const end = unescape(text);
  if (end == nullptr) return simdjson::STRING_ERROR;
  const uint8_t* const begin = bytes_.get() + used_;
  content = {reinterpret_cast<const char*>(begin), static_cast<size_t>(end - begin)};
  used_ += content.size();
  return simdjson::SUCCESS;
}

simdjson::error_code JsonStrings::check(std::string_view text) {
  if (const simdjson::error_code error = reserve()) return error;
  return unescape(text) == nullptr ? simdjson::STRING_ERROR : simdjson::SUCCESS;
}

uint8_t* JsonStrings::unescape(std::string_view text) {
  AWPS_CHECK(used_ + text.size() <= text_bytes_);
  const auto* const content = reinterpret_cast<const uint8_t*>(text.data()) + 1;
  return unescaper_->parse_string(content, bytes_.get() + used_);
}

simdjson::error_code JsonStrings::reserve() {
  longest_ = std::max(longest_, text_bytes_);
  if (unescaper_ == nullptr) {
    const auto* const implementation = simdjson::get_active_implementation().operator->();
    if (const auto error = implementation->create_dom_parser_implementation(0, 1, unescaper_)) {
      return error;
    }
  }
  if (text_bytes_ <= capacity_) return simdjson::SUCCESS;
  AWPS_CHECK(used_ == 0);
  release();
  const size_t capacity = std::max(kFirstCapacity, std::bit_ceil(text_bytes_));
  bytes_.reset(new (std::nothrow) uint8_t[capacity + simdjson::SIMDJSON_PADDING]);
  if (bytes_ == nullptr) return simdjson::MEMALLOC;
  capacity_ = capacity;
  return simdjson::SUCCESS;
}

void JsonStrings::release_unused() {
  const size_t longest = std::exchange(longest_, 0);
  if (has_grown() && std::bit_ceil(longest) < capacity_) release();
}

void JsonStrings::release() {
  bytes_.reset();
  capacity_ = 0;
}

}  // namespace awps
