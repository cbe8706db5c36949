#include "gateway/door.h"

#include <utility>

#include "gateway/door_core.h"

namespace awps {

Door::Door(const Limits& limits, DoorOptions options, Hubs hubs, const Parts& parts)
    : core_(std::make_unique<Core>(limits, std::move(options), std::move(hubs), parts)) {}

Door::~Door() = default;

void Door::attach(http_server::Server& server) {
  core_->attach(server);
}

void Door::set_options(DoorOptions options) {
  core_->set_options(std::move(options));
}

void Door::set_hubs(Hubs hubs) {
  core_->set_hubs(std::move(hubs));
}

void Door::room_again() {
  core_->room_again();
}

void Door::on_time() {
  core_->on_time();
}

Door::Kept Door::kept() const {
  return core_->kept();
}

void Door::begin_stop() {
  core_->begin_stop();
}

void Door::finish_stop(const std::function<bool(const std::string& hub)>& has_log) {
  core_->finish_stop(has_log);
}

bool Door::is_known(const http_server::Request& head) {
  return core_->is_known(head);
}

std::optional<http_server::Reply> Door::on_head(const http_server::Request& head) {
  return core_->on_head(head);
}

size_t Door::max_body(const http_server::Request& /*head*/) {
  return core_->max_body();
}

void Door::handle(http_server::Request request, http_server::Responder responder) {
  core_->handle(std::move(request), std::move(responder));
}

http_server::Reply Door::refusal(int status, const std::string& message) {
  return core_->refusal(status, message);
}

void Door::on_connection_end(uint64_t connection) {
  core_->on_connection_end(connection);
}

}  // namespace awps
