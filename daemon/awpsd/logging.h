#pragma once

// The daemon's logger: to journald where standard error is its stream, else to standard error.

#include <spdlog/logger.h>

#include <memory>
#include <string_view>

#include "config/config.h"

namespace awps {

std::shared_ptr<spdlog::logger> make_logger(LogConfig::Level level);
/// "info", as the configuration spells it.
std::string_view name_of(LogConfig::Level level);
void set_level(spdlog::logger& logger, LogConfig::Level level);

}  // namespace awps
