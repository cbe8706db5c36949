#include "daemon/awpsd/notify.h"

#include <systemd/sd-daemon.h>
#include <time.h>

#include <cinttypes>
#include <string>

namespace awps {

namespace {

void notify(const std::string& state) {
  // Nobody to tell is not an error, and for a lost message there is no remedy.
  (void)sd_notify(/*unset_environment=*/0, state.c_str());
}

}  // namespace

void notify_ready(std::string_view status) {
  notify("READY=1\nSTATUS=" + std::string(status));
}

void notify_reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const int64_t microseconds = static_cast<int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
  notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

void notify_stopping(std::string_view status) {
  notify("STOPPING=1\nSTATUS=" + std::string(status));
}

void notify_still_stopping(Duration longer) {
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(longer);
  notify("EXTEND_TIMEOUT_USEC=" + std::to_string(microseconds.count()));
}

void notify_watchdog() {
  notify("WATCHDOG=1");
}

Duration watchdog_interval() {
  uint64_t microseconds = 0;
  if (sd_watchdog_enabled(/*unset_environment=*/0, &microseconds) <= 0) return Duration::zero();
  return std::chrono::microseconds(microseconds) / 2;
}

int activated_socket() {
  const int count = sd_listen_fds(/*unset_environment=*/1);
  return count > 0 ? SD_LISTEN_FDS_START : -1;
}

}  // namespace awps
