#pragma once

// Farewells: ends connections whose peer may still be writing. To close a socket with input unread
// is a reset for the peer, which then may never see the last words. So the writing side is shut,
// and what comes is thrown away until the peer ends, or a second has passed.
//
// At most kMost at once; beyond that a connection is closed at once. Belongs to the thread that
// runs `io`.

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace awps {

class Farewells {
 public:
  static constexpr size_t kMost = 16;

  explicit Farewells(boost::asio::io_context& io, Duration patience = std::chrono::seconds(1))
      : io_(io), patience_(patience) {}
  Farewells(const Farewells&) = delete;
  Farewells& operator=(const Farewells&) = delete;

  /// `socket` is non-blocking. Of `last_words` as much is written as it takes at once.
  void add(UniqueFd socket, std::string_view last_words = {});
  bool empty() const { return leaving_.empty(); }

 private:
  struct Leaving {
    explicit Leaving(boost::asio::io_context& io) : socket(io), timer(io) {}

    boost::asio::posix::stream_descriptor socket;
    boost::asio::steady_timer timer;
  };

  void wait(uint64_t number, Leaving& leaving);
  void drop_input(uint64_t number);

  boost::asio::io_context& io_;
  const Duration patience_;
  std::unordered_map<uint64_t, Leaving> leaving_;
  uint64_t last_number_ = 0;
};

}  // namespace awps
