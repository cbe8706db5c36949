#include "http_server/tls_context.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <string_view>

#include "base/ascii.h"

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

WallTime end_of(const X509* certificate) {
  std::tm time{};
  if (::ASN1_TIME_to_tm(::X509_get0_notAfter(certificate), &time) != 1) return WallTime::max();
  return WallTime(std::chrono::seconds(::timegm(&time)));
}

std::string text_of(const ASN1_STRING* string) {
  const auto* const bytes = reinterpret_cast<const char*>(::ASN1_STRING_get0_data(string));
  return {bytes, static_cast<size_t>(::ASN1_STRING_length(string))};
}

std::string address_of(const ASN1_OCTET_STRING* bytes) {
  constexpr int kIpv4 = 4;
  constexpr int kIpv6 = 16;
  const int size = ::ASN1_STRING_length(bytes);
  if (size != kIpv4 && size != kIpv6) return "";
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = size == kIpv4 ? AF_INET : AF_INET6;
  return ::inet_ntop(family, ::ASN1_STRING_get0_data(bytes), text.data(), text.size());
}

/// Clients go by these alone (RFC 9110, section 4.3.4); a common name does not count.
std::vector<std::string> names_of(const X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, decltype(&::GENERAL_NAMES_free)> all(
      static_cast<GENERAL_NAMES*>(
          ::X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      &::GENERAL_NAMES_free);
  std::vector<std::string> names;
  for (int i = 0; all != nullptr && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type == GEN_DNS) names.push_back(to_lower(text_of(name->d.dNSName)));
    if (name->type == GEN_IPADD) names.push_back(address_of(name->d.iPAddress));
  }
  std::erase(names, "");
  return names;
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
  // A session gives its buffers back between records; what could not be written is offered again,
  // from wherever it is then.
  ::SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  ::SSL_CTX_set_alpn_select_cb(native, select_protocol, nullptr);
  ::SSL_CTX_set_default_passwd_cb(native, no_pass_phrase);
}

void TlsContext::read_certificates() {
  SSL_CTX* const native = context_.native_handle();
  const X509* const own = ::SSL_CTX_get0_certificate(native);
  names_ = names_of(own);
  not_after_ = end_of(own);
  STACK_OF(X509)* chain = nullptr;
  ::SSL_CTX_get0_chain_certs(native, &chain);
  for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) {
    not_after_ = std::min(not_after_, end_of(sk_X509_value(chain, i)));
  }
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
  made->read_certificates();
  return std::shared_ptr<const TlsContext>(made);
}

}  // namespace awps::http_server
