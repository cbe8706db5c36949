#pragma once

// The Date header's text (RFC 9110 5.6.7), made once a second. One thread at a time.

#include <string_view>

#include "base/clock.h"

namespace awps::emulator {

/// Valid until the next call on this thread.
std::string_view http_date(WallTime now);

}  // namespace awps::emulator
