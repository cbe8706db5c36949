#pragma once

// DoorRig: a door on a real server, over a Unix socket or TCP, in virtual time: hubs are played by
// the test, and so is the service that reads ask.
//
// One test thread, but for the server's and the reads' own.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/door.h"
#include "http_server/server.h"
#include "tests/gateway/played_hub.h"
#include "tests/gateway/scripted_service.h"
#include "tests/support/http_client.h"
#include "tests/support/test_folder.h"

namespace awps {

inline constexpr char kServiceUrl[] = "https://example.webpubsub.azure.com";
inline constexpr char kServiceKey[] = "the service's own key, of 32 characters or more";
inline constexpr char kOtherKey[] = "another key, of 32 characters or more, as it seems";

/// An hour ahead of the machine's, so that no timer of the server fires by itself.
class TestClock final : public Clock {
 public:
  Instant now() const override { return start_ + Duration(passed_.load()); }
  WallTime wall_now() const override { return WallTime(std::chrono::seconds(1'800'000'000)); }
  void advance(Duration length) { passed_ += length.count(); }

 private:
  const Instant start_ = BootClock::now() + std::chrono::hours(1);
  std::atomic<Duration::rep> passed_{0};
};

class DoorRig {
 public:
  struct Options {
    bool over_tcp = false;
    std::vector<PlayedHub::Options> hubs = {{}};
    DoorOptions door{};
    Door::Limits limits{};
    /// Changes the rules of a hub, which are plain ones.
    std::function<void(HubRules&)> change_rules = [](HubRules&) {};
    bool has_ways = true;
  };

  explicit DoorRig(Options options);
  DoorRig() : DoorRig(Options{}) {}
  ~DoorRig();

  HttpClient client() const { return HttpClient(to_text(server().addresses()[0])); }
  http_server::Server& server() const { return *server_; }
  PlayedHub& hub(size_t number = 0) { return *hubs_[number]; }

  /// Time passes, and the door looks at it.
  void pass(Duration length);
  /// Lets time pass until the client has something to read; false at the deadline.
  bool pass_until_answered(const HttpClient& client);
  /// What the server's thread was told by now is done, and what came on open connections is read.
  void let_server_turn();
  bool wait_for_joins(uint64_t count) const;
  Door::Kept kept();
  void set_hubs();
  void stop();
  /// The door has been stopped by the test.
  void end_without_stop();

  /// "Authorization: Bearer …" for this path.
  static std::string bearer(const std::string& path, std::string_view key = kServiceKey,
                            const std::string& url = kServiceUrl);

  TestFolder folder;
  TestClock clock;
  GatewayCounters counters;
  ScriptedService service;
  std::atomic<double> pace{0};
  std::atomic<bool> has_permits{true};
  std::atomic<int> permits_asked_for{0};
  std::atomic<int> trouble_seconds{0};
  std::vector<std::string> warnings;
  std::function<void(HubRules&)> change_rules;

 private:
  Door::Hubs door_hubs();
  std::shared_ptr<const ReadWay> way();

  Options options_;
  std::unique_ptr<Door> door_;
  std::vector<std::unique_ptr<PlayedHub>> hubs_;
  std::unique_ptr<http_server::Server> server_;
  bool has_stopped_ = false;

 public:
  Door& door() { return *door_; }
};

/// A send to everybody of the hub.
std::string send_text(const std::string& data, const std::vector<std::string>& headers = {},
                      const std::string& target = "/api/hubs/chat/:send?api-version=2024-12-01");
/// Any request; its headers are whole lines.
std::string request_of(const std::string& method, const std::string& target,
                       const std::vector<std::string>& headers = {}, const std::string& body = {});

}  // namespace awps
