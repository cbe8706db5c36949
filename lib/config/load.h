#pragma once

// Reading the configuration: TOML files into a Config, and every mistake in them.
//
// 1. A later file says a key again: it wins, key by key. Lists, rules among them, are replaced
// whole.
// 2. All mistakes of all files are found in one go, those in overridden values, too. A file whose
//    TOML is broken yields one mistake, and the others are still read.
// 3. Where an option is mistaken, its default stands, so that what follows from all others can be
//    checked as well.
// 4. Any bytes are read without harm; a file is at most kMaxFileBytes long, a line kMaxLineLength.
//
// Any thread; it reads files, and costs well under a millisecond a file.

#include <filesystem>
#include <span>
#include <string>

#include "config/config.h"
#include "config/config_error.h"

namespace awps {

inline constexpr const char* kConfigDirectory = "/etc/awpsd";
inline constexpr size_t kMaxFileBytes = size_t{1} << 20;
inline constexpr size_t kMaxLineLength = size_t{1} << 14;

struct ConfigText {
  std::string file;  // how mistakes name it
  std::string text;
};

struct ConfigReading {
  Config config;  // valid if there are no mistakes
  ConfigErrors mistakes;

  bool ok() const { return mistakes.empty(); }
};

ConfigReading parse_config(std::span<const ConfigText> files);

/// These files in this order; one that cannot be read is a mistake. Each may be a pipe.
ConfigReading load_config(std::span<const std::filesystem::path> files);

/// DIRECTORY/awpsd.toml, then DIRECTORY/conf.d/*.toml by name. Files that are not there are left
/// out; without any the defaults hold. A fifo is a mistake: it would be waited for.
ConfigReading load_config_directory(const std::filesystem::path& directory);

/// load_config_directory() of /etc/awpsd.
ConfigReading load_default_locations();

}  // namespace awps
