#pragma once

// Recorder: keeps what a producer reports, and waits for it. Any thread.

#include <chrono>
#include <condition_variable>
#include <string>
#include <vector>

#include <awps/client/options.h>

#include "base/mutex.h"
#include "tests/client/fake_daemon.h"

namespace awps::client {

class Recorder {
 public:
  /// Options that report here, for the daemon at `path`; quick to connect again.
  Options options(const std::string& path) {
    Options options;
    options.socket_path = path;
    options.reconnect_base = std::chrono::milliseconds(1);
    options.reconnect_max = std::chrono::milliseconds(5);
    options.block_timeout = kTestDeadline;
    options.close_timeout = std::chrono::milliseconds(0);
    options.on_outcome = [this](const Outcome& outcome) {
      MutexLock lock(mutex_);
      outcomes_.push_back(outcome);
      changed_.notify_all();
    };
    options.on_notice = [this](const std::string& text) {
      MutexLock lock(mutex_);
      notices_.push_back(text);
      changed_.notify_all();
    };
    return options;
  }

  /// All outcomes, once there are `count`, or after the deadline.
  std::vector<Outcome> outcomes(size_t count) {
    const auto deadline = deadline_from_now();
    MutexLock lock(mutex_);
    while (outcomes_.size() < count && waits_until(deadline)) {
    }
    return outcomes_;
  }
  size_t outcome_count() {
    MutexLock lock(mutex_);
    return outcomes_.size();
  }

  /// Whether a notice with these words came.
  bool await_notice(std::string_view words) {
    const auto deadline = deadline_from_now();
    MutexLock lock(mutex_);
    while (!has_notice(words)) {
      if (!waits_until(deadline)) return false;
    }
    return true;
  }
  std::vector<std::string> notices() {
    MutexLock lock(mutex_);
    return notices_;
  }

 private:
  static std::chrono::steady_clock::time_point deadline_from_now() {
    return std::chrono::steady_clock::now() + kTestDeadline;
  }
  bool waits_until(std::chrono::steady_clock::time_point deadline) REQUIRES(mutex_) {
    return changed_.wait_until(mutex_, deadline) == std::cv_status::no_timeout;
  }
  bool has_notice(std::string_view words) REQUIRES(mutex_) {
    for (const std::string& text : notices_) {
      if (text.find(words) != std::string::npos) return true;
    }
    return false;
  }

  Mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Outcome> outcomes_ GUARDED_BY(mutex_);
  std::vector<std::string> notices_ GUARDED_BY(mutex_);
};

}  // namespace awps::client
