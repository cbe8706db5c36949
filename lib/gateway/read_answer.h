#pragma once

// What a read is answered with: what the service said of it, as far as it is passed on, or why
// there is nothing to pass on.
//
// Pure, any thread.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "gateway/answers.h"
#include "gateway/read_thread.h"
#include "gateway/route.h"

namespace awps {

/// Of a read's body; a longer one is not passed on: 502.
inline constexpr size_t kMaxReadBody = size_t{8} << 20U;

/// Passed on are status, Content-Type, body, x-ms-error-code, and the link to the next page, which
/// is made relative: so it leads to the gateway again.
GatewayAnswer answer_of_read(Route route, const ReadThread::Done& done);

/// A page of a list: its "nextLink" without scheme and host. Anything else stays as it is.
std::string with_relative_next_link(std::string body);

/// 503 whose Retry-After says `left`, in whole seconds from 1 to 300.
GatewayAnswer paused_answer(std::string_view message, Duration left);

}  // namespace awps
