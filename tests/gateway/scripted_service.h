#pragma once

// ScriptedService: the service as the transport of reads sees it. It notes what it is asked, and
// the test says what it answers.
//
// Any thread.

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "http/http_transport.h"
#include "tests/support/unix_client.h"

namespace awps {

class ScriptedService {
 public:
  struct Asked {
    uint64_t tag = 0;
    std::string method;
    std::string url;
    std::string token;
  };

  /// Waits for the next request; an empty one at the deadline.
  Asked take() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kTestDeadline, [this] { return taken_ < asked_.size(); });
    return taken_ < asked_.size() ? asked_[taken_++] : Asked{};
  }
  size_t count() const {
    const std::lock_guard lock(mutex_);
    return asked_.size();
  }
  void answer(const Asked& asked, HttpResponse response) {
    const std::lock_guard lock(mutex_);
    done_.push_back({.tag = asked.tag, .response = std::move(response)});
    changed_.notify_all();
  }

  std::unique_ptr<HttpTransport> transport() { return std::make_unique<Transport>(*this); }

 private:
  class Transport final : public HttpTransport {
   public:
    explicit Transport(ScriptedService& service) : service_(service) {}

    void start(uint64_t tag, const HttpRequest& request) override {
      const std::lock_guard lock(service_.mutex_);
      service_.asked_.push_back({.tag = tag,
                                 .method = std::string(name_of(request.method)),
                                 .url = std::string(request.url),
                                 .token = std::string(request.bearer_token)});
      service_.changed_.notify_all();
    }
    void poll(Duration timeout, std::vector<Completion>& completions) override {
      std::unique_lock lock(service_.mutex_);
      service_.changed_.wait_for(lock, timeout,
                                 [this] { return woken_ || !service_.done_.empty(); });
      woken_ = false;
      std::ranges::move(service_.done_, std::back_inserter(completions));
      service_.done_.clear();
    }
    void wake() override {
      const std::lock_guard lock(service_.mutex_);
      woken_ = true;
      service_.changed_.notify_all();
    }

   private:
    ScriptedService& service_;
    bool woken_ = false;
  };

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Asked> asked_;
  size_t taken_ = 0;
  std::vector<Completion> done_;
};

}  // namespace awps
