#include "config/config_error.h"

#include <algorithm>
#include <utility>

namespace awps {

ConfigError mistake_of(const Config& config, std::span<const std::string> keys,
                       std::string message) {
  const auto& places = config.origins.places;
  const auto said = std::ranges::find_if(
      keys, [&places](const std::string& key) { return places.contains(key); });
  if (said == keys.end()) return {.place = {}, .key = keys.front(), .message = std::move(message)};
  return {.place = places.find(*said)->second, .key = *said, .message = std::move(message)};
}

std::string to_string(const ConfigError& error) {
  std::string text = error.place.file;
  if (error.place.line != 0) {
    text += ":" + std::to_string(error.place.line) + ":" + std::to_string(error.place.column);
  }
  text += text.empty() ? "" : ": ";
  text += error.key;
  text += error.key.empty() ? "" : ": ";
  return text + error.message;
}

std::string to_string(const ConfigErrors& errors) {
  std::string text;
  for (const ConfigError& error : errors) {
    text += to_string(error) + "\n";
  }
  return text;
}

}  // namespace awps
