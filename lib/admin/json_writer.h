#pragma once

// JsonWriter: writes JSON in the order of its calls, and takes ready JSON as it stands: an action
// must come out as it came in, which a parser that reads numbers into doubles does not promise.
// (nlohmann's ordered_json can take no such text, and writes 12 seconds as 12.0.)
// Text that is not UTF-8 gets U+FFFD where it is wrong. The caller balances begin and end.
//
// One thread.

#include <concepts>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json_text.h"

namespace awps::admin {

/// "2026-01-02T03:04:05.678Z"
std::string time_text(WallTime time);

class JsonWriter {
 public:
  JsonWriter& begin_object() { return begin('{'); }
  JsonWriter& end_object() { return end('}'); }
  JsonWriter& begin_array() { return begin('['); }
  JsonWriter& end_array() { return end(']'); }
  JsonWriter& key(std::string_view name) {
    value(name);
    text_ += ':';
    return *this;
  }

  /// A number, a bool, a WallTime, or text.
  template <typename T>
  JsonWriter& value(const T& value) {
    separate();
    if constexpr (std::same_as<T, bool>) {
      text_ += value ? "true" : "false";
    } else if constexpr (std::integral<T>) {
      append_number(text_, value);
    } else if constexpr (std::floating_point<T>) {
      append_real(value);
    } else if constexpr (std::same_as<T, WallTime>) {
      append_text(time_text(value));
    } else {
      append_text(value);
    }
    return *this;
  }
  template <typename T>
  JsonWriter& field(std::string_view name, const T& contents) {
    return key(name).value(contents);
  }
  template <typename Texts>
  JsonWriter& texts(std::string_view name, const Texts& list) {
    key(name).begin_array();
    for (const auto& text : list) value(text);
    return end_array();
  }
  /// A line of JSON as it stands; as a string if it is not one.
  JsonWriter& action(std::string_view name, const std::string& json);

  const std::string& text() const { return text_; }
  std::string take() { return std::move(text_); }

 private:
  JsonWriter& begin(char bracket) {
    separate();
    text_ += bracket;
    return *this;
  }
  JsonWriter& end(char bracket) {
    text_ += bracket;
    return *this;
  }
  void separate();
  void append_real(double number);
  void append_text(std::string_view text);

  std::string text_;
};

}  // namespace awps::admin
