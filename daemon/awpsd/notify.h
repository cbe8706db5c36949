#pragma once

// What systemd is told (sd_notify(3)); without it, nothing happens.

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/mutex.h"
#include "daemon/awpsd/side_channel.h"

namespace awps {

/// Tells it by a thread of its own: sd_notify() waits while the service manager does not read. Any
/// thread.
class Notifier {
 public:
  /// Starts the thread, if there is somebody to tell.
  Notifier();

  /// The start goes on, and may take so much longer from now, whatever TimeoutStartSec says.
  void starting(std::string_view status, Duration longer);
  /// The start or a reload is over. Nothing, once the stop has begun.
  void ready(std::string_view status);
  /// Another status than before, which ends no reload that is under way.
  void status(std::string_view status);
  void reloading();
  void stopping(std::string_view status);
  /// The stop may take so much longer from now, whatever TimeoutStopSec says.
  void still_stopping(Duration longer);
  void watchdog();

 private:
  void tell(std::string state);

  std::unique_ptr<SideChannel> channel_;  // nullptr: nobody listens
  Mutex mutex_;                           // what is told stands in the order of these
  bool is_reloading_ GUARDED_BY(mutex_) = false;
  bool is_stopping_ GUARDED_BY(mutex_) = false;
};

/// How often Notifier::watchdog() is expected; zero: not at all.
Duration watchdog_interval();

}  // namespace awps
