#include "tests/http/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <charconv>

#include "base/check.h"

namespace awps {

namespace {

UniqueFd listen_on(const char* dotted, uint16_t& port) {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  AWPS_CHECK(inet_pton(AF_INET, dotted, &address.sin_addr) == 1);
  AWPS_CHECK(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  AWPS_CHECK(listen(fd.get(), 128) == 0);
  socklen_t size = sizeof address;
  AWPS_CHECK(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port = ntohs(address.sin_port);
  return fd;
}

size_t content_length(std::string_view head) {
  constexpr std::string_view kKey = "Content-Length: ";
  const size_t at = head.find(kKey);
  if (at == std::string_view::npos) return 0;
  size_t length = 0;
  std::from_chars(head.data() + at + kKey.size(), head.data() + head.size(), length);
  return length;
}

}  // namespace

ServerConnection::ServerConnection(int fd, int number, ScriptedServer& server)
    : fd_(fd), number_(number), server_(server) {
  const timeval limit{.tv_sec = 10, .tv_usec = 0};
  AWPS_CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
  AWPS_CHECK(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0);
}

bool ServerConnection::read_more() {
  char buffer[16384];
  const ssize_t got = recv(fd_.get(), buffer, sizeof buffer, 0);
  if (got <= 0) return false;
  unread_.append(buffer, static_cast<size_t>(got));
  return true;
}

std::optional<std::string> ServerConnection::read_head() {
  size_t end = std::string::npos;
  while ((end = unread_.find("\r\n\r\n")) == std::string::npos) {
    if (!read_more()) return std::nullopt;
  }
  ++server_.requests_;
  std::string head = unread_.substr(0, end + 4);
  unread_.erase(0, end + 4);
  return head;
}

std::optional<ReceivedRequest> ServerConnection::read_request() {
  std::optional<std::string> head = read_head();
  if (!head) return std::nullopt;
  const size_t length = content_length(*head);
  while (unread_.size() < length) {
    if (!read_more()) return std::nullopt;
  }
  ReceivedRequest request{std::move(*head), unread_.substr(0, length)};
  unread_.erase(0, length);
  return request;
}

void ServerConnection::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(put));
  }
}

void ServerConnection::close() {
  fd_.reset();
}

void ServerConnection::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  AWPS_CHECK(setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
  fd_.reset();
}

void ServerConnection::wait_until_peer_closes() {
  while (read_more()) unread_.clear();
}

ScriptedServer::ScriptedServer(Script script, const char* address, uint16_t port)
    : script_(std::move(script)), port_(port), listener_(listen_on(address, port_)) {
  accepting_ = std::thread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
  shutdown(listener_.get(), SHUT_RDWR);
  accepting_.join();
  std::vector<std::thread> threads;
  {
    const MutexLock lock(mutex_);
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
}

void ScriptedServer::accept_all() {
  while (true) {
    const int fd = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const int number = ++connections_;
    std::thread thread([this, fd, number] {
      ServerConnection connection(fd, number, *this);
      script_(connection);
    });
    const MutexLock lock(mutex_);
    threads_.push_back(std::move(thread));
  }
}

std::string ScriptedServer::url(std::string_view path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
}

ScriptedServer::Script always(std::string answer) {
  return [answer = std::move(answer)](ServerConnection& connection) {
    while (connection.read_request()) connection.write(answer);
  };
}

uint16_t unused_port() {
  uint16_t port = 0;
  const UniqueFd closed_on_return = listen_on("127.0.0.1", port);
  return port;
}

}  // namespace awps
