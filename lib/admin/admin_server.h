#pragma once

// AdminServer: the admin interface of ADMIN.md, on Unix sockets and loopback TCP addresses.
//
// 1. The life: listen(), start(), stop(). Each once, from one thread (main).
// 2. The service is called in the server's own thread only, one call at a time. A call that takes
//    long delays the other answers, and ends no connection.
// 3. stop() waits for a call that is under way, lets answers that are being written go out for
//    about a second, ends a tap at the service, and closes everything.
// 4. Over TCP a token is demanded, and without admin.token_file nothing listens. Unix sockets are
//    made for root and the daemon's user alone; set_group() opens them to a group.
// 5. A message of check() or listen() begins with the key and its value: admin.listen = "…": …

#include <memory>
#include <string>
#include <vector>

#include "admin/admin_service.h"
#include "http_server/limits.h"
#include "net/listen_address.h"

namespace awps {

class AdminServer {
 public:
  struct Options {
    std::vector<std::string> listen = {"unix:/run/awpsd/admin.sock"};  // admin.listen
    std::string token_file;  // admin.token_file; for TCP only
    std::string group;       // admin.group, for check() alone
    http_server::Limits http;
  };

  /// Can listen() work with these, as far as can be told without listening? For --check-config.
  static Result<void> check(const Options& options);

  /// `service` outlives it.
  AdminServer(const Options& options, AdminService& service);
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  Result<void, ListenError> listen();
  void start();
  void stop();
  /// Instead of stop(), where a call may never return: the thread ends, and the destructor frees
  /// the rest. False: a call was still under way after `patience`, and the destructor would wait
  /// for it.
  bool stop_within(Duration patience);

  /// admin.group: who may steer over the Unix socket from now on; empty: root and the daemon's user
  /// alone. Counts in any case; an Error if the socket's file could not follow, so that members
  /// cannot connect. Any thread, between listen() and stop().
  Result<void> set_group(const std::string& name);

  /// Where it listens: as in the options, and with the ports that the kernel chose for port 0.
  const std::vector<std::string>& addresses() const { return addresses_; }
  /// Any thread; between start() and stop().
  size_t connections() const;

 private:
  struct Parts;  // the handler and the server

  Options options_;
  AdminService& service_;
  SystemClock clock_;
  std::vector<std::string> addresses_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace awps
