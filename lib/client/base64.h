#pragma once

// Base64 (RFC 4648 §4, padded) for the data of binary messages. Its own, so that the library needs
// no other. Pure; any thread.

#include <string>
#include <string_view>

namespace awps::client {

void append_base64(std::string& out, std::string_view bytes);

}  // namespace awps::client
