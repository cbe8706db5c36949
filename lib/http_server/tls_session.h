#pragma once

// TlsSession: TLS on the server's side of one non-blocking socket, whenever that can be read or
// written. Asio's own stream would keep 34 KiB of buffers for each connection; this one keeps none
// between records.
//
// One thread.

#include <memory>
#include <span>
#include <string_view>

#include "http_server/tls_context.h"
#include "http_server/transfer.h"

struct ssl_st;

namespace awps::http_server {

class TlsSession {
 public:
  /// `socket` is borrowed.
  TlsSession(const TlsContext& context, int socket);

  /// Until it is kDone; before anything else.
  Transfer shake_hands();
  Transfer read(std::span<char> into);
  /// Not empty. What did not go is offered again.
  Transfer write(std::string_view text);
  /// Tells the client that nothing follows, if the socket takes it now.
  void finish();
  /// Decrypted bytes are here, of which the socket does not tell. A record of which a part is here
  /// does not count: it is the socket that brings the rest.
  bool has_pending() const;

 private:
  Transfer outcome_of(int returned);

  struct Freer {
    void operator()(ssl_st* session) const;
  };
  std::unique_ptr<ssl_st, Freer> session_;
};

}  // namespace awps::http_server
