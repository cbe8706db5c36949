#include "daemon/awpsd/signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "base/check.h"

namespace awps {

namespace {

// Their default would end the process.
constexpr std::array kIgnored = {SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF,
                                 SIGPIPE, SIGIO,   SIGPWR,  SIGSTKFLT, SIGXFSZ};
// The first of those that glibc keeps for itself: it cancels threads, which nobody does here. The
// second has a handler of glibc's as soon as there are threads.
constexpr int kCancelSignal = 32;

// sigaction(2) as the kernel has it, since glibc refuses its own signals.
void ignore_in_kernel(int signal) {
  struct {
    void (*handler)(int) = SIG_IGN;
    unsigned long flags = 0;
    void (*restorer)() = nullptr;
    uint64_t mask = 0;
  } action;
  (void)::syscall(SYS_rt_sigaction, signal, &action, nullptr, sizeof action.mask);
}

void ignore_others() {
  for (const int signal : kIgnored) ::signal(signal, SIG_IGN);
  for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) ::signal(signal, SIG_IGN);
  ignore_in_kernel(kCancelSignal);
}

}  // namespace

Signals::Signals(std::initializer_list<int> signals) {
  ignore_others();
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
