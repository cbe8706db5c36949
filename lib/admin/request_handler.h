#pragma once

// RequestHandler: a request in, a reply out: access, path, method, and then the operation.
//
// A reply with `tap` set has started a tap; whoever holds it calls end_tap() when it is over. There
// is one tap at a time. One thread.

#include <string>

#include "admin/access.h"
#include "admin/operations.h"

namespace awps::admin {

class RequestHandler {
 public:
  RequestHandler(AdminService& service, Access access, const Clock& clock)
      : service_(service), access_(std::move(access)), operations_(service, clock) {}
  RequestHandler(const RequestHandler&) = delete;
  RequestHandler& operator=(const RequestHandler&) = delete;

  Reply handle(const Request& request);
  /// Of a request whose body may still be missing.
  bool shows_token(const Request& head) { return access_.shows_token(head); }

  /// What was tapped since the last call, as lines; may be empty.
  std::string take_tap_lines();
  void end_tap();

 private:
  struct Route;

  static const Route* route_of(const std::string& path);
  Reply post(const Request& request, const Route& route);
  Reply start_tap(Reply reply);

  AdminService& service_;
  Access access_;
  Operations operations_;
  bool is_tapped_ = false;
};

}  // namespace awps::admin
