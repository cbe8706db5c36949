#pragma once

// What systemd is told (sd_notify(3)); without it, nothing happens. Any thread.

#include <string_view>

#include "base/clock.h"

namespace awps {

void notify_ready(std::string_view status);
void notify_reloading();
void notify_stopping(std::string_view status);
/// The stop may take so much longer from now, whatever TimeoutStopSec says.
void notify_still_stopping(Duration longer);
void notify_watchdog();
/// How often notify_watchdog() is expected; zero: not at all.
Duration watchdog_interval();
/// The one listening socket that systemd handed over; -1: none.
int activated_socket();

}  // namespace awps
