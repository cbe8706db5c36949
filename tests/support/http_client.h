#pragma once

// HttpClient: an HTTP client for tests, over a Unix socket or TCP, with TLS or without. It writes
// what a test gives it, right or wrong, and reads answers; every wait has a deadline.
//
// One thread.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace awps {

struct HttpAnswer {
  int status = 0;                              // 0: there was none
  std::map<std::string, std::string> headers;  // lower-case names
  std::string body;
  bool is_cut = false;  // the connection ended before the answer did

  std::string header(const std::string& name) const;
  /// error.code of the body, as the admin interface writes it; empty if it has none.
  std::string error_code() const;
  std::string error_message() const;
};

/// How a client speaks TLS, whoever the server says it is.
struct ClientTls {
  std::string protocols = "http/1.1";  // of ALPN, one; empty: none offered
  bool is_old = false;                 // TLS 1.1, no later one
};

class HttpClient {
 public:
  /// "unix:/path" or "127.0.0.1:9464", as to_text(ListenAddress) writes it.
  explicit HttpClient(const std::string& address, std::optional<ClientTls> tls = {});
  ~HttpClient();
  HttpClient(HttpClient&& other) noexcept;
  HttpClient& operator=(HttpClient&& other) noexcept;

  bool is_connected() const { return connected_; }
  /// Is done by the first write() or read(), too; false: it failed.
  bool shakes_hands();
  /// "TLSv1.3 http/1.1": the version, and what was chosen of the protocols.
  std::string tls_words() const;
  bool write(std::string_view text);
  /// Reads one answer; `to_head`: it has no body.
  HttpAnswer read(bool to_head = false);
  /// The next line of a chunked body whose head was read; empty at its end.
  std::string read_stream_line();
  /// The head of an answer alone.
  HttpAnswer read_head();
  /// Waits for the end of the connection, and throws away what comes before; false: the deadline.
  bool reads_end();
  /// Waits for it that long.
  bool has_unread(Duration length = {}) const;

  HttpAnswer ask(std::string_view text) { return write(text) ? read() : HttpAnswer{}; }
  HttpAnswer get(const std::string& target);
  HttpAnswer post(const std::string& target, const std::string& body);

  void close();
  int fd() const { return fd_.get(); }

 private:
  struct Session;  // of TLS

  ptrdiff_t send_some(std::string_view text);
  bool read_some();
  bool read_until(size_t bytes);

  UniqueFd fd_;
  std::unique_ptr<Session> session_;
  bool connected_ = false;
  bool ended_ = false;
  std::string read_;
  std::string line_;  // of a stream, what is no line yet
};

/// "GET /status HTTP/1.1" with a Host and the headers, which are whole lines without their end.
std::string request_text(const std::string& line, const std::vector<std::string>& headers = {},
                         const std::string& body = {});

}  // namespace awps
