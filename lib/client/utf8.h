#pragma once

// Whether a text is UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
// Pure; any thread. ASCII is looked at eight bytes at a time.

#include <string_view>

namespace awps::client {

bool is_utf8(std::string_view text);

}  // namespace awps::client
