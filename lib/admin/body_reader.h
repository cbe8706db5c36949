#pragma once

// The bodies of POST requests, which are JSON objects. A key that is unknown, given twice or of
// another type is a mistake: {"hubs":"chat"} must not pause every hub.
//
// Pure.

#include <string>

#include "admin/admin_service.h"

namespace awps::admin {

struct LogChange {
  std::string level;
  Duration length{};  // zero: until the next reload
};

/// {}
Result<void> read_nothing(const std::string& body);
/// {"hub":"chat"}; without: empty, which means all.
Result<std::string> read_hub(const std::string& body);
/// {"hub":"chat","numbers":[1,2]} or {"hub":"chat","all":true}, and with that "upTo":2.
Result<DeadLetterChoice> read_choice(const std::string& body);
/// {"level":"debug","seconds":60}; seconds may be missing.
Result<LogChange> read_log_change(const std::string& body);
/// {"hub","userId","roles","groups","minutes"}, all of which may be missing.
Result<TokenRequest> read_token_request(const std::string& body);

}  // namespace awps::admin
