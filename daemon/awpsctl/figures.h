#pragma once

// Numbers for people: short, of at most six or so columns, with their unit. nullopt is "–": not
// known, or nothing to speak of. Functions of their arguments, any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace awps {

/// "0", "1,204", "1,234,567".
std::string count_text(uint64_t count);
/// "1 action", "2 actions", "1,204 actions".
std::string counted(uint64_t count, std::string_view noun);
/// Three digits that matter: "0", "0.4", "12", "340", "1.20k", "12.3k", "4.56M".
std::string compact_text(std::optional<double> value);
/// "85us", "1.2ms", "120ms", "1.5s", "75s", "12min".
std::string seconds_text(std::optional<double> seconds);
/// "340 B", "1.2 KiB", "256 MiB".
std::string bytes_text(double bytes);
/// "12 s", "3 min", "4 h 12 min", "3 d 4 h".
std::string uptime_text(double seconds);
/// "1.0", "12.4", "130".
std::string ratio_text(std::optional<double> ratio);
/// "0%", "<1%", "73%"; of nothing: "–".
std::string percent_text(double part, double whole);

/// As a shell takes it for one word: "/var/lib/awpsd", "'a b'".
std::string shell_word(const std::string& text);

/// "250ms", "60s", "10m", "1h", "60" (seconds); an Error says what is taken.
Result<Duration> duration_argument(std::string_view text);

}  // namespace awps
