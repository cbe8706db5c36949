#include "tests/daemon/daemon_harness.h"

#include <spdlog/sinks/ostream_sink.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>
#include <variant>

namespace awps {

Config config_of(const std::string& toml) {
  const ConfigText text{.file = "test.toml", .text = toml};
  ConfigReading reading = parse_config(std::span(&text, 1));
  EXPECT_TRUE(reading.ok()) << to_string(reading.mistakes);
  return std::move(reading.config);
}

SettingsSource settings_of(std::map<std::string, std::string, std::less<>> environment) {
  return {
      .credential = [](std::string_view) { return std::optional<std::string>(); },
      .environment =
          [environment = std::move(environment)](std::string_view name) {
            const auto found = environment.find(name);
            return found == environment.end() ? std::nullopt
                                              : std::optional<std::string>(found->second);
          },
  };
}

std::string connection_to(const std::string& host) {
  return "Endpoint=https://" + host + ".example;AccessKey=key;Version=1.0;";
}

SettingsSource default_settings() {
  return settings_of({{"WebPubSubConnectionString", connection_to("main")}});
}

// ---- the producer

TestProducer::TestProducer()
    : reports_([this] {
        const std::lock_guard lock(mutex_);
        notified_ = true;
        condition_.notify_one();
      }) {}

std::unique_ptr<Batch> TestProducer::batch_of(Account& account,
                                              const std::vector<std::string>& data) {
  account.wants_outcomes = true;
  account.reports = &reports_;
  auto batch = std::make_unique<Batch>(account, FakeClock::kStart, 256);
  for (const std::string& text : data) {
    const std::string user = std::to_string(++seq_);
    batch->add({.kind = ActionKind::kSendToUser, .member = user, .data = text}, seq_, 100, 0);
  }
  return batch;
}

void TestProducer::send(HubUnit& hub, const std::vector<std::string>& data) {
  Account& account = accounts_[&hub];
  account.producer = 1;
  hub.entrance->enter(0, batch_of(account, data));
  hub.entrance->end_read();
}

void TestProducer::send_records(HubUnit& hub, const std::vector<std::string>& data) {
  Account& account = partitions_[&hub];
  account.producer = 2;
  account.of_stream = true;
  IntakeHub door;
  hub.lend_records_to(door);
  door.entrance->enter(0, batch_of(account, data));
  door.entrance->end_read();
}

std::vector<std::string> TestProducer::wait_for_outcomes(size_t count) {
  std::vector<std::string> outcomes;
  while (outcomes.size() < count) {
    std::vector<Report> reports;
    reports_.pop(reports);
    for (const Report& report : reports) {
      const auto* outcome = std::get_if<Outcome>(&report);  // a durable hub gives receipts, too
      if (outcome != nullptr) outcomes.emplace_back(name_of(outcome->kind));
    }
    if (outcomes.size() >= count || !reports_.prepare_to_sleep()) continue;
    std::unique_lock lock(mutex_);
    condition_.wait(lock, [this] { return notified_; });
    notified_ = false;
    reports_.woke_up();
  }
  return outcomes;
}

// ---- the harness

DaemonHarness::DaemonHarness()
    : logger_("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_)) {
  logger_.set_pattern("%l %v");
  std::string folder = testing::TempDir() + "daemon-XXXXXX";
  folder_ = ::mkdtemp(folder.data());
}

DaemonHarness::~DaemonHarness() {
  if (hubs_) {
    azure_.release();
    end_streams();
    hubs_->stop_now();
    for (const auto& unit : hubs_->hubs()) {
      if (unit->thread.joinable()) until([&] { return unit->ended.load(); });
    }
  }
  // What they have on disk is written with their end.
  steering_.reset();
  reader_.reset();
  reloader_.reset();
  streams_.reset();
  hubs_.reset();
  std::filesystem::remove_all(folder_);
}

void DaemonHarness::start(const std::string& toml) {
  toml_ = toml;
  const Config config = config_of(toml);
  const auto plan = make_plan(config, settings_);
  ASSERT_TRUE(plan.ok()) << to_string(plan.error());
  SpoolConfig spool = config.spool;
  if (spool.path == Config{}.spool.path) spool.path = folder_;
  spool.min_free_bytes = 0;
  undelivered_.emplace(spool.path, clock_);
  spool_.emplace(*undelivered_, logger_);
  left_.emplace(spool.path);
  logs_.emplace(spool, clock_);
  make_hubs(config, spool);
  const auto opened = hubs_->open(*plan, [](const std::string&) {});
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  make_reloader(config);
  streams_.emplace(StreamTable::Parts{
      .clock = clock_,
      .logger = logger_,
      .make_transport = [this](const CurlOptions&) { return azure_.make_transport(); },
      .make_ends = make_stream_ends_,
      .on_part = [this](const std::string& stream,
                        const SharedPart& part) { hubs_->set_part(stream, part); },
      .first_slot = 1});
  reader_.emplace(StatusReader::Parts{.hubs = *hubs_,
                                      .reloader = *reloader_,
                                      .spool = *spool_,
                                      .undelivered = *left_,
                                      .clock = clock_,
                                      .spool_config = spool,
                                      .space = logs_->space(),
                                      .read_doors = [this] { return doors(); },
                                      .read_streams = [this] { return streams_->views(); },
                                      .log_lines_dropped = [] { return uint64_t{5}; }});
  steering_.emplace(
      Steering::Parts{.hubs = *hubs_, .reloader = *reloader_, .status = *reader_, .clock = clock_});
  producer_.emplace();
  const Result<std::vector<IntakeHub>> directory = hubs_->directory();
  ASSERT_TRUE(directory.ok()) << directory.error().message;
  directory_ = *directory;
  hubs_->start_workers();
  streams_->open(*plan, hubs_->directory_for_streams());
}

void DaemonHarness::make_hubs(const Config& config, const SpoolConfig& spool) {
  hubs_.emplace(HubTable::Parts{.clock = clock_,
                                .logger = logger_,
                                .make_transport =
                                    [this](const CurlOptions&) {
                                      if (before_transport_) before_transport_();
                                      return azure_.make_transport();
                                    },
                                .undelivered = *undelivered_,
                                .max_undelivered_line_bytes = config.socket.max_line_bytes,
                                .intake_threads = 1 + static_cast<int>(kMostStreams),
                                .logs = *logs_,
                                .spool = spool},
                HubTable::Listeners{.room_again = [this] { streams_->room_again(); },
                                    .directory_changed = [this](auto hubs) { follow(hubs); },
                                    .worker_ended = [] {}});
}

void DaemonHarness::make_reloader(const Config& config) {
  reloader_.emplace(
      Reloader::Parts{
          .load =
              [this] {
                const ConfigText text{.file = "test.toml", .text = toml_};
                return check_config(parse_config(std::span(&text, 1)), settings_);
              },
          .hubs = *hubs_,
          .spool = *spool_,
          .clock = clock_,
          .logger = logger_,
          .notifier = notifier_,
          .set_admin_group = {},
          .follow_gateway = {},
          .follow_streams = [this](const Plan& changed) { return streams_->apply(changed); }},
      config);
}

void DaemonHarness::follow(const std::vector<IntakeHub>& hubs) {
  for (const IntakeHub& hub : directory_) {
    if (hub.is_removed()) refused_.push_back(hub.name);
  }
  directory_ = hubs;
  streams_->use(hubs_->directory_for_streams());
}

void DaemonHarness::end_streams() {
  if (!streams_) return;
  streams_->begin_stop();
  hubs_->stop_now();
  until([this] { return streams_->has_stopped(); });
  until([this] {
    streams_->close();
    return !streams_->has_threads_left();
  });
}

void DaemonHarness::rewrite(const std::string& toml) {
  toml_ = toml;
}

AdminResult<ConfigDiff> DaemonHarness::reload(const std::string& toml) {
  rewrite(toml);
  return steering_->reload();
}

Result<void> DaemonHarness::apply(const std::string& toml) {
  const auto plan = make_plan(config_of(toml), settings_);
  if (!plan) return Error{to_string(plan.error())};
  const auto applied = hubs_->apply(*plan);
  return applied ? Result<void>() : applied.error();
}

void DaemonHarness::pass(Duration time) {
  clock_.advance(time);
  azure_.wake_all();
}

void DaemonHarness::until(const std::function<bool()>& condition) {
  while (!condition()) std::this_thread::yield();
}

void DaemonHarness::wait_until_gone(const std::string& name) {
  until([&] {
    hubs_->retire();
    return hubs_->find(name) == nullptr;
  });
}

HubUnit& DaemonHarness::hub(const std::string& name) {
  const std::shared_ptr<HubUnit> found = hubs_->find(name);
  AWPS_CHECK(found != nullptr);
  return *found;
}

HubStatus DaemonHarness::status_of_hub(const std::string& name) {
  ServiceStatus whole = steering_->status();
  for (HubStatus& status : whole.hubs) {
    if (status.name == name) return std::move(status);
  }
  return {};
}

std::vector<std::string> DaemonHarness::names() const {
  std::vector<std::string> names;
  for (const auto& unit : hubs_->hubs()) names.push_back(unit->plan.hub);
  return names;
}

std::vector<std::string> DaemonHarness::undelivered() const {
  std::vector<std::string> lines;
  std::ifstream file(undelivered_->path());
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> DaemonHarness::directory() const {
  std::vector<std::string> names;
  for (const IntakeHub& entry : directory_) names.push_back(entry.queue->hub());
  return names;
}

}  // namespace awps
