#include "bench/emulated_service.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/check.h"

namespace awps {

namespace {
constexpr double kBurstSeconds = 0.2;
}  // namespace

EmulatedService::EmulatedService(const Options& options) {
  emulator::Options started;
  started.service.log_entries = 0;
  started.service.delay = std::chrono::milliseconds(options.round_trip_ms);
  started.service.throttle = {.requests_per_second = options.requests_per_second,
                              .burst = options.requests_per_second * kBurstSeconds};
  auto emulator = emulator::Emulator::start(std::move(started));
  AWPS_CHECK(emulator.ok());
  emulator_ = std::move(*emulator);
}

void EmulatedService::connect(std::vector<Client> clients) {
  const SystemClock clock;
  emulator_->run([&](emulator::Service& service) {
    for (Client& client : clients) {
      emulator::ClientAdmission admission{
          .hub = "bench", .user_id = std::move(client.user), .groups = std::move(client.groups)};
      const auto id = service.open(admission, *client.receiver, {clock.now(), clock.wall_now()});
      AWPS_CHECK(id.has_value());
    }
  });
}

bool EmulatedService::wait_for(std::function<bool()> condition, std::chrono::milliseconds timeout) {
  return emulator_->wait_for(
      [condition = std::move(condition)](const emulator::Counters&) { return condition(); },
      timeout);
}

void EmulatedService::run(const std::function<void()>& action) {
  emulator_->run([&](emulator::Service&) { action(); });
}

Memberships EmulatedService::memberships() {
  std::string text;
  emulator_->run([&](emulator::Service& service) { text = service.connections_json(); });
  Memberships found;
  for (const auto& connection : nlohmann::json::parse(text)) {
    if (connection["userId"].is_null()) continue;
    const auto user = connection["userId"].get<std::string>();
    for (const auto& group : connection["groups"]) {
      found.emplace_back(user, group.get<std::string>());
    }
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace awps
