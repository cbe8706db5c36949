#include "http_server/tls_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <string_view>

namespace awps::http_server {

namespace {

namespace ssl = boost::asio::ssl;

// A length before each name (RFC 7301).
constexpr std::string_view kProtocols = "\x08http/1.1";

int select_protocol(SSL* /*connection*/, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned offered_size, void* /*context*/) {
  unsigned char* chosen = nullptr;
  const auto* const ours = reinterpret_cast<const unsigned char*>(kProtocols.data());
  const int outcome = ::SSL_select_next_proto(
      &chosen, out_size, ours, static_cast<unsigned>(kProtocols.size()), offered, offered_size);
  if (outcome != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

/// Without one OpenSSL asks at the terminal.
int no_pass_phrase(char* /*out*/, int /*size*/, int /*to_write*/, void* /*data*/) {
  return -1;
}

Error failed(const std::string& attempt, const std::string& path, const std::string& reason) {
  return {attempt + " '" + path + "': " + reason};
}

/// Looked at before OpenSSL opens it, which would wait for a named pipe.
Result<void> check_file(const std::string& attempt, const std::string& path, bool is_secret) {
  constexpr mode_t kOthersAccess = 007;
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return failed(attempt, path, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) return failed(attempt, path, "it is no regular file");
  if (is_secret && (status.st_mode & kOthersAccess) != 0) {
    return failed(attempt, path, "every user of this machine may use the file; `chmod 640` it");
  }
  return {};
}

}  // namespace

TlsContext::TlsContext() : context_(ssl::context::tls_server) {
  SSL_CTX* const native = context_.native_handle();
  ::SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  ::SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION);  // work that a client could ask for
  ::SSL_CTX_set_alpn_select_cb(native, select_protocol, nullptr);
  ::SSL_CTX_set_default_passwd_cb(native, no_pass_phrase);
}

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const Options& options) {
  const std::string certificate = "read the TLS certificate";
  const std::string key = "read the key of the TLS certificate";
  const Result<void> chain_file =
      check_file(certificate, options.certificate_file, /*is_secret=*/false);
  if (!chain_file) return chain_file.error();
  const Result<void> key_file = check_file(key, options.key_file, /*is_secret=*/true);
  if (!key_file) return key_file.error();

  const std::shared_ptr<TlsContext> made(new TlsContext());
  boost::system::error_code error;
  made->context_.use_certificate_chain_file(options.certificate_file, error);
  if (error) return failed(certificate, options.certificate_file, error.message());
  // Compares the key with the certificate, too.
  made->context_.use_private_key_file(options.key_file, ssl::context::pem, error);
  if (error) return failed(key, options.key_file, error.message());
  return std::shared_ptr<const TlsContext>(made);
}

}  // namespace awps::http_server
