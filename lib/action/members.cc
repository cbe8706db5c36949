#include "action/members.h"

#include "action/words.h"

namespace awps {

void Members::read(const simdjson::dom::object& object, Tokens& tokens) {
  // Counted and walked in locals: through references each step would go through memory.
  Tokens cursor = tokens;
  uint32_t present = 0;
  size_t count = 0;
  unknown_count_ = 0;
  narrowing_ = 0;
  repeated_.reset();
  misspelt_ = meant_ = {};
  cursor.skip();
  for (const auto [key_text, value] : object) {
    cursor.skip();  // the key
    cursor.skip();  // the colon
    const Tokens at_value = cursor;
    const std::string_view text = cursor.take_value();
    if (cursor.symbol() == ',') cursor.skip();
    ++count;
    const Key key = key_of(key_text);
    if (key == Key::kUnknown) {
      add_unknown(key_text, text);
      continue;
    }
    Member& member = members_[static_cast<size_t>(key)];
    if ((present & bit(key)) != 0) {
      repeated_ = name_of(key);
      // Of two ids neither is the action's.
      if (key == Key::kId) member.text = {};
      continue;
    }
    present |= bit(key);
    member = {value, text, at_value};
  }
  cursor.skip();
  tokens = cursor;
  present_ = present;
  count_ = count;
}

void Members::add_unknown(std::string_view key, std::string_view value) {
  // Beyond the bound the object is refused for their number alone.
  if (unknown_count_ == kMaxMembers) return;
  for (size_t i = 0; i < unknown_count_; ++i) {
    if (equal_ignoring_case(unknown_[i], key)) repeated_ = unknown_[i];
  }
  unknown_[unknown_count_++] = key;
  if (const auto narrowing = narrowing_key_of(key)) {
    if (value != "null") narrowing_ |= bit(*narrowing);
    return;
  }
  if (!meant_.empty()) return;
  meant_ = nearly_own_key(key);
  if (!meant_.empty()) misspelt_ = key;
}

}  // namespace awps
