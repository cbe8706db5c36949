#include "daemon/awpsd/logging.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/systemd_sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

namespace awps {

namespace {

// systemd.exec(5): JOURNAL_STREAM names device and inode of the stream that is connected to
// journald.
bool is_journal_stream() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
  return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) == stream;
}

}  // namespace

void set_level(spdlog::logger& logger, LogConfig::Level level) {
  switch (level) {
    case LogConfig::Level::kError:
      logger.set_level(spdlog::level::err);
      return;
    case LogConfig::Level::kWarning:
      logger.set_level(spdlog::level::warn);
      return;
    case LogConfig::Level::kInfo:
      logger.set_level(spdlog::level::info);
      return;
    case LogConfig::Level::kDebug:
      logger.set_level(spdlog::level::debug);
      return;
  }
}

std::string_view name_of(LogConfig::Level level) {
  static constexpr std::array<std::string_view, 4> kNames{"error", "warning", "info", "debug"};
  return kNames[static_cast<size_t>(level)];
}

std::shared_ptr<spdlog::logger> make_logger(LogConfig::Level level) {
  std::shared_ptr<spdlog::logger> logger;
  if (is_journal_stream()) {
    logger = std::make_shared<spdlog::logger>(
        "awpsd", std::make_shared<spdlog::sinks::systemd_sink_mt>("awpsd"));
  } else {
    logger = std::make_shared<spdlog::logger>("awpsd",
                                              std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l: %v");
  }
  set_level(*logger, level);
  logger->flush_on(spdlog::level::warn);
  return logger;
}

}  // namespace awps
