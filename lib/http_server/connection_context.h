#pragma once

// ConnectionContext: what the connections of one server share, and what they tell it. It belongs
// to the server's thread.

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "http_server/body_budget.h"
#include "http_server/handler.h"
#include "http_server/limits.h"

namespace awps::http_server {

struct ConnectionContext {
  boost::asio::io_context& io;
  const Limits& limits;
  Handler& handler;
  std::shared_ptr<BodyBudget> budget;  // bodies may outlive the server
  /// For one read at a time; nothing stays in it.
  std::vector<char> scratch = std::vector<char>(16UL * 1024);

  /// A client has shown who it is. False: there is no room for another one that has.
  std::function<bool()> on_known;
  /// Others wait until one ends.
  std::function<bool()> is_crowded;
  /// The budget has one more that waits.
  std::function<void()> on_wait_for_room;
  /// Once each, when it is over. It may be destroyed within.
  std::function<void(uint64_t connection)> on_end;

  Instant now() const { return SystemClock().now(); }
};

}  // namespace awps::http_server
