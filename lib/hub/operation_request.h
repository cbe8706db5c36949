#pragma once

// From an operation to its request: the single action's, a broadcast or a change of many
// memberships by a filter of names, or a merged message. It is built anew for each attempt, from
// the members that are left.
//
// One thread; memory is used again.

#include <string>
#include <string_view>
#include <vector>

#include "hub/operation.h"
#include "service_api/request_builder.h"

namespace awps {

class OperationRequestWriter {
 public:
  /// `request` borrows from the operation's members. The operation has members.
  void write(const RequestBuilder& builder, const Operation& operation, ServiceRequest& request);

 private:
  void write_filter(const Operation& operation);
  static void write_merged(const Operation& operation, ServiceRequest& request);

  std::vector<std::string_view> names_;
  std::string filter_;
};

/// Data bytes of its next request, as the limits of bytes count them.
size_t request_bytes(const Operation& operation);

/// Does its request show something to clients, so that sending it twice may show it twice?
bool is_send(const Operation& operation);

}  // namespace awps
