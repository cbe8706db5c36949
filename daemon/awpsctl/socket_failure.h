#pragma once

// Why a Unix socket of the daemon cannot be reached, and what to do about it. Any thread.

#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "daemon/awpsctl/failure.h"

namespace awps {

/// A connected, non-blocking stream socket. `what` it is ("the admin socket") is for the message.
Result<UniqueFd, Failure> connect_unix(const std::string& path, std::string_view what);

/// The Failure of a connect() that ended with `error`.
Failure connect_failure(const std::string& path, int error, std::string_view what);

}  // namespace awps
