#include "daemon/awpsd/no_core.h"

#include <sys/prctl.h>

#include "base/check.h"

namespace awps {

namespace {

// The leak check of AddressSanitizer looks at its own process by ptrace(2).
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kNeedsPtrace = true;
#elif defined(__has_feature)
constexpr bool kNeedsPtrace = __has_feature(address_sanitizer);
#else
constexpr bool kNeedsPtrace = false;
#endif

}  // namespace

void forbid_core() {
  if (kNeedsPtrace) return;
  AWPS_CHECK(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0);
}

}  // namespace awps
