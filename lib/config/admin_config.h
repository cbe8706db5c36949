#pragma once

// AdminConfig and LogConfig: what [admin] and [log] say. Part of config.h, which has the rules.

#include <cstdint>
#include <string>
#include <vector>

namespace awps {

struct AdminConfig {
  std::vector<std::string> listen = {"unix:/run/awpsd/admin.sock"};  // at least one
  std::string group;  // empty: root and the daemon's user alone
  std::string token_file;

  friend bool operator==(const AdminConfig&, const AdminConfig&) = default;
};

struct LogConfig {
  enum class Level : uint8_t { kError, kWarning, kInfo, kDebug };
  Level level = Level::kInfo;

  friend bool operator==(const LogConfig&, const LogConfig&) = default;
};

}  // namespace awps
