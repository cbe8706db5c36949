#pragma once

// The lower bound of delivery: a loop over libcurl's multi handle that does nothing but POST.
// Handles are used again, headers and URLs stand ready, answers are counted. One thread.

#include <curl/curl.h>

#include <memory>
#include <string>
#include <vector>

#include "base/check.h"

namespace awps {

struct BareRequest {
  std::string url;
  std::string authorization;  // the whole header line
};

class BareCurl {
 public:
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

  /// Sends that many, as many at once as there are connections; returns how many got 202.
  size_t send(size_t count) {
    size_t started = 0;
    size_t accepted = 0;
    size_t ended = 0;
    while (ended < count) {
      while (started < count && !idle_.empty()) begin(started++);
      int running = 0;
      curl_multi_perform(multi_, &running);
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
      if (ended == before) curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
    }
    return accepted;
  }

 private:
  static size_t discard(char* /*data*/, size_t size, size_t count, void* /*user*/) {
    return size * count;
  }
  static curl_slist* headers_of(const BareRequest& request) {
    curl_slist* list = curl_slist_append(nullptr, request.authorization.c_str());
    list = curl_slist_append(list, "Content-Type: text/plain");
    return curl_slist_append(list, "Expect:");
  }
  CURL* make_handle() {
    CURL* handle = curl_easy_init();
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body_.data());
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(body_.size()));
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
    AWPS_CHECK(curl_multi_add_handle(multi_, handle) == CURLM_OK);
  }

  std::vector<BareRequest> requests_;
  std::vector<curl_slist*> headers_;
  std::string body_;
  CURLM* multi_;
  std::vector<CURL*> idle_;
};

}  // namespace awps
