#include "tests/support/http_client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "tests/support/unix_client.h"

namespace awps {

namespace {

UniqueFd connected_to(const std::string& address) {
  if (address.starts_with("unix:")) {
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    std::strncpy(where.sun_path, address.c_str() + 5, sizeof where.sun_path - 1);
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int outcome =
        ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where);
    return outcome == 0 ? std::move(fd) : UniqueFd();
  }
  const size_t colon = address.rfind(':');
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(colon + 1))));
  ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &where.sin_addr);
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // Small, so that an answer which is not read soon does not fit into the kernel's buffers.
  const int bytes = 64 * 1024;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  const int outcome = ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where);
  return outcome == 0 ? std::move(fd) : UniqueFd();
}

nlohmann::json error_of(const std::string& body) {
  const auto parsed = nlohmann::json::parse(body, nullptr, false);
  return parsed.is_object() && parsed.contains("error") ? parsed["error"] : nlohmann::json();
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

std::string HttpAnswer::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

std::string HttpAnswer::error_code() const {
  const nlohmann::json error = error_of(body);
  return error.is_object() ? error.value("code", "") : "";
}

std::string HttpAnswer::error_message() const {
  const nlohmann::json error = error_of(body);
  return error.is_object() ? error.value("message", "") : "";
}

struct HttpClient::Session {
  struct Free {
    void operator()(SSL_CTX* made) const { ::SSL_CTX_free(made); }
    void operator()(SSL* made) const { ::SSL_free(made); }
  };

  Session(int fd, const ClientTls& tls) : context(::SSL_CTX_new(::TLS_client_method())) {
    (void)std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to a closed socket as to a pipe
    ::SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    if (tls.is_old) {
      ::SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
      ::SSL_CTX_set_security_level(context.get(), 0);  // Debian's knows no old version otherwise
    }
    connection.reset(::SSL_new(context.get()));
    ::SSL_set_connect_state(connection.get());
    const std::string offer = static_cast<char>(tls.protocols.size()) + tls.protocols;
    if (!tls.protocols.empty()) {
      ::SSL_set_alpn_protos(connection.get(), reinterpret_cast<const unsigned char*>(offer.data()),
                            static_cast<unsigned>(offer.size()));
    }
    AWPS_CHECK(::fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && ::SSL_set_fd(connection.get(), fd) == 1);
  }

  /// Calls an operation of OpenSSL until it neither wants to read nor to write.
  template <typename Operation>
  int carry_out(Operation operation) {
    for (;;) {
      ::ERR_clear_error();  // what another connection left would be taken for this one's
      const int outcome = operation(connection.get());
      const int error = ::SSL_get_error(connection.get(), outcome);
      if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return outcome;
      const short events = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
      pollfd entry{::SSL_get_fd(connection.get()), events, 0};
      const auto patience = std::chrono::milliseconds(kTestDeadline).count();
      if (::poll(&entry, 1, static_cast<int>(patience)) <= 0) return -1;
    }
  }

  std::unique_ptr<SSL_CTX, Free> context;
  std::unique_ptr<SSL, Free> connection;
};

HttpClient::HttpClient(const std::string& address, std::optional<ClientTls> tls)
    : fd_(connected_to(address)), connected_(fd_.valid()) {
  if (connected_ && tls) session_ = std::make_unique<Session>(fd_.get(), *tls);
}

HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&& other) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&& other) noexcept = default;

bool HttpClient::shakes_hands() {
  return session_->carry_out([](SSL* ssl) { return ::SSL_connect(ssl); }) == 1;
}

std::string HttpClient::tls_words() const {
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  ::SSL_get0_alpn_selected(session_->connection.get(), &chosen, &size);
  return std::string(::SSL_get_version(session_->connection.get())) + " " +
         std::string(reinterpret_cast<const char*>(chosen), size);
}

void HttpClient::close() {
  session_.reset();
  fd_.reset();
}

