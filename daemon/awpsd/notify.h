#pragma once

// What systemd is told (sd_notify(3)); without it, nothing happens.

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "daemon/awpsd/side_channel.h"

namespace awps {

/// Tells it by a thread of its own: sd_notify() waits while the service manager does not read. Any
/// thread.
class Notifier {
 public:
  /// Starts the thread, if there is somebody to tell.
  Notifier();

  void ready(std::string_view status);
  void reloading();
  void stopping(std::string_view status);
  /// The stop may take so much longer from now, whatever TimeoutStopSec says.
  void still_stopping(Duration longer);
  void watchdog();

 private:
  void tell(std::string state);

  std::unique_ptr<SideChannel> channel_;  // nullptr: nobody listens
};

/// How often Notifier::watchdog() is expected; zero: not at all.
Duration watchdog_interval();
/// The one listening socket that systemd handed over; -1: none.
int activated_socket();

}  // namespace awps
