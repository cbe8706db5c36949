#pragma once

// DaemonLog: the daemon's log, to journald where standard error is its stream, else to standard
// error.
// A reader that stops reading costs lines, never time: see side_channel.h. When it reads again, a
// line in the place of the lost ones says how many they were.
//
// Any thread may write to logger().

#include <spdlog/logger.h>

#include <cstdint>
#include <memory>
#include <string_view>

#include "config/config.h"
#include "daemon/awpsd/side_channel.h"

namespace awps {

/// "info", as the configuration spells it.
std::string_view name_of(LogConfig::Level level);
void set_level(spdlog::logger& logger, LogConfig::Level level);

class DaemonLog {
 public:
  /// Starts a thread.
  explicit DaemonLog(LogConfig::Level level);

  spdlog::logger& logger() { return logger_; }
  /// That nobody will read.
  uint64_t lines_dropped() const { return channel_->lost(); }
  /// Lets the reader take what waits, as the destructor does; later lines are lost.
  void finish() { channel_->finish(); }

 private:
  std::shared_ptr<SideChannel> channel_;
  spdlog::logger logger_;
};

/// Gives whole texts to a descriptor, a line each. One thread.
class LineWriter {
 public:
  /// `fd` is borrowed.
  explicit LineWriter(int fd) : fd_(fd) {}

  /// False: the line was not taken, or not as a whole; the next one begins a line all the same.
  bool write(std::string_view line);

 private:
  bool write_all(std::string_view bytes);

  const int fd_;
  bool is_in_line_ = false;
};

}  // namespace awps
