#include "config/config_error.h"

namespace awps {

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
