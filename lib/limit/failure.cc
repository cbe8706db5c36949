#include "limit/failure.h"

namespace awps {

std::string_view name_of(HoldReason reason) {
  switch (reason) {
    case HoldReason::kNone:
      return "none";
    case HoldReason::kUnreachable:
      return "service unreachable";
    case HoldReason::kFailing:
      return "service failing";
    case HoldReason::kCredential:
      return "credential refused";
    case HoldReason::kEndpointAtFault:
      return "endpoint at fault";
  }
  return "";
}

std::string_view remedy_of(HoldReason reason) {
  switch (reason) {
    case HoldReason::kNone:
      break;
    case HoldReason::kUnreachable:
      return "check the endpoint's address, DNS, the proxy and the network; it is probed each "
             "second";
    case HoldReason::kFailing:
      return "look at the service's state in the Azure portal; it is probed each second, and "
             "actions wait meanwhile";
    case HoldReason::kCredential:
      return "check the access key, or the identity and its role; it is probed, and a rewritten "
             "connection_file or a reload ends the hold";
    case HoldReason::kEndpointAtFault:
      return "check the endpoint's address, the hub's name and the proxy";
  }
  return "";
}

}  // namespace awps
