#include "tests/http_server/gate_handler.h"

#include <algorithm>
#include <utility>

#include "tests/support/unix_client.h"

namespace awps::http_server {

bool GateHandler::is_known(const Request& head) {
  return head.header("Authorization") == "known";
}

std::optional<Reply> GateHandler::on_head(const Request& head) {
  if (head.target != "/refused") return std::nullopt;
  return reply_of(head.target, 403, "refused");
}

size_t GateHandler::max_body(const Request& head) {
  return head.target == "/tiny" ? 4 : Handler::max_body(head);
}

void GateHandler::handle(Request request, Responder responder) {
  const std::string target = request.target;
  note("request " + target);
  if (target.starts_with("/later")) {
    later_.emplace(target, Held{std::move(request), std::move(responder)});
    return;
  }
  responder.send(reply_of(target, 200, request.body));
}

Reply GateHandler::refusal(int status, const std::string& message) {
  return text_reply(status, message);
}

void GateHandler::on_connection_end(uint64_t connection) {
  note("end " + std::to_string(connection));
}

void GateHandler::answer(Server& server, const std::string& target, const std::string& text) {
  server.post([this, target, text] {
    const auto found = later_.find(target);
    if (found == later_.end()) return note("nothing of " + target);
    Reply reply = reply_of(target, 200, text);
    reply.ends_connection = target == "/later-and-last";
    found->second.responder.send(std::move(reply));
    later_.erase(found);
  });
}

bool GateHandler::wait_for(const std::string& wanted, int times) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kTestDeadline,
                           [&] { return std::ranges::count(notes_, wanted) >= times; });
}

int GateHandler::count(const std::string& wanted) const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(std::ranges::count(notes_, wanted));
}

std::vector<std::string> GateHandler::notes() const {
  const std::lock_guard lock(mutex_);
  return notes_;
}

Reply GateHandler::reply_of(const std::string& target, int status, const std::string& text) {
  Reply reply = text_reply(status, text);
  reply.on_written = [this, target](bool written) {
    note((written ? "written " : "unwritten ") + target);
  };
  return reply;
}

void GateHandler::note(const std::string& text) {
  const std::lock_guard lock(mutex_);
  notes_.push_back(text);
  changed_.notify_all();
}

}  // namespace awps::http_server
