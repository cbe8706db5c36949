#pragma once

// GateHandler: a handler that refuses by heads, answers later and out of order, and notes all that
// the server tells it. It knows clients by `Authorization: known`.
//
// The server calls it in its own thread; the rest, any thread.

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "http_server/server.h"

namespace awps::http_server {

class GateHandler final : public Handler {
 public:
  bool is_known(const Request& head) override;
  /// /refused: 403.
  std::optional<Reply> on_head(const Request& head) override;
  /// Of /tiny: 4 bytes.
  size_t max_body(const Request& head) override;
  /// /later…: when answer() says so. Else at once, with the body of the request.
  void handle(Request request, Responder responder) override;
  Reply refusal(int status, const std::string& message) override;
  void on_connection_end(uint64_t connection) override;

  /// Has the later one of this target answered with that text.
  void answer(Server& server, const std::string& target, const std::string& text);

  /// Waits until this was noted so often; false at the deadline. "request /x", "written /x",
  /// "unwritten /x", "end 1".
  bool wait_for(const std::string& note, int times = 1);
  int count(const std::string& note) const;
  std::vector<std::string> notes() const;

 private:
  struct Held {
    Request request;
    Responder responder;
  };
  Reply reply_of(const std::string& target, int status, const std::string& text);
  void note(const std::string& text);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> notes_;
  std::multimap<std::string, Held> later_;  // of the server's thread
};

}  // namespace awps::http_server
