#include "daemon/awpsctl/wire/interrupts.h"

#include <sys/signalfd.h>

#include "base/check.h"

namespace awps {

Interrupts::Interrupts(std::initializer_list<int> more) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  for (const int signal : more) sigaddset(&set, signal);
  AWPS_CHECK(::sigprocmask(SIG_BLOCK, &set, &before_) == 0);
  descriptor_ = UniqueFd(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  AWPS_CHECK(descriptor_.valid());
}

Interrupts::~Interrupts() {
  // Whoever pressed twice is not to be killed by the second while the command ends.
  while (take() != 0) {
  }
  (void)::sigprocmask(SIG_SETMASK, &before_, nullptr);  // cannot fail: the mask is a good one
}

int Interrupts::take() {
  signalfd_siginfo info{};
  if (::read(descriptor_.get(), &info, sizeof info) != sizeof info) return 0;
  return static_cast<int>(info.ssi_signo);
}

}  // namespace awps
