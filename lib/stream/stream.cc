#include "stream/stream.h"

#include <utility>

#include "stream/stream_core.h"

namespace awps {

Stream::Stream(StreamOptions options, std::shared_ptr<const HubDirectory> hubs, Parts parts)
    : core_(std::make_unique<Core>(std::move(options), std::move(hubs), std::move(parts))) {}

Stream::~Stream() = default;

void Stream::turn(Instant now) {
  core_->turn(now);
}

Instant Stream::next_turn(Instant now) const {
  return core_->next_turn(now);
}

bool Stream::prepare_to_sleep() {
  return core_->prepare_to_sleep();
}

void Stream::woke_up() {
  core_->woke_up();
}

void Stream::set_options(const StreamOptions& options) {
  core_->set_options(options);
}

void Stream::follow_directory(std::shared_ptr<const HubDirectory> hubs) {
  core_->follow_directory(std::move(hubs));
}

void Stream::begin_stop(Instant now) {
  core_->begin_stop(now);
}

void Stream::hurry_stop(Instant now) {
  core_->hurry_stop(now);
}

bool Stream::has_stopped() const {
  return core_->has_stopped();
}

bool Stream::is_forgotten() {
  return core_->is_forgotten();
}

StreamStatus Stream::status() const {
  return core_->status();
}

void Stream::room_again() {
  core_->room_again();
}

}  // namespace awps
