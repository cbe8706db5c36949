#include "admin/json_writer.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

namespace awps::admin {

std::string time_text(WallTime time) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(milliseconds);
  const std::time_t since_epoch = seconds.time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&since_epoch, &parts);
  char text[64];
  const size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + size, sizeof text - size, ".%03dZ",
                static_cast<int>((milliseconds - seconds).count()));
  return text;
}

JsonWriter& JsonWriter::action(std::string_view name, const std::string& json) {
  const bool is_one_line = json.find_first_of("\r\n") == std::string::npos;
  if (!is_one_line || !json.starts_with('{') || !nlohmann::json::accept(json)) {
    return field(name, json);
  }
  key(name);
  text_ += json;
  return *this;
}

// What stands last tells whether a comma is due: a string ends in a quote, whatever it holds.
void JsonWriter::separate() {
  if (text_.empty()) return;
  const char last = text_.back();
  if (last != '{' && last != '[' && last != ':') text_ += ',';
}

void JsonWriter::append_real(double number) {
  // JSON has no word for what is not finite; nothing that we measure should be.
  if (!std::isfinite(number)) number = 0;
  char digits[32];
  const auto end =
      std::to_chars(digits, digits + sizeof digits, number, std::chars_format::general).ptr;
  text_.append(digits, end);
}

void JsonWriter::append_text(std::string_view text) {
  // Its own text is appended directly; the library is asked only where there may be something to
  // replace.
  if (std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    append_json_string(text_, text);
    return;
  }
  text_ += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace awps::admin