ptrdiff_t HttpClient::send_some(std::string_view text) {
  if (session_ == nullptr) {
    return ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  return session_->carry_out(
      [text](SSL* ssl) { return ::SSL_write(ssl, text.data(), static_cast<int>(text.size())); });
}

bool HttpClient::write(std::string_view text) {
  if (session_ != nullptr && !shakes_hands()) return false;
  while (!text.empty()) {
    pollfd entry{fd_.get(), POLLOUT, 0};
    const auto patience = std::chrono::milliseconds(kTestDeadline).count();
    if (::poll(&entry, 1, static_cast<int>(patience)) <= 0) return false;
    const ptrdiff_t count = send_some(text);
    if (count <= 0) return false;
    text.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

HttpAnswer HttpClient::read_head() {
  HttpAnswer answer;
  size_t end = std::string::npos;
  while ((end = read_.find("\r\n\r\n")) == std::string::npos) {
    if (!read_some()) return answer;
  }
  std::string head = read_.substr(0, end + 2);
  read_.erase(0, end + 4);
  AWPS_CHECK(head.starts_with("HTTP/1.1 "));
  answer.status = std::stoi(head.substr(9, 3));
  size_t at = head.find("\r\n") + 2;
  while (at < head.size()) {
    const size_t line_end = head.find("\r\n", at);
    const size_t colon = head.find(": ", at);
    const bool is_new = answer.headers
                            .emplace(lower(head.substr(at, colon - at)),
                                     head.substr(colon + 2, line_end - colon - 2))
                            .second;
    AWPS_CHECK(is_new);
    at = line_end + 2;
  }
  return answer;
}

HttpAnswer HttpClient::read(bool to_head) {
  HttpAnswer answer = read_head();
  if (to_head || answer.header("content-length").empty()) return answer;
  const size_t size = std::stoul(answer.header("content-length"));
  answer.is_cut = !read_until(size);
  answer.body = read_.substr(0, size);
  read_.erase(0, size);
  return answer;
}

std::string HttpClient::read_stream_line() {
  for (;;) {
    const size_t end = line_.find('\n');
    if (end != std::string::npos) {
      std::string line = line_.substr(0, end);
      line_.erase(0, end + 1);
      return line;
    }
    size_t head_end = std::string::npos;
    while ((head_end = read_.find("\r\n")) == std::string::npos) {
      if (!read_some()) return {};
    }
    size_t size = 0;
    std::from_chars(read_.data(), read_.data() + head_end, size, 16);
    if (!read_until(head_end + 2 + size + 2)) return {};
    line_ += read_.substr(head_end + 2, size);
    read_.erase(0, head_end + 2 + size + 2);
    if (size == 0) return {};
  }
}

bool HttpClient::reads_end() {
  while (read_some()) read_.clear();
  return ended_;
}

bool HttpClient::has_unread(Duration length) const {
  pollfd entry{fd_.get(), POLLIN, 0};
  const auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(length).count();
  return !read_.empty() || ::poll(&entry, 1, static_cast<int>(patience)) > 0;
}

HttpAnswer HttpClient::get(const std::string& target) {
  return ask(request_text("GET " + target + " HTTP/1.1"));
}

HttpAnswer HttpClient::post(const std::string& target, const std::string& body) {
  return ask(
      request_text("POST " + target + " HTTP/1.1", {"Content-Type: application/json"}, body));
}

bool HttpClient::read_until(size_t bytes) {
  while (read_.size() < bytes) {
    if (!read_some()) return false;
  }
  return true;
}

bool HttpClient::read_some() {
  if (ended_) return false;
  char buffer[65536];
  ptrdiff_t count = 0;
  if (session_ != nullptr) {
    count =
        session_->carry_out([&buffer](SSL* ssl) { return ::SSL_read(ssl, buffer, sizeof buffer); });
  } else {
    pollfd entry{fd_.get(), POLLIN, 0};
    const auto patience = std::chrono::milliseconds(kTestDeadline).count();
    if (::poll(&entry, 1, static_cast<int>(patience)) <= 0) return false;
    count = ::recv(fd_.get(), buffer, sizeof buffer, 0);
  }
  if (count <= 0) {
    ended_ = true;
    return false;
  }
  read_.append(buffer, static_cast<size_t>(count));
  return true;
}

std::string request_text(const std::string& line, const std::vector<std::string>& headers,
                         const std::string& body) {
  std::string text = line + "\r\n";
  const bool has_host = std::ranges::any_of(
      headers, [](const std::string& header) { return header.starts_with("Host:"); });
  if (!has_host) text += "Host: localhost\r\n";
  for (const std::string& header : headers) text += header + "\r\n";
  const bool is_post = line.starts_with("POST");
  if (is_post || !body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + body;
}

}  // namespace awps
