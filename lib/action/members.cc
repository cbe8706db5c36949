#include "action/members.h"

namespace awps {

void Members::read(const simdjson::dom::object& object, Tokens& tokens) {
  present_ = 0;
  count_ = 0;
  unknown_count_ = 0;
  repeated_.reset();
  misspelt_ = meant_ = {};
  tokens.skip();
  for (const auto [key_text, value] : object) {
    tokens.skip();  // the key
    tokens.skip();  // the colon
    const Tokens at_value = tokens;
    const std::string_view text = tokens.take_value();
    if (tokens.symbol() == ',') tokens.skip();
    ++count_;
    const Key key = key_of(key_text);
    if (key == Key::kUnknown) {
      add_unknown(key_text);
      continue;
    }
    if (has(key)) {
      repeated_ = name_of(key);
      // Of two ids neither is the action's.
      if (key == Key::kId) members_[static_cast<size_t>(key)].text = {};
      continue;
    }
    present_ |= bit(key);
    members_[static_cast<size_t>(key)] = {value, text, at_value};
  }
  tokens.skip();
}

void Members::add_unknown(std::string_view key) {
  // Beyond the bound the object is refused for their number alone.
  if (unknown_count_ == kMaxMembers) return;
  for (size_t i = 0; i < unknown_count_; ++i) {
    if (equal_ignoring_case(unknown_[i], key)) repeated_ = unknown_[i];
  }
  unknown_[unknown_count_++] = key;
  if (!meant_.empty()) return;
  meant_ = nearly_own_key(key);
  if (!meant_.empty()) misspelt_ = key;
}

}  // namespace awps
