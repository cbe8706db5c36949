#pragma once

// The lower bound of delivery: a loop over libcurl's multi handle that does nothing but POST.
// Handles are used again, headers and URLs stand ready, answers are counted. One thread.

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "bench/curl_epoll.h"

namespace awps {

struct BareRequest {
  std::string url;
  std::string authorization;  // the whole header line
  std::string body = {};      // empty: the body of all
};

class BareCurl {
 public:
  using Clock = std::chrono::steady_clock;

  BareCurl(std::vector<BareRequest> requests, size_t connections, std::string body)
      : requests_(std::move(requests)), body_(std::move(body)), multi_(curl_multi_init()) {
    for (const BareRequest& request : requests_) headers_.push_back(headers_of(request));
    for (size_t i = 0; i < connections; ++i) idle_.push_back(make_handle());
  }
  ~BareCurl() {
    for (CURL* handle : idle_) curl_easy_cleanup(handle);
    curl_multi_cleanup(multi_);
    for (curl_slist* list : headers_) curl_slist_free_all(list);
  }
  BareCurl(const BareCurl&) = delete;
  BareCurl& operator=(const BareCurl&) = delete;

  /// From now on by epoll and curl_multi_socket_action, not curl_multi_perform and _poll.
  void use_epoll() { epoll_.emplace(multi_); }

  /// Sends that many, as many at once as there are connections; returns how many got 202. Each
  /// waits until it is due, if there is a rate.
  size_t send(size_t count, double per_second = 0) {
    const auto begun = Clock::now();
    if (per_second > 0) starts_.reserve(count);
    size_t started = 0;
    size_t accepted = 0;
    size_t ended = 0;
    while (ended < count) {
      const size_t due = per_second > 0 ? due_at(begun, per_second, count) : count;
      while (started < due && !idle_.empty()) {
        if (per_second > 0) starts_.push_back(Clock::now());
        begin(started++);
      }
      const int patience = started < count && per_second > 0 ? 1 : 1000;  // milliseconds
      int running = 0;
      if (epoll_) {
        epoll_->turn(patience);
      } else {
        curl_multi_perform(multi_, &running);
      }
      const size_t before = ended;
      int left = 0;
      while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        CURL* handle = message->easy_handle;
        long status = 0;
        curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
        accepted += status == 202 ? 1 : 0;
        ++ended;
        curl_multi_remove_handle(multi_, handle);
        idle_.push_back(handle);
      }
      if (ended == before && !epoll_) curl_multi_poll(multi_, nullptr, 0, patience, nullptr);
    }
    return accepted;
  }

  /// When each began, of those that were sent at a rate.
  const std::vector<Clock::time_point>& starts() const { return starts_; }

 private:
  static size_t due_at(Clock::time_point begun, double per_second, size_t count) {
    const std::chrono::duration<double> passed = Clock::now() - begun;
    return std::min(count, static_cast<size_t>(passed.count() * per_second) + 1);
  }
  static size_t discard(char* /*data*/, size_t size, size_t count, void* /*user*/) {
    return size * count;
  }
  // The lines of awpsd's requests, so that both write the same bytes: libcurl formats a head byte
  // by byte, which is a good part of what a request costs.
  static curl_slist* headers_of(const BareRequest& request) {
    curl_slist* list = curl_slist_append(nullptr, request.authorization.c_str());
    for (const char* line : {"Content-Type: text/plain", "Accept: application/json",
                             "x-ms-client-request-id: 00000000-0000-4000-8000-000000000000",
                             "User-Agent: awpsd/" AWPS_VERSION, "Expect:"}) {
      list = curl_slist_append(list, line);
    }
    return list;
  }
  CURL* make_handle() {
    CURL* handle = curl_easy_init();
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, discard);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    return handle;
  }
  void begin(size_t number) {
    CURL* handle = idle_.back();
    idle_.pop_back();
    const size_t which = number % requests_.size();
    curl_easy_setopt(handle, CURLOPT_URL, requests_[which].url.c_str());
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers_[which]);
    const std::string& own = requests_[which].body;
    const std::string& body = own.empty() ? body_ : own;
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    AWPS_CHECK(curl_multi_add_handle(multi_, handle) == CURLM_OK);
  }

  std::vector<BareRequest> requests_;
  std::vector<curl_slist*> headers_;
  std::string body_;
  CURLM* multi_;
  std::vector<CURL*> idle_;
  std::vector<Clock::time_point> starts_;
  std::optional<CurlEpoll> epoll_;
};

}  // namespace awps
