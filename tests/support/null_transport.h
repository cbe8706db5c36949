#pragma once

// NullTransport: answers every request at once with 202. For benchmarks and tests of what is around
// it. One thread, but for wake().

#include <condition_variable>
#include <mutex>
#include <vector>

#include "http/http_transport.h"

namespace awps {

class NullTransport final : public HttpTransport {
 public:
  explicit NullTransport(const Clock& clock) : clock_(clock) {}

  void start(uint64_t tag, const HttpRequest& request) override {
    bytes_ += request.body.size();
    const Instant now = clock_.now();
    ready_.push_back({.tag = tag, .response = {.status = 202}, .started = now, .finished = now});
  }

  void poll(Duration timeout, std::vector<Completion>& completions) override {
    std::unique_lock lock(mutex_);
    if (ready_.empty()) {
      condition_.wait_for(lock, timeout, [this] { return woken_; });
    }
    woken_ = false;
    completions.insert(completions.end(), ready_.begin(), ready_.end());
    requests_ += ready_.size();
    ready_.clear();
  }

  void wake() override {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    condition_.notify_one();
  }

  uint64_t requests() const { return requests_; }
  uint64_t bytes() const { return bytes_; }

 private:
  const Clock& clock_;
  std::vector<Completion> ready_;
  uint64_t requests_ = 0;
  uint64_t bytes_ = 0;
  std::mutex mutex_;
  std::condition_variable condition_;
  bool woken_ = false;
};

}  // namespace awps
