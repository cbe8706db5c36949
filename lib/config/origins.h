#pragma once

// Origins: where in the files each key of a configuration was said.

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace awps {

/// A place in a configuration file. Lines and columns count from 1; 0: the file as a whole.
struct ConfigPlace {
  std::string file;
  uint32_t line = 0;
  uint32_t column = 0;

  friend bool operator==(const ConfigPlace&, const ConfigPlace&) = default;
};

/// Where each key was said last, by its full name ("hubs.chat.retry.max"). It makes no difference
/// between configurations.
struct Origins {
  std::map<std::string, ConfigPlace, std::less<>> places;

  friend bool operator==(const Origins&, const Origins&) { return true; }
};

}  // namespace awps
