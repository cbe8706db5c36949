#pragma once

// TlsContext: certificate and key of a server, and how it speaks TLS: 1.2 and later, ALPN
// http/1.1. A client that offers other protocols alone is refused; one that offers none is served.
//
// Immutable; shared by the connections that were begun with it. Any thread.

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

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

  /// For a stream, which takes it by a reference that it could change; it does not.
  boost::asio::ssl::context& of_stream() const { return context_; }

 private:
  TlsContext();

  mutable boost::asio::ssl::context context_;
};

}  // namespace awps::http_server
