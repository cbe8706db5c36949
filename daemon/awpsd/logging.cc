#include "daemon/awpsd/logging.h"

#include <poll.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/sink.h>
#include <spdlog/sinks/systemd_sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

namespace awps {

namespace {

constexpr const char* kName = "awpsd";

// systemd.exec(5): JOURNAL_STREAM names device and inode of the stream that is connected to
// journald.
bool is_journal_stream() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
  return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) == stream;
}

// Passes lines on; the channel's thread formats them.
class ChannelSink final : public spdlog::sinks::sink {
 public:
  explicit ChannelSink(std::shared_ptr<SideChannel> channel) : channel_(std::move(channel)) {}

  void log(const spdlog::details::log_msg& message) override {
    channel_->put({.time = message.time,
                   .level = message.level,
                   .text = std::string(message.payload.data(), message.payload.size())});
  }
  void flush() override {}
  void set_pattern(const std::string& /*pattern*/) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter> /*formatter*/) override {}

 private:
  const std::shared_ptr<SideChannel> channel_;
};

std::string words_of_loss(uint64_t lost) {
  return std::to_string(lost) + (lost == 1 ? " log line was" : " log lines were") +
         " dropped: the log was not read, or could not be written";
}

spdlog::details::log_msg message_of(const SideChannel::Text& text) {
  return {text.time, spdlog::source_loc{}, kName, text.level, text.text};
}

// What is written before `text`, which comes after so many that were lost.
SideChannel::Text loss_before(const SideChannel::Text& text, uint64_t lost) {
  return {.time = text.time, .level = spdlog::level::warn, .text = words_of_loss(lost)};
}

SideChannel::Write write_to_journal() {
  return [sink = std::make_shared<spdlog::sinks::systemd_sink_st>(kName)](
             const SideChannel::Text& text, uint64_t lost) {
    try {
      if (lost > 0) sink->log(message_of(loss_before(text, lost)));
      sink->log(message_of(text));
      return true;
    } catch (const spdlog::spdlog_ex&) {
      return false;
    }
  };
}

// Standard error itself is never made non-blocking: other processes may have the same description.
class StandardError {
 public:
  bool write(const SideChannel::Text& text) {
    spdlog::memory_buf_t line;
    formatter_.format(message_of(text), line);
    return writer_.write({line.data(), line.size()});
  }

 private:
  spdlog::pattern_formatter formatter_{"%Y-%m-%dT%H:%M:%S.%e %l: %v",
                                       spdlog::pattern_time_type::local, /*eol=*/""};
  LineWriter writer_{STDERR_FILENO};
};

SideChannel::Write write_to_standard_error() {
  return [to = std::make_shared<StandardError>()](const SideChannel::Text& text, uint64_t lost) {
    if (lost > 0 && !to->write(loss_before(text, lost))) return false;
    return to->write(text);
  };
}

std::shared_ptr<SideChannel> make_channel() {
  return std::make_shared<SideChannel>(
      SideChannel::Options{.thread_name = "log"},
      is_journal_stream() ? write_to_journal() : write_to_standard_error());
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

DaemonLog::DaemonLog(LogConfig::Level level)
    : channel_(make_channel()), logger_(kName, std::make_shared<ChannelSink>(channel_)) {
  set_level(logger_, level);
  // A line that cannot be formatted: by itself spdlog would write that to standard error, here.
  logger_.set_error_handler([channel = channel_](const std::string& problem) {
    channel->put({.time = spdlog::log_clock::now(),
                  .level = spdlog::level::err,
                  .text = "a log line was lost: " + problem});
  });
}

bool LineWriter::write(std::string_view line) {
  std::string bytes(is_in_line_ ? "\n" : "");
  bytes += line;
  bytes += '\n';
  return write_all(bytes);
}

bool LineWriter::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written > 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
      is_in_line_ = !bytes.empty();
    } else if (written < 0 && errno == EAGAIN) {  // somebody else made it non-blocking
      pollfd waited{.fd = fd_, .events = POLLOUT, .revents = 0};
      (void)::poll(&waited, 1, -1);
    } else if (written == 0 || errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace awps
