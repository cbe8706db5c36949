#pragma once

// RequestBuilder: from an Action to the request that carries it out: the method, the URL, its
// audience, the content type, the body. One builder a hub.
//
// 1. URL: {endpoint}/api/hubs/{hub}{path}?api-version=V, then what the action carries, in the order
//    of the JavaScript SDK: excluded (repeated), filter, messageTtlSeconds; or excluded, reason; or
//    targetName. Absent options leave no trace, empty ones are sent ("reason=").
// 2. The audience is the URL up to its query: one token serves every request to the same path. With
//    a '/' in a name it is that text decoded but for the %2F, since the service compares it with
//    the path as it decoded it, and leaves %2F as it is; with the URL's own text it would answer
//    401.
// 3. Names in the path are not empty and neither "." nor "..", which would make a request for one
//    user a request for the hub. The codec refuses them; here they are our bug.
// 4. A request is written into a ServiceRequest that is used again: after the first few, nothing is
//    allocated. It borrows the action's data.
//
// It belongs to one thread, after construction it is never written.

#include <span>
#include <string>
#include <string_view>

#include "action/action.h"
#include "http/http_transport.h"

namespace awps {

struct ServiceRequest {
  HttpMethod method = HttpMethod::kPost;
  std::string url;
  size_t audience_size = 0;
  std::string_view content_type;  // empty: no body (PUT and POST then say Content-Length: 0)
  std::string_view body;
  std::string body_text;  // where `body` is not an action's data, it stands here

  std::string audience_text;  // the audience, where it is not the URL's own text

  std::string_view audience() const {
    return audience_text.empty() ? std::string_view(url).substr(0, audience_size)
                                 : std::string_view(audience_text);
  }
};

enum class MembershipChange : uint8_t { kAdd, kRemove };

class RequestBuilder {
 public:
  /// `endpoint_url` as ServiceEndpoint has it, `hub` in its canonical spelling.
  RequestBuilder(std::string_view endpoint_url, std::string_view hub, std::string_view api_version);

  void build(const Action& action, ServiceRequest& request) const;

  /// `:addToGroups` or `:removeFromGroups` for everyone whom `filter` selects. It is never empty:
  /// that would mean every connection of the hub.
  void build_bulk_membership(MembershipChange change, std::span<const std::string_view> groups,
                             std::string_view filter, ServiceRequest& request) const;

  /// Bytes of a broadcast's URL with a filter and a message TTL, without the filter's text.
  size_t broadcast_url_bytes() const;

  /// HEAD /api/health: is the service there at all? No hub, no effect, no token.
  void build_health(ServiceRequest& request) const;

 private:
  void append_path(const Action& action, std::string& url) const;

  std::string health_url_;
  std::string prefix_;  // {endpoint}/api/hubs/{hub}
  std::string query_;   // ?api-version=V
};

/// The attempt for what build_health() wrote, which it borrows: without a token, on a fresh
/// connection, with a short timeout.
HttpRequest health_request(const ServiceRequest& request);

/// What a message of this type says in its Content-Type line.
std::string_view content_type_of(DataType type);

}  // namespace awps
