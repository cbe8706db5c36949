#include "tests/admin/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "tests/support/unix_client.h"

namespace awps::admin {

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

HttpClient::HttpClient(const std::string& address)
    : fd_(connected_to(address)), connected_(fd_.valid()) {}

bool HttpClient::write(std::string_view text) {
  while (!text.empty()) {
    pollfd entry{fd_.get(), POLLOUT, 0};
    const auto patience = std::chrono::milliseconds(kTestDeadline).count();
    if (::poll(&entry, 1, static_cast<int>(patience)) <= 0) return false;
    const ssize_t count = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
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
  pollfd entry{fd_.get(), POLLIN, 0};
  const auto patience = std::chrono::milliseconds(kTestDeadline).count();
  if (::poll(&entry, 1, static_cast<int>(patience)) <= 0) return false;
  char buffer[65536];
  const ssize_t count = ::recv(fd_.get(), buffer, sizeof buffer, 0);
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

}  // namespace awps::admin
