#include "tests/http_server/test_handler.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "tests/support/unix_client.h"

namespace awps::http_server {

class TestHandler::Pieces final : public Stream {
 public:
  explicit Pieces(TestHandler& handler) : handler_(handler) { count(1); }
  ~Pieces() override { count(-1); }
  Pieces(const Pieces&) = delete;
  Pieces& operator=(const Pieces&) = delete;

  std::string take() override {
    const std::lock_guard lock(handler_.mutex_);
    return std::exchange(handler_.pieces_, {});
  }
  bool is_over() override {
    const std::lock_guard lock(handler_.mutex_);
    return handler_.is_stream_over_;
  }

 private:
  void count(int more) {
    const std::lock_guard lock(handler_.mutex_);
    handler_.streams_ += more;
    handler_.has_streamed_ = true;
    handler_.changed_.notify_all();
  }

  TestHandler& handler_;
};

bool TestHandler::is_known(const Request& head) {
  return head.header("Authorization") == "known";
}

void TestHandler::handle(Request request, Responder responder) {
  const std::string path = request.target;
  {
    std::unique_lock lock(mutex_);
    paths_.push_back(path);
    if (path == "/note") notes_.push_back(request.body);
    changed_.notify_all();
    if (path == "/slow") changed_.wait_for(lock, kTestDeadline, [this] { return is_released_; });
  }
  if (path == "/later") return later_.push_back(std::move(responder));
  if (path == "/dropped") return;
  if (path == "/empty") return responder.send({.status = 204});
  if (path == "/large") return responder.send(text_reply(200, std::string(7'000'000, 'x')));
  if (path == "/stream") {
    return responder.send(
        {.content_type = "text/plain", .stream = std::make_unique<Pieces>(*this)});
  }
  const bool is_ours = path == "/ok" || path == "/note" || path == "/slow" || path == "/end";
  Reply reply = is_ours ? text_reply(200, "ok") : text_reply(404, "there is no " + path);
  reply.ends_connection = path == "/end";
  responder.send(std::move(reply));
}

Reply TestHandler::refusal(int status, const std::string& message) {
  return text_reply(status, message);
}

void TestHandler::release() {
  const std::lock_guard lock(mutex_);
  is_released_ = true;
  changed_.notify_all();
}

void TestHandler::add_to_stream(const std::string& piece) {
  const std::lock_guard lock(mutex_);
  pieces_ += piece;
}

void TestHandler::end_stream() {
  const std::lock_guard lock(mutex_);
  is_stream_over_ = true;
}

std::vector<Responder> TestHandler::take_later() {
  return std::exchange(later_, {});
}

std::vector<std::string> TestHandler::notes() const {
  const std::lock_guard lock(mutex_);
  return notes_;
}

bool TestHandler::wait_for(const std::string& path, int times) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kTestDeadline,
                           [&] { return std::ranges::count(paths_, path) >= times; });
}

bool TestHandler::wait_for_end_of_stream() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kTestDeadline, [&] { return has_streamed_ && streams_ == 0; });
}

}  // namespace awps::http_server
