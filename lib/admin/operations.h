#pragma once

// Operations: what each path of the admin interface does, in terms of AdminService: parameters and
// bodies in, replies out.
//
// 1. A status that took long, since a worker did not answer, is used again for as long as it took:
//    however many ask, the thread is free half of the time. A POST ends that.
// 2. A page of dead letters has a bound in bytes and one in time: it ends early, and the next one
//    goes on.
//
// One thread.

#include <string>

#include "admin/admin_service.h"
#include "http_server/reply.h"
#include "http_server/request.h"

namespace awps::admin {

using http_server::Reply;
using http_server::Target;

class Operations {
 public:
  Operations(AdminService& service, const Clock& clock) : service_(service), clock_(clock) {}

  Reply page(const Target& target);
  Reply live(const Target& target);
  Reply ready(const Target& target);
  Reply metrics(const Target& target);
  Reply status(const Target& target);
  Reply dead_letters(const Target& target);
  Reply config_diff(const Target& target);
  /// One at a time; the reply's stream ends it.
  Reply tap(const Target& target);
  Reply head_of_tap(const Target& target);

  Reply redrive(const std::string& body);
  Reply purge(const std::string& body);
  Reply pause(const std::string& body);
  Reply resume(const std::string& body);
  Reply drain(const std::string& body);
  Reply reload(const std::string& body);
  Reply set_log_level(const std::string& body);
  Reply client_url(const std::string& body);

  /// Something may have changed: the next status is a new one.
  void forget_status();

 private:
  using HubOperation = AdminResult<void> (AdminService::*)(const std::string&);

  const ServiceStatus& current_status();
  Reply on_hub(const std::string& body, HubOperation operation);
  AdminResult<DeadLetterPage> page_of(const std::string& hub, uint64_t after, size_t limit);

  AdminService& service_;
  const Clock& clock_;
  bool is_tapped_ = false;
  ServiceStatus status_;
  Instant status_until_ = Instant::min();
};

}  // namespace awps::admin
