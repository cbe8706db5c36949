#pragma once

// Whether AddressSanitizer is in: it has an allocator of its own, and the checks that come with it
// open descriptors.

namespace awps {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kIsAddressSanitized = true;
#elif defined(__has_feature)
inline constexpr bool kIsAddressSanitized = __has_feature(address_sanitizer);
#else
inline constexpr bool kIsAddressSanitized = false;
#endif

}  // namespace awps
