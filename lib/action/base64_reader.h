#pragma once

// Base64 of a message, decoded into a buffer that is used again and again: standard alphabet,
// padded, canonical (RFC 4648 §4). base/crypto.h has the same for texts that are worth a string of
// their own.

#include <cstdint>
#include <string>
#include <string_view>

namespace awps {

/// Blanks: space, tab, CR and LF, which .NET and Node write into long texts and skip in reading.
enum class Blanks : uint8_t { kRefused, kSkipped };

/// Appends what `text` encodes; false if it is no such base64, then what was appended is void.
bool append_base64_decoded(std::string& out, std::string_view text, Blanks blanks);

}  // namespace awps
