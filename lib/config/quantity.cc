#include "config/quantity.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>

namespace awps {
namespace {

struct Unit {
  std::string_view name;
  uint64_t factor;
};

// Largest first: the first that divides is printed.
constexpr std::array<Unit, 5> kTimeUnits{{
    {"d", 86'400'000'000'000},
    {"h", 3'600'000'000'000},
    {"m", 60'000'000'000},
    {"s", 1'000'000'000},
    {"ms", 1'000'000},
}};
constexpr std::array<Unit, 4> kSizeUnits{{
    {"GiB", uint64_t{1} << 30},
    {"MiB", uint64_t{1} << 20},
    {"KiB", uint64_t{1} << 10},
    {"B", 1},
}};
constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();

std::optional<uint64_t> parse_quantity(std::string_view text, std::span<const Unit> units) {
  uint64_t amount = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, amount);
  if (rest == text.data()) {
    return std::nullopt;
  }
  const bool is_beyond = error == std::errc::result_out_of_range;
  const std::string_view unit_name(rest, static_cast<size_t>(end - rest));
  for (const Unit& unit : units) {
    if (unit.name == unit_name) {
      return is_beyond || amount > kMost / unit.factor ? kMost : amount * unit.factor;
    }
  }
  return std::nullopt;
}

std::string print_quantity(uint64_t amount, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (amount != 0 && amount % unit.factor == 0) {
      return std::to_string(amount / unit.factor).append(unit.name);
    }
  }
  return std::to_string(amount / units.back().factor).append(units.back().name);
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  const auto nanoseconds = parse_quantity(text, kTimeUnits);
  if (!nanoseconds) {
    return std::nullopt;
  }
  return Duration(static_cast<int64_t>(*nanoseconds));
}

std::optional<uint64_t> parse_size(std::string_view text) {
  return parse_quantity(text, kSizeUnits);
}

std::string print_duration(Duration duration) {
  return print_quantity(static_cast<uint64_t>(duration.count()), kTimeUnits);
}

std::string print_size(uint64_t bytes) {
  return print_quantity(bytes, kSizeUnits);
}

std::string print_number(double number) {
  constexpr double kLongInteger = 1e15;
  char digits[32];
  if (std::trunc(number) == number && std::abs(number) < kLongInteger) {
    return {digits,
            std::to_chars(digits, digits + sizeof digits, number, std::chars_format::fixed).ptr};
  }
  return {digits, std::to_chars(digits, digits + sizeof digits, number).ptr};
}

std::string print_mode(uint64_t mode) {
  std::string digits = "0";
  for (const int shift : {6, 3, 0}) {
    digits += static_cast<char>('0' + ((mode >> shift) & 7));
  }
  return digits;
}

std::string print_text(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      result.append("\\u00") += kHex[byte >> 4];
      result += kHex[byte & 15];
      continue;
    }
    if (c == '"' || c == '\\') {
      result += '\\';
    }
    result += c;
  }
  return result + '"';
}

}  // namespace awps
