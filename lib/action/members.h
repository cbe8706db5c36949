#pragma once

// Members: the keys of one JSON object, sorted into the protocol's words, each with its value and
// with the place where that stands in the line. Read once, then asked; nothing is judged here but
// the keys.
//
// It borrows the line and what the walk unescaped. One thread; no allocation.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "action/json_walk.h"
#include "action/names.h"

namespace awps {

inline constexpr size_t kMaxMembers = 64;

class Members {
 public:
  /// Reads the object at whose opening brace `walk` stands, and moves it behind. False: the text
  /// is no JSON.
  [[nodiscard]] bool read(JsonWalk& walk);

  bool has(Key key) const { return (present_ & bit(key)) != 0; }
  /// Whether any of the keys whose bits are set is there.
  bool has_any(uint32_t keys) const { return (present_ & keys) != 0; }
  /// There, and not `null`.
  bool has_value(Key key) const { return has(key) && !at(key).is(JsonType::kNull); }
  const JsonValue& at(Key key) const { return members_[static_cast<size_t>(key)]; }

  size_t count() const { return count_; }
  /// A key that stands there twice.
  std::optional<std::string_view> repeated() const { return repeated_; }
  /// The first key that is none of the protocol's words.
  std::optional<std::string_view> first_unknown() const {
    if (unknown_count_ == 0) return std::nullopt;
    return unknown_[0];
  }
  /// Bits of the NarrowingKeys that are there and not `null`. They are unknown keys, too.
  uint32_t narrowing() const { return narrowing_; }
  /// An unknown key that is nearly one of our own, and which; both empty: none.
  std::string_view misspelt() const { return misspelt_; }
  std::string_view meant() const { return meant_; }

  static constexpr uint32_t bit(Key key) { return uint32_t{1} << static_cast<unsigned>(key); }
  static constexpr uint32_t bit(NarrowingKey key) {
    return uint32_t{1} << static_cast<unsigned>(key);
  }

 private:
  void forget();
  void add_again(Key key);
  void add_unknown(std::string_view key, std::string_view value);

  uint32_t present_ = 0;
  uint32_t narrowing_ = 0;
  size_t count_ = 0;
  size_t unknown_count_ = 0;
  std::optional<std::string_view> repeated_;
  std::string_view misspelt_;
  std::string_view meant_;
  std::array<JsonValue, kKeys> members_;
  std::array<std::string_view, kMaxMembers> unknown_;
};

}  // namespace awps
