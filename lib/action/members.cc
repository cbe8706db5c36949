#include "action/members.h"

#include "action/words.h"

namespace awps {

bool Members::read(JsonWalk& walk) {
  forget();
  if (!walk.enter_object()) return true;
  do {
    std::string_view key_text;
    if (!walk.take_key(key_text)) return false;
    ++count_;
    const Key key = key_of(key_text);
    if (key != Key::kUnknown && !has(key)) {
      present_ |= bit(key);
      if (!walk.take_value(members_[static_cast<size_t>(key)])) return false;
      continue;
    }
    JsonValue value;
    if (!walk.take_value(value)) return false;
    if (key == Key::kUnknown) {
      add_unknown(key_text, value.text);
    } else {
      add_again(key);
    }
  } while (walk.take(','));
  return walk.leave_object();
}

void Members::forget() {
  present_ = narrowing_ = 0;
  count_ = unknown_count_ = 0;
  repeated_.reset();
  misspelt_ = meant_ = {};
}

void Members::add_again(Key key) {
  repeated_ = name_of(key);
  // Of two ids neither is the action's.
  if (key == Key::kId) members_[static_cast<size_t>(key)].text = {};
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
