#include "action/numbers.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/ascii.h"

namespace awps {

namespace {

// Takes the digits at the front of `text`, and says whether there were any.
bool take_digits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto count = static_cast<size_t>(end - text.begin());
  text.remove_prefix(count);
  return count > 0;
}

// Whole and fractional digits, without sign and exponent.
Duration exact_seconds(std::string_view whole, std::string_view fraction) {
  static constexpr int64_t kMost =
      std::chrono::floor<std::chrono::seconds>(kLongestTimeToLive).count();
  int64_t seconds = 0;
  const auto parsed = std::from_chars(whole.data(), whole.data() + whole.size(), seconds);
  if (parsed.ec != std::errc() || seconds >= kMost) return kLongestTimeToLive;
  int64_t nanoseconds = 0;
  for (size_t i = 0; i < 9; ++i) {
    nanoseconds = nanoseconds * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  }
  return std::chrono::seconds(seconds) + std::chrono::nanoseconds(nanoseconds);
}

// A number with an exponent. What underflows is tiny, what overflows enormous.
Duration scientific_seconds(std::string_view text) {
  static constexpr double kMost = std::chrono::duration<double>(kLongestTimeToLive).count();
  double seconds = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (parsed.ec == std::errc::result_out_of_range) {
    return text.find('-') == std::string_view::npos ? kLongestTimeToLive : Duration(1);
  }
  if (seconds >= kMost) return kLongestTimeToLive;
  return Duration(std::llround(seconds * 1e9));
}

}  // namespace

size_t number_size(std::string_view text) {
  const size_t all = text.size();
  if (text.starts_with('-')) text.remove_prefix(1);
  const bool leading_zero = text.starts_with('0');
  const size_t before = text.size();
  if (!take_digits(text)) return 0;
  if (leading_zero && before - text.size() > 1) return 0;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!take_digits(text)) return 0;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (!take_digits(text)) return 0;
  }
  return all - text.size();
}

bool is_json_number(std::string_view text) {
  return !text.empty() && number_size(text) == text.size();
}

bool is_integer(std::string_view number) {
  if (number.starts_with('-')) number.remove_prefix(1);
  return !number.empty() && std::all_of(number.begin(), number.end(), is_digit);
}

std::optional<uint32_t> small_integer(std::string_view text, uint32_t greatest) {
  uint32_t value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end || value > greatest) return std::nullopt;
  return value;
}

std::optional<Duration> seconds_of(std::string_view text) {
  if (!is_json_number(text) || text.starts_with('-')) return std::nullopt;
  const size_t exponent = text.find_first_of("eE");
  const std::string_view mantissa = text.substr(0, exponent);
  if (mantissa.find_first_of("123456789") == std::string_view::npos) return std::nullopt;
  Duration duration{};
  if (exponent != std::string_view::npos) {
    duration = scientific_seconds(text);
  } else {
    const size_t point = text.find('.');
    duration = exact_seconds(text.substr(0, point), point == std::string_view::npos
                                                        ? std::string_view()
                                                        : text.substr(point + 1));
  }
  return std::max(duration, Duration(1));
}

}  // namespace awps
