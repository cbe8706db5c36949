#include "daemon/awpsd/notify.h"

#include <systemd/sd-daemon.h>
#include <time.h>

#include <cinttypes>
#include <cstdlib>
#include <utility>

namespace awps {

namespace {

// Minutes of messages. Where older ones are crowded out, nothing is missed: each change of the
// status says READY=1 again.
constexpr size_t kMaxBytes = size_t{64} << 10U;

bool send(const SideChannel::Text& state, uint64_t /*lost*/) {
  return sd_notify(/*unset_environment=*/0, state.text.c_str()) > 0;
}

std::string microseconds_text(Duration duration) {
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(duration);
  return std::to_string(microseconds.count());
}

}  // namespace

Notifier::Notifier() {
  if (std::getenv("NOTIFY_SOCKET") == nullptr) return;
  channel_ = std::make_unique<SideChannel>(
      SideChannel::Options{.thread_name = "notify", .max_bytes = kMaxBytes}, send);
}

void Notifier::tell(std::string state) {
  if (channel_ != nullptr) channel_->put({.text = std::move(state)});
}

void Notifier::starting(std::string_view status, Duration longer) {
  tell("EXTEND_TIMEOUT_USEC=" + microseconds_text(longer) + "\nSTATUS=" + std::string(status));
}

void Notifier::ready(std::string_view status) {
  const MutexLock lock(mutex_);
  is_reloading_ = false;
  if (!is_stopping_) tell("READY=1\nSTATUS=" + std::string(status));
}

void Notifier::status(std::string_view status) {
  const MutexLock lock(mutex_);
  if (is_stopping_) return;
  tell((is_reloading_ ? "STATUS=" : "READY=1\nSTATUS=") + std::string(status));
}

void Notifier::reloading() {
  const MutexLock lock(mutex_);
  if (is_stopping_) return;
  is_reloading_ = true;
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const int64_t microseconds = static_cast<int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
  tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

void Notifier::stopping(std::string_view status) {
  const MutexLock lock(mutex_);
  is_stopping_ = true;
  tell("STOPPING=1\nSTATUS=" + std::string(status));
}

void Notifier::still_stopping(Duration longer) {
  tell("EXTEND_TIMEOUT_USEC=" + microseconds_text(longer));
}

void Notifier::watchdog() {
  tell("WATCHDOG=1");
}

Duration watchdog_interval() {
  uint64_t microseconds = 0;
  if (sd_watchdog_enabled(/*unset_environment=*/0, &microseconds) <= 0) return Duration::zero();
  return std::chrono::microseconds(microseconds) / 2;
}

}  // namespace awps
