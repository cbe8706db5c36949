#include "net/acceptor.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace awps {

Acceptor::Acceptor(boost::asio::io_context& io, int listening,
                   std::function<void(UniqueFd)> on_connection, std::function<void(int)> on_pause,
                   int at_once)
    : socket_(io, listening),
      timer_(io),
      on_connection_(std::move(on_connection)),
      on_pause_(std::move(on_pause)),
      at_once_(at_once) {}

void Acceptor::stop() {
  if (std::exchange(stopped_, true)) return;
  timer_.cancel();
  (void)socket_.release();  // the listener owns and closes it
}

void Acceptor::wait() {
  if (std::exchange(waiting_, true)) return;  // open() may come when a pause is just over
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [this](const boost::system::error_code& error) {
                       waiting_ = false;
                       if (error || stopped_) return;
                       accept_all();
                     });
}

void Acceptor::accept_all() {
  // Bounded, so that a storm of connections does not starve those that are there.
  for (int i = 0; i < at_once_; ++i) {
    // While somebody waits it stays shut, also between two looks at it.
    if (gate_ && !gate_()) {
      shut_ = true;
      return try_later();
    }
    shut_ = false;
    UniqueFd socket(
        ::accept4(socket_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.valid()) {
      if (std::exchange(paused_, false) && on_pause_) on_pause_(0);
      on_connection_(std::move(socket));
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) break;
    return pause(errno);
  }
  wait();
}

void Acceptor::open() {
  if (!std::exchange(shut_, false) || stopped_) return;
  timer_.cancel();
  wait();
}

void Acceptor::pause(int error) {
  if (!std::exchange(paused_, true) && on_pause_) on_pause_(error);
  try_later();
}

void Acceptor::try_later() {
  static constexpr auto kPause = std::chrono::milliseconds(100);
  timer_.expires_after(kPause);
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled || stopped_) return;
    wait();
  });
}

}  // namespace awps
