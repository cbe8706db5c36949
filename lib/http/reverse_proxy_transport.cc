#include "http/reverse_proxy_transport.h"

#include <utility>

#include "base/check.h"

namespace awps {

namespace {

std::string_view without_path(std::string_view url) {
  const size_t host = url.find("://");
  AWPS_CHECK(host != std::string_view::npos);
  return url.substr(0, url.find('/', host + 3));
}

}  // namespace

ReverseProxyTransport::ReverseProxyTransport(std::unique_ptr<HttpTransport> within,
                                             std::string_view service_url,
                                             std::string_view proxy_url)
    : within_(std::move(within)), service_(without_path(service_url)), proxy_(proxy_url) {}

void ReverseProxyTransport::start(uint64_t tag, const HttpRequest& request) {
  AWPS_CHECK(request.url.starts_with(service_));
  url_ = proxy_;
  url_ += request.url.substr(service_.size());
  HttpRequest redirected = request;
  redirected.url = url_;
  within_->start(tag, redirected);
}

}  // namespace awps
