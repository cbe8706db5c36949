#pragma once

// ScriptedServer: a raw socket on loopback whose every connection runs a script on a thread of its
// own, so that a test can break HTTP at any byte. Reading and writing end after ten seconds,
// whatever happens.

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "base/unique_fd.h"

namespace awps {

struct ReceivedRequest {
  std::string head;  // request line and header lines, with the blank line
  std::string body;
};

class ScriptedServer;

class ServerConnection {
 public:
  ServerConnection(int fd, int number, ScriptedServer& server);

  int number() const { return number_; }  // from 1, in the order accepted
  std::optional<std::string> read_head();
  std::optional<ReceivedRequest> read_request();
  void write(std::string_view bytes);
  /// Ends the connection in order, or with a reset.
  void close();
  void reset();
  void wait_until_peer_closes();

 private:
  bool read_more();

  UniqueFd fd_;
  const int number_;
  ScriptedServer& server_;
  std::string unread_;
};

class ScriptedServer {
 public:
  using Script = std::function<void(ServerConnection&)>;

  explicit ScriptedServer(Script script) : ScriptedServer(std::move(script), "127.0.0.1", 0) {}
  /// On an address of loopback, 127.…; port 0: a free one.
  ScriptedServer(Script script, const char* address, uint16_t port);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  uint16_t port() const { return port_; }
  std::string url(std::string_view path) const;
  int connections() const { return connections_; }
  /// Heads read so far.
  int requests() const { return requests_; }

 private:
  friend class ServerConnection;
  void accept_all();

  const Script script_;
  uint16_t port_ = 0;  // before the listener, which sets it
  UniqueFd listener_;
  std::atomic<int> connections_{0};
  std::atomic<int> requests_{0};
  Mutex mutex_;
  std::vector<std::thread> threads_ GUARDED_BY(mutex_);
  std::thread accepting_;
};

/// A script that answers every request of a connection with `answer`.
ScriptedServer::Script always(std::string answer);

inline constexpr std::string_view kAccepted = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";

/// A port of loopback on which nobody listens.
uint16_t unused_port();

}  // namespace awps
