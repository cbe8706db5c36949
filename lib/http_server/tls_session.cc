#include "http_server/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "base/check.h"

namespace awps::http_server {

namespace {

int socket_of(BIO* bio) {
  return static_cast<int>(reinterpret_cast<intptr_t>(::BIO_get_data(bio)));
}

bool is_temporary(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

int write_bio(BIO* bio, const char* bytes, int size) {
  ::BIO_clear_retry_flags(bio);
  const ssize_t sent =
      ::send(socket_of(bio), bytes, static_cast<size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && is_temporary(errno)) ::BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int read_bio(BIO* bio, char* into, int size) {
  ::BIO_clear_retry_flags(bio);
  const ssize_t got = ::recv(socket_of(bio), into, static_cast<size_t>(size), MSG_DONTWAIT);
  if (got < 0 && is_temporary(errno)) ::BIO_set_retry_read(bio);
  return static_cast<int>(got);
}

// NOLINTNEXTLINE(google-runtime-int): OpenSSL's type
long control_bio(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/// As BIO_s_socket(), which raises SIGPIPE where a client is gone.
const BIO_METHOD* quiet_socket() {
  static const BIO_METHOD* const kMethod = [] {
    BIO_METHOD* const made = ::BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "client");
    AWPS_CHECK(made != nullptr);
    ::BIO_meth_set_write(made, write_bio);
    ::BIO_meth_set_read(made, read_bio);
    ::BIO_meth_set_ctrl(made, control_bio);
    return made;
  }();
  return kMethod;
}

int bounded(size_t size) {
  return static_cast<int>(std::min<size_t>(size, std::numeric_limits<int>::max()));
}

}  // namespace

void TlsSession::Freer::operator()(ssl_st* session) const {
  ::SSL_free(session);
}

TlsSession::TlsSession(const TlsContext& context, int socket)
    : session_(::SSL_new(context.of_session())) {
  BIO* const bio = ::BIO_new(quiet_socket());
  AWPS_CHECK(session_ != nullptr && bio != nullptr);  // only a lack of memory
  ::BIO_set_data(bio, reinterpret_cast<void*>(static_cast<intptr_t>(socket)));
  ::BIO_set_init(bio, 1);
  ::SSL_set_bio(session_.get(), bio, bio);
  ::SSL_set_accept_state(session_.get());
}

Transfer TlsSession::shake_hands() {
  ::ERR_clear_error();
  return outcome_of(::SSL_do_handshake(session_.get()));
}

Transfer TlsSession::read(std::span<char> into) {
  ::ERR_clear_error();
  return outcome_of(::SSL_read(session_.get(), into.data(), bounded(into.size())));
}

Transfer TlsSession::write(std::string_view text) {
  ::ERR_clear_error();
  return outcome_of(::SSL_write(session_.get(), text.data(), bounded(text.size())));
}

void TlsSession::finish() {
  ::ERR_clear_error();
  if (::SSL_is_init_finished(session_.get()) == 1) (void)::SSL_shutdown(session_.get());
}

bool TlsSession::has_pending() const {
  return ::SSL_pending(session_.get()) > 0;
}

Transfer TlsSession::outcome_of(int returned) {
  if (returned > 0) return {.bytes = static_cast<size_t>(returned)};
  switch (::SSL_get_error(session_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return {.state = Transfer::State::kWaitsRead};
    case SSL_ERROR_WANT_WRITE:
      return {.state = Transfer::State::kWaitsWrite};
    default:
      return {.state = Transfer::State::kOver};
  }
}

}  // namespace awps::http_server
