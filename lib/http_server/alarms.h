#pragma once

// Alarms: work to be called at a time. What is due is called in the order of its times; of equal
// times, as it was set. Times count what the machine sleeps: after that, what is due is called
// within a second.
//
// Belongs to the thread that runs `io`.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <map>

#include "base/clock.h"

namespace awps::http_server {

class Alarms {
 public:
  explicit Alarms(boost::asio::io_context& io) : timer_(io) {}
  Alarms(const Alarms&) = delete;
  Alarms& operator=(const Alarms&) = delete;

  void set(Instant at, std::function<void()> work);
  /// None is called any more, nor set.
  void end();

 private:
  void arm();
  void call_due();

  boost::asio::steady_timer timer_;
  std::multimap<Instant, std::function<void()>> works_;
  Instant armed_for_ = kNever;
  bool ended_ = false;
};

}  // namespace awps::http_server
