#pragma once

// The body of a send as a Message: content types, character sets, JSON validity, metadata headers.
// Pure.

#include <string_view>

#include "base/result.h"
#include "emulator/http_head.h"
#include "emulator/http_response.h"
#include "emulator/message.h"

namespace awps::emulator {

/// What the service takes; above it answers 400.
inline constexpr size_t kMaxBodyBytes = 1024 * 1024;
/// What the front end lets through; above it answers 413.
inline constexpr size_t kMaxFrontEndBodyBytes = 2 * 1024 * 1024;

/// The message, or the response that refuses it.
Result<Message, HttpResponse> message_of_body(const RequestHead& head, std::string_view body);

}  // namespace awps::emulator
