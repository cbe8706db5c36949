#pragma once

// Drives a multi handle of libcurl by epoll and curl_multi_socket_action, in which libcurl looks
// only at the sockets that are ready. One thread. Must outlive the transfers.

#include <curl/curl.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "base/check.h"
#include "base/unique_fd.h"

namespace awps {

class CurlEpoll {
 public:
  explicit CurlEpoll(CURLM* multi) : multi_(multi), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    AWPS_CHECK(epoll_.valid());
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  }

  /// Does what is due, or waits for it, so many milliseconds at most.
  void turn(int patience) {
    int running = 0;
    const int wait = due_ ? std::min(patience, milliseconds_until(*due_)) : patience;
    const int count = ::epoll_wait(epoll_.get(), ready_.data(), kAtOnce, wait);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = ready_[static_cast<size_t>(i)];
      const int action = ((event.events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                         ((event.events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                         ((event.events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
      curl_multi_socket_action(multi_, event.data.fd, action, &running);
    }
    if (!due_ || milliseconds_until(*due_) > 0) return;
    due_.reset();
    curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr int kAtOnce = 64;  // sockets

  static int milliseconds_until(Clock::time_point time) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(time - Clock::now());
    return static_cast<int>(std::max<int64_t>(left.count(), 0));
  }
  static int on_timer(CURLM* /*multi*/, long milliseconds, void* self) {
    auto& due = static_cast<CurlEpoll*>(self)->due_;
    due.reset();
    if (milliseconds >= 0) due = Clock::now() + std::chrono::milliseconds(milliseconds);
    return 0;
  }
  static int on_socket(CURL* /*handle*/, curl_socket_t socket, int what, void* self, void* known) {
    auto& epoll = *static_cast<CurlEpoll*>(self);
    epoll_event event{};
    event.data.fd = socket;
    event.events = ((what & CURL_POLL_IN) != 0 ? uint32_t{EPOLLIN} : 0U) |
                   ((what & CURL_POLL_OUT) != 0 ? uint32_t{EPOLLOUT} : 0U);
    if (what == CURL_POLL_REMOVE) {
      ::epoll_ctl(epoll.epoll_.get(), EPOLL_CTL_DEL, socket, nullptr);
      return 0;
    }
    const int operation = known != nullptr ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    AWPS_CHECK(::epoll_ctl(epoll.epoll_.get(), operation, socket, &event) == 0);
    curl_multi_assign(epoll.multi_, socket, self);
    return 0;
  }

  CURLM* multi_;
  UniqueFd epoll_;
  std::array<epoll_event, kAtOnce> ready_{};
  std::optional<Clock::time_point> due_;
};

}  // namespace awps
