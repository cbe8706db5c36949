#pragma once

// Percent-encoding of names and values in URLs: every UTF-8 byte but A–Z a–z 0–9 - . _ ~ becomes
// %XX with upper-case digits (RFC 3986 §2.3), in paths and queries alike; a space is %20, never
// '+'. Stricter than the JavaScript SDK, which leaves ! * ' ( ) as they are: the service decodes
// both to the same name.
//
// Pure, any thread. A name that needs nothing costs one look at each byte and one append.

#include <string>
#include <string_view>

namespace awps {

void append_percent_encoded(std::string& out, std::string_view text);
/// How many bytes that appends.
size_t percent_encoded_size(std::string_view text);

}  // namespace awps
