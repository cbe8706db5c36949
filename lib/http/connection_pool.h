#pragma once

// ConnectionPool: the connections of one time and the addresses that they were made with, which
// transfers use again. A new pool has neither, so what goes through it makes a new connection after
// a new look-up of the name; those under way in an older one go on.
//
// libcurl calls it a share. It belongs to one thread, and outlives every transfer that uses it.
// Destruction closes its connections, which waits for nobody.

#include <curl/curl.h>

namespace awps {

class ConnectionPool {
 public:
  ConnectionPool();
  ~ConnectionPool();
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  CURLSH* handle() const { return share_; }

  void join() { ++users_; }
  void leave() { --users_; }
  bool is_unused() const { return users_ == 0; }

 private:
  CURLSH* share_;
  size_t users_ = 0;  // transfers: under way, or for the next request
};

}  // namespace awps
