#include "daemon/awpsd/signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "base/check.h"

namespace awps {

Signals::Signals(std::initializer_list<int> signals) {
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  AWPS_CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  signals_ = UniqueFd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  notification_ = UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  AWPS_CHECK(signals_.valid() && notification_.valid());
}

int Signals::wait(Duration timeout) {
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
  std::array<pollfd, 2> descriptors = {
      {{.fd = signals_.get(), .events = POLLIN, .revents = 0},
       {.fd = notification_.get(), .events = POLLIN, .revents = 0}}};
  (void)::poll(descriptors.data(), descriptors.size(),
               static_cast<int>(std::clamp<int64_t>(milliseconds, 0, INT32_MAX)));
  uint64_t notifications = 0;
  // Nothing to read is the usual case.
  (void)!::read(notification_.get(), &notifications, sizeof notifications);
  signalfd_siginfo info{};
  const bool signalled = ::read(signals_.get(), &info, sizeof info) == sizeof info;
  return signalled ? static_cast<int>(info.ssi_signo) : 0;
}

void Signals::notify() {
  const uint64_t one = 1;
  // It can fail only when the counter is full, and then wait() ends in any case.
  (void)!::write(notification_.get(), &one, sizeof one);
}

}  // namespace awps
