#pragma once

// ResponseHeaders: what of an answer's header lines matters to us, gathered line by line. It
// belongs to one transfer and is used again by the next.
//
// 1. A status line starts afresh: what an interim answer (1xx) said does not count.
// 2. A pause is read from retry-after-ms, else x-ms-retry-after-ms, else Retry-After (seconds, or a
//    date that is compared with the answer's own Date, so that a wrong clock here does no harm). A
//    date that has passed is a pause of 0; what is not understood is none; more than a day is a
//    day.
// 3. Every value that is kept is bounded, whatever the other side sends.

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/http_transport.h"

namespace awps {

class ResponseHeaders {
 public:
  void clear();
  /// One line as it came, its line end included or not.
  void take_line(std::string_view line);
  /// Hands what was gathered to `response`, whose status is set already. `now` stands in for an
  /// absent Date.
  void finish(HttpResponse& response, WallTime now);

 private:
  std::string* place_of(std::string_view name);
  std::optional<Duration> pause(WallTime now) const;
  std::optional<Duration> clock_skew(WallTime now) const;

  std::string content_type_;
  std::string error_code_;
  std::string retry_after_;
  std::string retry_after_ms_;
  std::string x_ms_retry_after_ms_;
  std::string date_;
  std::string www_authenticate_;
  std::string location_;
};

/// A number of seconds with or without a fraction, or an HTTP date.
std::optional<Duration> parse_retry_after(std::string_view text, std::string_view date,
                                          WallTime now);
std::optional<Duration> parse_milliseconds(std::string_view text);

}  // namespace awps
