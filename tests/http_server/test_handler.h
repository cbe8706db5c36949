#pragma once

// TestHandler: the handler of the tests of the server. It knows clients by `Authorization: known`,
// and answers what its paths say; what it was sent, it notes.
//
// The server calls it in its own thread; the rest, any thread.

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "http_server/handler.h"

namespace awps::http_server {

inline constexpr char kKnown[] = "Authorization: known";

class TestHandler final : public Handler {
 public:
  bool is_known(const Request& head) override;
  /// /ok, /large, /empty (204), /end (closes), POST /note, /slow (holds the thread until
  /// release()), /later (until take_later()), /dropped (never answered), /stream, else 404.
  void handle(Request request, Responder responder) override;
  Reply refusal(int status, const std::string& message) override;

  void release();
  void add_to_stream(const std::string& piece);
  void end_stream();
  /// In the server's thread, and when it has ended: those that are owed an answer.
  std::vector<Responder> take_later();
  std::vector<std::string> notes() const;
  /// Waits until so many requests of the path have come; false at the deadline.
  bool wait_for(const std::string& path, int times = 1);
  bool wait_for_end_of_stream();

 private:
  class Pieces;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> paths_;
  std::vector<std::string> notes_;
  std::vector<Responder> later_;  // of the server's thread
  std::string pieces_;
  int streams_ = 0;
  bool has_streamed_ = false;
  bool is_stream_over_ = false;
  bool is_released_ = false;
};

}  // namespace awps::http_server
