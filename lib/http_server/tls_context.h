#pragma once

// TlsContext: certificate and key of a server, and how it speaks TLS: 1.2 and later, ALPN
// http/1.1. A client that offers other protocols alone is refused; one that offers none is served.
//
// Immutable; shared by the connections that were begun with it. Any thread.

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace awps::http_server {

class TlsContext {
 public:
  /// Files in PEM, which may be the same one: the certificate with its chain, and the key. A key
  /// that every user of the machine may read, or one with a pass phrase, is refused.
  struct Options {
    std::string certificate_file;
    std::string key_file;
  };

  static Result<std::shared_ptr<const TlsContext>> load(const Options& options);

  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  /// When the first certificate of its chain to end does so: then clients refuse it.
  WallTime not_after() const { return not_after_; }
  /// The host names and addresses that its certificate is for, in lower case; a "*." stays.
  const std::vector<std::string>& names() const { return names_; }

  /// For a session, which takes it by a pointer through which it could change it; it does not, but
  /// counts that it holds it.
  SSL_CTX* of_session() const { return context_.native_handle(); }

 private:
  TlsContext();

  void read_certificates();

  mutable boost::asio::ssl::context context_;
  WallTime not_after_ = WallTime::max();
  std::vector<std::string> names_;
};

}  // namespace awps::http_server
