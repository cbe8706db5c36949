#pragma once

// CurlTransport: HttpTransport over one of libcurl's multi handles, HTTP/1.1 with keep-alive.
//
// 1. At most max_connections requests are under way; others wait here in the order started, and
//    their timeout starts with their sending. Callers hold permits and should not let many wait.
// 2. A request is sent at most once, see curl_transfer.h.
// 3. Handles and connections are used again; one that lay idle for longer than max_idle is not,
//    since servers close theirs without warning.
// 4. Connections are of one ConnectionPool. renew_connections() begins another; the older one
//    serves the requests that are under way in it, and ends with the last of them. Until then there
//    may be more than max_connections connections, but never more requests.
// 5. Destruction ends what is under way without Completions.
//
// The process ignores SIGPIPE, as libcurl asks of those who set NOSIGNAL. One thread, except for
// wake().

#include <curl/curl.h>

#include <atomic>
#include <deque>
#include <memory>
#include <vector>

#include "http/connection_pool.h"
#include "http/curl_options.h"
#include "http/curl_transfer.h"
#include "http/http_transport.h"

namespace awps {

class CurlTransport final : public HttpTransport {
 public:
  using Options = CurlOptions;

  CurlTransport(const Clock& clock, const Options& options);
  ~CurlTransport() override;
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  void start(uint64_t tag, const HttpRequest& request) override;
  /// Waits in whole milliseconds, rounded up; with a timeout of 0 it only looks.
  void poll(Duration timeout, std::vector<Completion>& completions) override;
  void wake() override;
  void renew_connections() override;

  /// Requests started and not yet completed.
  size_t in_flight() const { return under_way_ + waiting_.size(); }

 private:
  CurlTransfer& take_idle();
  void begin(CurlTransfer& transfer);
  void collect(std::vector<Completion>& completions);
  void drop_unused_pools();

  const Clock& clock_;
  const Options options_;
  CURLM* multi_;
  std::vector<std::unique_ptr<ConnectionPool>> pools_;  // the last one is for new requests
  std::vector<std::unique_ptr<CurlTransfer>> transfers_;
  std::vector<CurlTransfer*> idle_;
  std::deque<CurlTransfer*> waiting_;
  size_t under_way_ = 0;
  std::atomic<bool> woken_{false};
};

}  // namespace awps
