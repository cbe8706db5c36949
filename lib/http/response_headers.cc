#include "http/response_headers.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/ascii.h"

namespace awps {

namespace {

constexpr size_t kMaxValueBytes = 256;
constexpr size_t kMaxWordsBytes = 512;  // of what people read
constexpr Duration kLongestPause = std::chrono::hours(24);

// Digits with an optional fraction; from_chars alone would take signs, exponents and "inf", too.
std::optional<double> parse_decimal(std::string_view text) {
  const bool plain = std::ranges::all_of(text, [](char c) { return is_digit(c) || c == '.'; });
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (!plain || stop != end || error != std::errc{}) return std::nullopt;
  return value;
}

Duration bounded(double seconds) {
  if (seconds >= to_seconds(kLongestPause)) return kLongestPause;
  return from_seconds(seconds);
}

// Later dates would overflow a WallTime.
constexpr time_t kLatestDate = 7258118400;  // 2200-01-01

// curl_getdate takes much that is no date ("7 apples"); a date has a weekday in front.
std::optional<std::chrono::sys_seconds> parse_date(std::string_view text) {
  if (text.empty() || (text[0] | 0x20) < 'a' || (text[0] | 0x20) > 'z') return std::nullopt;
  const time_t seconds = curl_getdate(std::string(text).c_str(), nullptr);
  if (seconds < 0) return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::seconds(std::min(seconds, kLatestDate)));
}

}  // namespace

std::optional<Duration> parse_milliseconds(std::string_view text) {
  const std::optional<double> value = parse_decimal(text);
  if (!value) return std::nullopt;
  return bounded(*value / 1000);
}

std::optional<Duration> parse_retry_after(std::string_view text, std::string_view date,
                                          WallTime now) {
  if (const std::optional<double> seconds = parse_decimal(text)) return bounded(*seconds);
  const std::optional<std::chrono::sys_seconds> until = parse_date(text);
  if (!until) return std::nullopt;
  const std::optional<std::chrono::sys_seconds> sent = parse_date(date);
  const WallTime from = sent ? WallTime(*sent) : now;
  return bounded(std::max(0.0, to_seconds(WallTime(*until) - from)));
}

void ResponseHeaders::clear() {
  content_type_.clear();
  error_code_.clear();
  retry_after_.clear();
  retry_after_ms_.clear();
  x_ms_retry_after_ms_.clear();
  date_.clear();
  www_authenticate_.clear();
  location_.clear();
}

std::string* ResponseHeaders::place_of(std::string_view name) {
  const std::array<std::pair<std::string_view, std::string*>, 8> known = {{
      {"content-type", &content_type_},
      {"x-ms-error-code", &error_code_},
      {"retry-after", &retry_after_},
      {"retry-after-ms", &retry_after_ms_},
      {"x-ms-retry-after-ms", &x_ms_retry_after_ms_},
      {"date", &date_},
      {"www-authenticate", &www_authenticate_},
      {"location", &location_},
  }};
  for (const auto& [key, place] : known) {
    if (key.size() == name.size() && equal_ignoring_case(key, name)) return place;
  }
  return nullptr;
}

void ResponseHeaders::take_line(std::string_view line) {
  if (line.starts_with("HTTP/")) return clear();
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  std::string* place = place_of(line.substr(0, colon));
  if (place == nullptr) return;
  const std::string_view value = trim(line.substr(colon + 1));
  if (place == &location_) {
    location_ = value.substr(0, kMaxWordsBytes);
  } else if (place != &www_authenticate_) {
    *place = value.substr(0, kMaxValueBytes);
  } else {  // an answer may have several challenges, one a line
    if (!www_authenticate_.empty()) www_authenticate_ += ", ";
    www_authenticate_ += value;
    if (www_authenticate_.size() > kMaxWordsBytes) www_authenticate_.resize(kMaxWordsBytes);
  }
}

void ResponseHeaders::finish(HttpResponse& response, WallTime now) {
  response.content_type = std::move(content_type_);
  response.error_code = std::move(error_code_);
  response.retry_after = pause(now);
  response.www_authenticate = std::move(www_authenticate_);
  response.location = std::move(location_);
  const bool is_success = response.status >= 200 && response.status < 300;
  if (!is_success) response.clock_skew = clock_skew(now);
}

std::optional<Duration> ResponseHeaders::pause(WallTime now) const {
  if (const auto pause = parse_milliseconds(retry_after_ms_)) return pause;
  if (const auto pause = parse_milliseconds(x_ms_retry_after_ms_)) return pause;
  return parse_retry_after(retry_after_, date_, now);
}

std::optional<Duration> ResponseHeaders::clock_skew(WallTime now) const {
  const std::optional<std::chrono::sys_seconds> sent = parse_date(date_);
  if (!sent) return std::nullopt;
  return *sent - std::chrono::floor<std::chrono::seconds>(now);
}

}  // namespace awps
