#pragma once

// AWPS_CHECK(condition): an assertion about our own code, on in every build. A failure is our bug:
// it names the place, and aborts. What the world does wrong is an Error, never a CHECK.

namespace awps {

[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace awps

#define AWPS_CHECK(condition) \
  (static_cast<bool>(condition) ? void() : ::awps::check_failed(#condition, __FILE__, __LINE__))
