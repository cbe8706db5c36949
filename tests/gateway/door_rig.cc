#include "tests/gateway/door_rig.h"

#include <future>
#include <thread>

#include "auth/token_cache.h"
#include "tests/support/fixed_token.h"
#include "tests/support/unix_client.h"

namespace awps {

namespace {

using Steady = std::chrono::steady_clock;

http_server::Limits limits_of_gateway() {
  http_server::Limits limits;
  limits.max_body_bytes = size_t{1} << 20U;
  limits.max_pipelined = 32;
  return limits;
}

}  // namespace

DoorRig::DoorRig(Options options)
    : change_rules(options.change_rules), options_(std::move(options)) {
  for (const PlayedHub::Options& hub : options_.hubs) {
    hubs_.push_back(std::make_unique<PlayedHub>(hub, [this] { door_->room_again(); }));
  }
  door_ = std::make_unique<Door>(
      options_.limits, options_.door, door_hubs(),
      Door::Parts{.clock = clock, .counters = counters, .warn = [this](const std::string& line) {
                    warnings.push_back(line);
                  }});
  http_server::Server::Options serving{.addresses = {{.host = "127.0.0.1"}},
                                       .thread_name = "gateway",
                                       .loop = {.limits = limits_of_gateway()}};
  if (!options_.over_tcp) serving.addresses = {{.unix_path = folder.file("socket")}};
  server_ = std::make_unique<http_server::Server>(std::move(serving), *door_);
  AWPS_CHECK(server_->listen().ok());
  door_->attach(*server_);
  server_->start();
}

DoorRig::~DoorRig() {
  for (const auto& hub : hubs_) hub->end();
  if (!has_stopped_) stop();
  server_.reset();
}

void DoorRig::stop() {
  has_stopped_ = true;
  door_->begin_stop();
  door_->finish_stop([](const std::string&) { return false; });
  server_->stop();
}

void DoorRig::end_without_stop() {
  has_stopped_ = true;
  server_->stop();
}

Door::Hubs DoorRig::door_hubs() {
  std::vector<IntakeHub> entries;
  Door::Hubs hubs;
  for (const auto& hub : hubs_) {
    entries.push_back(hub->entry());
    HubRules rules{.hub = entries.back().name, .service_url = kServiceUrl, .service_keys = [] {
                     return std::vector<std::string>{kServiceKey};
                   }};
    if (options_.has_ways) rules.way = way();
    change_rules(rules);
    hubs.rules.push_back(std::move(rules));
  }
  hubs.directory = std::make_shared<const HubDirectory>(std::move(entries), "");
  return hubs;
}

std::shared_ptr<const ReadWay> DoorRig::way() {
  auto made = std::make_shared<ReadWay>();
  made->key = "the way";
  made->make_transport = [this] { return service.transport(); };
  made->make_tokens = [] { return std::make_unique<FixedToken>(); };
  made->pace = [this] { return pace.load(); };
  made->take_permit = [this](Instant) {
    ++permits_asked_for;
    return has_permits.load();
  };
  made->trouble_left = [this](Instant) -> std::optional<Duration> {
    if (trouble_seconds == 0) return std::nullopt;
    return std::chrono::seconds(trouble_seconds);
  };
  return made;
}

void DoorRig::set_hubs() {
  door_->set_hubs(door_hubs());
}

void DoorRig::pass(Duration length) {
  clock.advance(length);
  door_->on_time();
  let_server_turn();
}

bool DoorRig::pass_until_answered(const HttpClient& client) {
  const auto deadline = Steady::now() + kTestDeadline;
  while (!client.has_unread(std::chrono::milliseconds(5))) {
    if (Steady::now() > deadline) return false;
    pass(std::chrono::seconds(1));
  }
  return true;
}

// What has come on open connections is read between two of these.
void DoorRig::let_server_turn() {
  for (int i = 0; i < 3; ++i) {
    std::promise<void> done;
    server_->post([&done] { done.set_value(); });
    done.get_future().wait();
  }
}

Door::Kept DoorRig::kept() {
  std::promise<Door::Kept> kept;
  server_->post([&] { kept.set_value(door_->kept()); });
  return kept.get_future().get();
}

bool DoorRig::wait_for_joins(uint64_t count) const {
  const auto deadline = Steady::now() + kTestDeadline;
  while (counters.values().joined < count) {
    if (Steady::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

std::string DoorRig::bearer(const std::string& path, std::string_view key, const std::string& url) {
  const HmacKey hmac(key);
  std::string header = "Authorization: Bearer ";
  const std::chrono::sys_seconds now(std::chrono::seconds(1'800'000'000));
  append_jwt(header, hmac, url + path.substr(0, path.find('?')), now,
             now + std::chrono::minutes(5));
  return header;
}

std::string request_of(const std::string& method, const std::string& target,
                       const std::vector<std::string>& headers, const std::string& body) {
  return request_text(method + " " + target + " HTTP/1.1", headers, body);
}

std::string send_text(const std::string& data, const std::vector<std::string>& headers,
                      const std::string& target) {
  std::vector<std::string> all = headers;
  all.emplace_back("Content-Type: text/plain");
  return request_of("POST", target, all, data);
}

}  // namespace awps
