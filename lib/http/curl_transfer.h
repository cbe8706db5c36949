#pragma once

// CurlTransfer: one of libcurl's easy handles with the buffers of its request and answer, used for
// one request after the other. Nothing is allocated for a request but what libcurl itself
// allocates.
//
// 1. It sends its request at most once. libcurl 7.88 silently sends a POST again where a reused
//    connection dies before the answer; the callback before each sending refuses the second one.
// 2. An answer's status, once read, stands, whatever happened to the connection after it.
// 3. Without a status: never reached the sending → kConnect; sending began but no byte was handed
//    to the connection → kNotSent; else kTimeout or kBroken.
//
// It belongs to the thread of its CurlTransport. It does not move: libcurl holds its address.

#include <curl/curl.h>

#include <array>
#include <string>
#include <string_view>

#include "http/connection_pool.h"
#include "http/curl_options.h"
#include "http/http_transport.h"
#include "http/response_headers.h"

namespace awps {

class CurlTransfer {
 public:
  explicit CurlTransfer(const CurlOptions& options);
  ~CurlTransfer();
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  CURL* handle() const { return easy_; }
  const ConnectionPool* pool() const { return pool_; }
  static CurlTransfer& of(CURL* easy);

  /// Borrows the request's body until finish(), copies the rest.
  void prepare(uint64_t tag, const HttpRequest& request);
  /// Uses the pool until leave_pool(), or until it begins in another one.
  void begin(ConnectionPool& pool, Instant now);
  void leave_pool();
  Completion finish(CURLcode result, Instant now, WallTime wall_now);

 private:
  template <typename Value>
  void set(CURLoption option, Value value);
  void set_fixed_options(const CurlOptions& options);
  void set_fixed_lines(const CurlOptions& options);
  void set_callbacks();
  void set_url(std::string_view url);
  void set_method(HttpMethod method);
  void set_header_lines(const HttpRequest& request);
  void set_line(size_t place, std::string_view name, std::string_view before_value,
                std::string_view value);
  void set_timeout(Duration timeout);
  void set_freshness(bool fresh);
  TransportError error_of(CURLcode result) const;
  size_t take_body(std::string_view piece);
  int before_sending();

  static size_t on_body(char* bytes, size_t size, size_t count, void* self);
  static size_t on_header(char* bytes, size_t size, size_t count, void* self);
  static int on_before_sending(void* self, char*, char*, int, int);

  const Duration connect_timeout_;
  const std::chrono::seconds max_name_age_;
  const size_t max_body_bytes_;
  const size_t max_drained_bytes_;

  static constexpr size_t kLastLine = 6;  // the one that few requests have

  CURL* easy_;
  CURLU* parts_;                                       // of url_, where it can be taken apart
  std::array<std::string, kLastLine + 1> lines_;       // of the request's header
  std::array<curl_slist, kLastLine + 1> line_list_{};  // points into lines_; libcurl only reads it
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  std::string url_;
  HttpMethod method_ = HttpMethod::kGet;
  Duration timeout_{0};
  bool fresh_ = false;
  ConnectionPool* pool_ = nullptr;

  uint64_t tag_ = 0;
  Instant started_{};
  int sendings_ = 0;      // begun or refused
  long sent_before_ = 0;  // bytes that went to a proxy before the request itself
  size_t body_seen_ = 0;
  HttpResponse response_;
  ResponseHeaders headers_;
};

}  // namespace awps
