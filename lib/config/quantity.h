#pragma once

// Quantities as people write them: "10s", "64KiB", 0.5, "0660". What is printed reads back as the
// same quantity; the largest unit that leaves a whole number is taken. Pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace awps {

/// A whole number and ms, s, m, h or d. None for anything else; what is beyond the clock's range
/// (292 years) is the longest that it has.
std::optional<Duration> parse_duration(std::string_view text);
/// A whole number and B, KiB, MiB or GiB. None for anything else; 2^63 bytes and more are 2^63 - 1.
std::optional<uint64_t> parse_size(std::string_view text);

std::string print_duration(Duration duration);  // 10s; less than a millisecond is cut off
std::string print_size(uint64_t bytes);         // 64KiB
std::string print_number(double number);        // 0.5, and 1000000000 without an exponent
std::string print_mode(uint64_t mode);          // 0660
std::string print_text(std::string_view text);  // "…", with what TOML wants escaped

}  // namespace awps
