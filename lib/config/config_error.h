#pragma once

// ConfigErrors: what is wrong with a configuration, all of it, each with its place and its remedy.

#include <span>
#include <string>
#include <vector>

#include "config/config.h"

namespace awps {

struct ConfigError {
  ConfigPlace place;
  std::string key;      // full name, as "hubs.chat.retry.max"; empty: the file as a whole
  std::string message;  // what is wrong, and the remedy

  friend bool operator==(const ConfigError&, const ConfigError&) = default;
};

using ConfigErrors = std::vector<ConfigError>;

/// At the place where the first of `keys` that is said is said; if none is, of the first key,
/// without a place.
ConfigError mistake_of(const Config& config, std::span<const std::string> keys,
                       std::string message);

/// "/etc/awpsd/awpsd.toml:12:1: service.timeout: it is …", without what is not known.
std::string to_string(const ConfigError& error);

/// One a line, each ended by a line feed.
std::string to_string(const ConfigErrors& errors);

}  // namespace awps
