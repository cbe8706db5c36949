#pragma once

// DaemonHarness: the hubs of a configuration with everything by which operators and reloads reach
// them. The workers' threads are real; the service and the clock are the test's. It stands where
// Daemon stands, but has no socket.
//
// Belongs to the test's thread.

#include <gtest/gtest.h>
#include <spdlog/logger.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "config/load.h"
#include "daemon/awpsd/hub_table.h"
#include "daemon/awpsd/reloader.h"
#include "daemon/awpsd/status_reader.h"
#include "daemon/awpsd/steering.h"
#include "daemon/awpsd/stream_table.h"
#include "queue/report_queue.h"
#include "tests/daemon/fake_azure.h"

namespace awps {

/// Of a valid text.
Config config_of(const std::string& toml);

/// Environment variables alone.
SettingsSource settings_of(std::map<std::string, std::string, std::less<>> environment);

/// "Endpoint=https://HOST.example;AccessKey=key;Version=1.0;"
std::string connection_to(const std::string& host);

/// The setting of the default service, which lies at https://main.example.
SettingsSource default_settings();

/// A producer that sends to the users "1", "2", … and waits for what becomes of it.
class TestProducer {
 public:
  TestProducer();

  /// One action for each data.
  void send(HubUnit& hub, const std::vector<std::string>& data);
  /// The same, as records of a stream.
  void send_records(HubUnit& hub, const std::vector<std::string>& data);
  /// The next outcomes: "delivered", "dead_lettered", … in the order reported.
  std::vector<std::string> wait_for_outcomes(size_t count);

 private:
  std::unique_ptr<Batch> batch_of(Account& account, const std::vector<std::string>& data);

  std::mutex mutex_;
  std::condition_variable condition_;
  bool notified_ = false;
  ReportQueue reports_;
  std::map<const HubUnit*, Account> accounts_;
  std::map<const HubUnit*, Account> partitions_;
  uint64_t seq_ = 0;
};

class DaemonHarness : public testing::Test {
 protected:
  DaemonHarness();
  ~DaemonHarness() override;

  /// Makes everything from the configuration, and starts the workers.
  void start(const std::string& toml);
  /// The configuration is another one from now on: what a reload will find.
  void rewrite(const std::string& toml);
  /// And reload.
  AdminResult<ConfigDiff> reload(const std::string& toml);
  Result<void> apply(const std::string& toml);
  /// Moves the clock, and lets the workers see it.
  void pass(Duration time);
  /// Waits for it; a test that waits in vain fails by its timeout.
  void until(const std::function<bool()>& condition);
  /// A hub that was taken out has ended.
  void wait_until_gone(const std::string& name);
  /// With the hubs, before what make_stream_ends_ made sources of is gone.
  void end_streams();

  HubUnit& hub(const std::string& name);
  HubStatus status_of_hub(const std::string& name);
  /// Names of hubs() / of what producers may send to.
  std::vector<std::string> names() const;
  std::vector<std::string> directory() const;
  std::string log() const { return log_.str(); }
  /// The lines that a stop left; after join() only.
  std::vector<std::string> undelivered() const;

  std::ostringstream log_;
  spdlog::logger logger_;
  Notifier notifier_;
  FakeClock clock_;
  FakeAzure azure_{clock_};
  SettingsSource settings_ = default_settings();
  std::string folder_;
  std::string lost_;                        // why producers cannot connect
  std::optional<GatewayStatus> gateway_;    // what it says of itself
  std::function<void()> before_transport_;  // called before the next hubs' transports are made
  std::optional<UndeliveredFile> undelivered_;
  std::optional<UndeliveredFiles> left_;
  std::optional<SpoolTrial> spool_;
  std::optional<TestProducer> producer_;
  std::optional<HubLogs> logs_;
  std::optional<HubTable> hubs_;
  std::optional<Reloader> reloader_;
  std::optional<StreamTable> streams_;
  std::optional<StatusReader> reader_;
  std::optional<Steering> steering_;
  MakeStreamEnds make_stream_ends_;  // of streams of the configuration
  // Hubs that refused what doors brought, when these were told of another directory.
  std::vector<std::string> refused_;

 private:
  void make_hubs(const Config& config, const SpoolConfig& spool);
  void make_reloader(const Config& config);
  void follow(const std::vector<IntakeHub>& hubs);
  DoorReading doors() const {
    return {.producers = 7, .address = "/s", .lost = lost_, .gateway = gateway_};
  }

  std::string toml_;
  std::vector<IntakeHub> directory_;  // as a door would have it
};

}  // namespace awps
