#include "http/http_transport.h"

namespace awps {

std::string_view name_of(HttpMethod method) {
  switch (method) {
    case HttpMethod::kGet:
      return "GET";
    case HttpMethod::kPost:
      return "POST";
    case HttpMethod::kPut:
      return "PUT";
    case HttpMethod::kDelete:
      return "DELETE";
    case HttpMethod::kHead:
      return "HEAD";
  }
  return "";
}

std::string_view name_of(TransportError error) {
  switch (error) {
    case TransportError::kNone:
      return "none";
    case TransportError::kConnect:
      return "connect";
    case TransportError::kNotSent:
      return "not_sent";
    case TransportError::kBroken:
      return "broken";
    case TransportError::kTimeout:
      return "timeout";
    case TransportError::kInternal:
      return "internal";
  }
  return "";
}

}  // namespace awps
