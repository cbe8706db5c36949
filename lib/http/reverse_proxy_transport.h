#pragma once

// ReverseProxyTransport: sends what is meant for the service to a reverse proxy that stands before
// it (API Management, Application Gateway, haproxy). Path, query, body and headers stay; scheme,
// host and port become the proxy's, and so does the Host line. Tokens are made before, for the
// service's own URL, as the SDKs do with `reverseProxyEndpoint`.
//
// Of the thread of the transport within.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/http_transport.h"

namespace awps {

class ReverseProxyTransport final : public HttpTransport {
 public:
  /// `service_url`: scheme://host[:port][/prefix]; what stands before its prefix is replaced.
  /// `proxy_url`: scheme://host[:port].
  ReverseProxyTransport(std::unique_ptr<HttpTransport> within, std::string_view service_url,
                        std::string_view proxy_url);

  void start(uint64_t tag, const HttpRequest& request) override;
  void poll(Duration timeout, std::vector<Completion>& completions) override {
    within_->poll(timeout, completions);
  }
  void wake() override { within_->wake(); }
  void renew_connections() override { within_->renew_connections(); }

 private:
  const std::unique_ptr<HttpTransport> within_;
  const std::string service_;  // without its prefix
  const std::string proxy_;
  std::string url_;
};

}  // namespace awps
