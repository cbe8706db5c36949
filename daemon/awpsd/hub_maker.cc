#include "daemon/awpsd/hub_maker.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "auth/entra_token_source.h"
#include "auth/settings.h"
#include "base/random.h"
#include "daemon/awpsd/options.h"
#include "http/reverse_proxy_transport.h"

namespace awps {

namespace {

// The keys that the file holds now; what is wrong with it is said once, until it changes.
std::function<std::optional<std::vector<std::string>>()> keys_of_file(const HubPlan& plan,
                                                                      spdlog::logger& logger) {
  return [path = plan.service.connection_file, url = plan.endpoint_url, hub = plan.hub, &logger,
          said = std::string()]() mutable -> std::optional<std::vector<std::string>> {
    Result<std::vector<std::string>> keys = read_access_keys(path, url);
    if (keys) {
      said.clear();
      return std::move(*keys);
    }
    if (said != keys.error().message) {
      said = keys.error().message;
      logger.error("hub {}: the connection file was read again: {}; the old key is kept", hub,
                   said);
    }
    return std::nullopt;
  };
}

}  // namespace

std::shared_ptr<HubUnit> HubMaker::make(const HubPlan& plan, std::optional<OpenedLog> log) {
  auto made = std::make_shared<HubUnit>();
  HubUnit& hub = *made;
  hub.plan = plan;
  hub.applied = plan;
  hub.transport = parts_.make_transport(transport_options(plan));
  if (!plan.service.reverse_proxy.empty()) {
    hub.transport = std::make_unique<ReverseProxyTransport>(
        std::move(hub.transport), plan.endpoint_url, plan.service.reverse_proxy);
  }
  hub.endpoint = parts_.shared.endpoint_of(plan);
  make_tokens(hub);
  const bool has_log = log && log->log != nullptr;
  make_queue(hub, has_log);
  if (log) tell_of(hub, *log);
  if (has_log) {
    make_committer(hub, std::move(*log));
  } else {
    hub.entrance = std::make_unique<MemoryEntrance>(*hub.queue);
  }
  if (log && !has_log) hub.refuse_for(log->error);
  make_worker(hub);
  return made;
}

void HubMaker::make_tokens(HubUnit& hub) {
  if (hub.plan.identity) {
    hub.keeper = parts_.shared.keeper_of(hub.plan);
    hub.tokens = std::make_unique<EntraTokenSource>(*hub.keeper);
    return;
  }
  KeyTokenSource::Options options;
  if (!hub.plan.service.connection_file.empty()) {
    options.fresh_keys = keys_of_file(hub.plan, parts_.logger);
  }
  auto keys = std::make_unique<KeyTokenSource>(hub.plan.access_keys, options, seed_from_system());
  hub.keys = keys.get();
  hub.tokens = std::move(keys);
}

void HubMaker::make_queue(HubUnit& hub, bool has_log) {
  const std::function<void()> wake_worker = [&transport = *hub.transport] { transport.wake(); };
  const bool is_durable = hub.plan.config.durability != HubConfig::Durability::kMemory;
  if (is_durable || has_log) {
    hub.records = std::make_unique<HubQueue>(records_options(hub.plan, parts_.intake_threads),
                                             wake_worker, parts_.room_again);
    hub.records_entrance = std::make_unique<MemoryEntrance>(*hub.records);
  }
  if (!has_log) {
    hub.queue = std::make_unique<HubQueue>(queue_options(hub.plan, parts_.intake_threads),
                                           wake_worker, parts_.room_again);
    return;
  }
  hub.committer_wake = std::make_unique<CommitterWake>();
  const std::function<void()> wake_committer = [&wake = *hub.committer_wake] { wake.wake(); };
  hub.queue =
      std::make_unique<HubQueue>(arrivals_options(hub.plan, parts_.spool, parts_.intake_threads),
                                 wake_committer, parts_.room_again);
  hub.window = std::make_unique<HubQueue>(window_options(hub.plan), wake_worker, wake_committer);
}

void HubMaker::make_committer(HubUnit& hub, OpenedLog opened) {
  const bool is_for_other = opened.log->recovery().other_store;
  hub.spool_counters.recovery_nanoseconds.set(static_cast<uint64_t>(opened.took.count()));
  CommitterOptions options = committer_options(hub.plan, parts_.spool, parts_.intake_threads);
  options.withheld = std::move(opened.withheld);
  hub.committer = std::make_unique<Committer>(
      options,
      Committer::Parts{.arrivals = *hub.queue,
                       .window = *hub.window,
                       .clock = parts_.clock,
                       .counters = hub.spool_counters,
                       .logger = parts_.logger,
                       .wake = [&wake = *hub.committer_wake] { wake.wake(); },
                       .adopted = [&hub] { hub.follow_pause(); }},
      std::move(opened.log));
  hub.committer_thread = std::make_unique<CommitterThread>(*hub.committer, *hub.queue,
                                                           *hub.committer_wake, parts_.clock);
  hub.entrance = std::make_unique<DurableEntrance>(*hub.queue, hub.committer->run());
  hub.is_for_other_service = is_for_other;
}

void HubMaker::make_worker(HubUnit& hub) {
  const Worker::Options options{.max_undelivered_line_bytes = parts_.max_undelivered_line_bytes,
                                .ids = known_ids_options(hub.plan),
                                .hub = pipeline_options(hub.plan),
                                .sender = sender_options(hub.plan)};
  const Worker::Parts parts{.queue = hub.memory(),
                            .endpoint = *hub.endpoint,
                            .transport = *hub.transport,
                            .tokens = *hub.tokens,
                            .clock = parts_.clock,
                            .counters = hub.counters,
                            .logger = parts_.logger,
                            .undelivered = parts_.undelivered,
                            .committer = hub.committer.get(),
                            .records = hub.records.get()};
  hub.worker = std::make_unique<Worker>(options, parts, seed_from_system());
  hub.for_streams = std::make_unique<WorkerForStreams>(*hub.worker, parts_.clock);
  hub.max_in_flight = options.hub.max_in_flight;
  hub.requests_per_second = options.hub.requests_per_second;
}

// What was found, a line each; of much damage the beginning.
void HubMaker::tell_of(const HubUnit& hub, const OpenedLog& log) const {
  static constexpr size_t kMostPlaces = 10;
  const std::string& name = hub.plan.hub;
  if (log.log == nullptr) {
    parts_.logger.error("hub {}: its actions are refused (storage_failed): {}", name, log.error);
    return;
  }
  const LogRecovery& found = log.log->recovery();
  for (const std::string& remark : found.remarks) parts_.logger.warn("hub {}: {}", name, remark);
  for (size_t i = 0; i < std::min(found.damaged.size(), kMostPlaces); ++i) {
    const DamagedRange& range = found.damaged[i];
    parts_.logger.error("hub {}: '{}' is damaged: {} bytes from byte {} on", name, range.file,
                        range.bytes, range.offset);
  }
  if (found.lost_records > 0) {
    parts_.logger.error(
        "hub {}: {} accepted actions are lost: damage on the disk has destroyed them", name,
        found.lost_records);
  }
  const uint64_t left = log.log->status().records - log.withheld.size();
  if (left == 0) return;
  parts_.logger.info("hub {}: the last run left {} actions on disk; they are delivered first", name,
                     left);
  if (found.other_store) {
    parts_.logger.error("hub {}: {}", name, hub.words_of_other_service());
  }
}

}  // namespace awps
