#include "daemon/awpsctl/figures.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace awps {

namespace {

constexpr std::string_view kUnknown = "–";

std::string decimals_text(double value, int decimals) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

// So many decimals that three digits matter once it is rounded.
std::string three_digits(double value) {
  if (value < 9.995) return decimals_text(value, 2);
  return decimals_text(value, value < 99.95 ? 1 : 0);
}

std::string two_parts(double seconds, double unit, const char* name, const char* part_name) {
  const double part_unit = unit == 86400 ? 3600 : 60;
  const double whole = std::floor(seconds / unit);
  const double part = std::floor((seconds - whole * unit) / part_unit);
  std::string text = decimals_text(whole, 0) + " " + name;
  if (part > 0) text += " " + decimals_text(part, 0) + " " + part_name;
  return text;
}

}  // namespace

std::string count_text(uint64_t count) {
  std::string digits = std::to_string(count);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

std::string counted(uint64_t count, std::string_view noun) {
  return count_text(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string compact_text(std::optional<double> value) {
  if (!value) return std::string(kUnknown);
  const double v = *value;
  if (v < 0.05) return v > 0 ? "<0.1" : "0";
  if (v < 9.95) {
    const bool whole = std::abs(v - std::round(v)) < 0.05;
    return decimals_text(v, whole ? 0 : 1);
  }
  if (v < 999.5) return decimals_text(v, 0);
  if (v < 999'500) return three_digits(v / 1e3) + "k";
  if (v < 999'500'000) return three_digits(v / 1e6) + "M";
  return three_digits(v / 1e9) + "G";
}

std::string seconds_text(std::optional<double> seconds) {
  if (!seconds) return std::string(kUnknown);
  const double s = *seconds;
  if (s <= 0) return "0";
  if (s < 0.9995e-3) return decimals_text(s * 1e6, 0) + "us";
  if (s < 9.95e-3) return decimals_text(s * 1e3, 1) + "ms";
  if (s < 0.9995) return decimals_text(s * 1e3, 0) + "ms";
  if (s < 9.95) return decimals_text(s, 1) + "s";
  if (s < 600) return decimals_text(s, 0) + "s";
  return decimals_text(s / 60, 0) + "min";
}

std::string bytes_text(double bytes) {
  static constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  while (bytes >= 1023.5 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  const bool whole = unit == 0 || bytes >= 9.95 || std::abs(bytes - std::round(bytes)) < 0.05;
  return decimals_text(bytes, whole ? 0 : 1) + " " + kUnits[unit];
}

std::string uptime_text(double seconds) {
  if (seconds < 60) return decimals_text(std::floor(seconds), 0) + " s";
  if (seconds < 3600) return decimals_text(std::floor(seconds / 60), 0) + " min";
  if (seconds < 86400) return two_parts(seconds, 3600, "h", "min");
  return two_parts(seconds, 86400, "d", "h");
}

std::string ratio_text(std::optional<double> ratio) {
  if (!ratio) return std::string(kUnknown);
  return decimals_text(*ratio, *ratio < 99.95 ? 1 : 0);
}

std::string percent_text(double part, double whole) {
  if (whole <= 0) return std::string(kUnknown);
  const double percent = part / whole * 100;
  if (percent > 0 && percent < 1) return "<1%";
  return decimals_text(percent, 0) + "%";
}

std::string shell_word(const std::string& text) {
  static constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+,:@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string(R"('\'')") : std::string(1, c);
  return word + "'";
}

Result<Duration> duration_argument(std::string_view text) {
  const Error refused{"'" + std::string(text) +
                      "' is no length of time; write for example 500ms, 60s, 10m or 1h"};
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || !(number >= 0)) return refused;
  const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  double factor = 0;
  if (unit == "ms") factor = 1e-3;
  if (unit == "s" || unit.empty()) factor = 1;
  if (unit == "m" || unit == "min") factor = 60;
  if (unit == "h") factor = 3600;
  if (unit == "d") factor = 86400;
  constexpr double kMostSeconds = 365.0 * 86400;
  if (factor == 0 || number * factor > kMostSeconds) return refused;
  return from_seconds(number * factor);
}

}  // namespace awps
