#pragma once

// HttpTransport: sends requests and hands back what came of them. The two implementations are
// CurlTransport and the simulation's scripted one.
//
// 1. One request is one attempt: an implementation never sends one twice.
// 2. Every started request ends in exactly one Completion with its tag.
// 3. An address that moves is followed: a connection lives for minutes at most, `fresh_connection`
//    makes one at once for one request, and renew_connections() for every later one.
// 4. It belongs to one thread, except for wake(), which any thread may call.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace awps {

enum class HttpMethod : uint8_t { kGet, kPost, kPut, kDelete, kHead };
std::string_view name_of(HttpMethod method);

/// `body` is borrowed until the request's Completion has been taken, everything else until start()
/// returns.
struct HttpRequest {
  HttpMethod method = HttpMethod::kPost;
  std::string_view url{};           // absolute, percent-encoded
  std::string_view content_type{};  // empty: no body
  std::string_view body{};
  std::string_view bearer_token{};       // empty: no Authorization
  std::string_view client_request_id{};  // x-ms-client-request-id
  std::string_view extra_header{};       // one more line, "Name: value"; empty: none
  Duration timeout = std::chrono::seconds(10);
  /// Goes over a new connection, made after a new look-up of the name. Later requests may use that
  /// connection, or older ones: only renew_connections() turns everybody away from those.
  bool fresh_connection = false;
};

/// What happened below HTTP. Where a status was read, the status decides, not this.
enum class TransportError : uint8_t {
  kNone,
  kConnect,   // name not found, refused, unreachable, TLS failed: nothing was sent
  kNotSent,   // the connection died before any byte of the request was written
  kBroken,    // the connection died after the request was (partly) written
  kTimeout,   // no answer in time; the request was (partly) written
  kInternal,  // a fault of ours or of the library's: as kBroken for the caller
};
std::string_view name_of(TransportError error);

struct HttpResponse {
  int status = 0;  // 0: no status line was read
  TransportError error = TransportError::kNone;
  std::string error_text;  // the library's words, for people
  std::string content_type;
  std::string error_code;  // x-ms-error-code
  std::string body;        // at most 2 KiB of it
  /// Of Retry-After and its two x-ms kin. 0 is what the service said, or a date that has passed.
  std::optional<Duration> retry_after;
  std::string www_authenticate;  // the challenges of a 401, comma-separated; at most 512 bytes
  std::string location;          // where a 3xx points to; at most 512 bytes
  /// The answer's Date minus our time, in whole seconds: positive where our clock is behind. Only
  /// of answers that are not 2xx; absent without a Date that can be read.
  std::optional<Duration> clock_skew;
};

struct Completion {
  uint64_t tag = 0;
  HttpResponse response;
  Instant started{};  // when the attempt began
  Instant finished{};
};

class HttpTransport {
 public:
  virtual ~HttpTransport() = default;

  /// Starts an attempt. `tag` is handed back with its Completion.
  virtual void start(uint64_t tag, const HttpRequest& request) = 0;
  /// Waits until something completed, wake() was called, or `timeout` passed; appends completions.
  virtual void poll(Duration timeout, std::vector<Completion>& completions) = 0;
  /// Ends a poll() that waits, or the next one. Any thread.
  virtual void wake() = 0;
  /// Every request started after it goes over a connection made after it, with a new look-up of
  /// the name. Requests under way are not disturbed. Nothing to do where there are no connections.
  virtual void renew_connections() {}
};

}  // namespace awps
