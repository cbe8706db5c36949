#include "net/farewells.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace awps {

void Farewells::add(UniqueFd socket, std::string_view last_words) {
  if (!last_words.empty()) {
    // A fresh socket takes so little at once; a peer that is gone already does not matter.
    (void)::send(socket.get(), last_words.data(), last_words.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  if (leaving_.size() >= kMost || ::shutdown(socket.get(), SHUT_WR) != 0) return;
  const uint64_t number = ++last_number_;
  Leaving& leaving = leaving_.try_emplace(number, io_).first->second;
  boost::system::error_code error;
  leaving.socket.assign(socket.get(), error);
  if (error) {
    leaving_.erase(number);
    return;
  }
  (void)socket.release();  // the descriptor owns it
  leaving.timer.expires_after(patience_);
  leaving.timer.async_wait([this, number](const boost::system::error_code& ended) {
    if (!ended) leaving_.erase(number);
  });
  wait(number, leaving);
}

void Farewells::wait(uint64_t number, Leaving& leaving) {
  leaving.socket.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                            [this, number](const boost::system::error_code& error) {
                              if (!error) drop_input(number);
                            });
}

void Farewells::drop_input(uint64_t number) {
  const auto found = leaving_.find(number);
  if (found == leaving_.end()) return;
  std::array<char, 64UL * 1024> nobodys;
  const ssize_t count =
      ::recv(found->second.socket.native_handle(), nobodys.data(), nobodys.size(), MSG_DONTWAIT);
  const bool goes_on = count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
  if (goes_on) return wait(number, found->second);
  leaving_.erase(found);
}

}  // namespace awps
