#pragma once

// RequestHandler: what the admin interface answers: access, path, method, and then the operation.
//
// One thread.

#include <string>

#include "admin/access.h"
#include "admin/operations.h"
#include "http_server/handler.h"

namespace awps::admin {

class RequestHandler final : public http_server::Handler {
 public:
  RequestHandler(AdminService& service, Access access, const Clock& clock)
      : access_(std::move(access)), operations_(service, clock) {}
  RequestHandler(const RequestHandler&) = delete;
  RequestHandler& operator=(const RequestHandler&) = delete;

  Reply reply_to(const Request& request);

  bool is_known(const Request& head) override;
  void handle(Request request, http_server::Responder responder) override {
    responder.send(reply_to(request));
  }
  Reply refusal(int status, const std::string& message) override;

 private:
  struct Route;

  Reply answer(const Request& request);
  static const Route* route_of(const std::string& path);
  Reply post(const Request& request, const Route& route);

  Access access_;
  Operations operations_;
};

}  // namespace awps::admin
