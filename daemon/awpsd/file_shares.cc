#include "daemon/awpsd/file_shares.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace awps {

namespace {

constexpr uint64_t kOperators = 64;  // connections: http_server/limits.h
constexpr uint64_t kFewestOperators = 2;

// Open in an idle daemon, and what it opens for a moment: configuration, undelivered file, names of
// users, last words to those that are refused.
uint64_t own_files(uint64_t threads, uint64_t hubs, uint64_t logs) {
  static constexpr uint64_t kDaemon = 17;  // with the lock of the spool
  static constexpr uint64_t kForMoments = 8;
  static constexpr uint64_t kEachThread = 3;
  static constexpr uint64_t kEachHub = 5;  // its worker, and a look-up of its service's name
  // Its folder, the segment that is written, the next one, and three that are read.
  static constexpr uint64_t kEachLog = 6;
  return kDaemon + kForMoments + kEachThread * threads + kEachHub * hubs + kEachLog * logs;
}

// Of its thread, of those that ask services for reads, one for each way to a service, and of their
// connections.
uint64_t gateway_files(const Config& config, const Plan& plan) {
  static constexpr uint64_t kThread = 4;  // it listens, too
  static constexpr uint64_t kEachWay = 4;
  if (!config.gateway.is_on()) return 0;
  std::set<std::string_view> services;
  for (const HubPlan& hub : plan.hubs) services.insert(hub.endpoint_url);
  return kThread + (kEachWay + config.gateway.max_reads) * services.size();
}

// Of librdkafka: a connection and a pipe for each broker of a few, and for those it began with.
uint64_t stream_files(const Plan& plan) {
  static constexpr uint64_t kEachClient = 32;
  uint64_t clients = 0;
  for (const StreamPlan& stream : plan.streams) {
    clients += stream.config.dead_letters.empty() ? 1 : 2;
  }
  return kEachClient * clients;
}

std::string words_of(const FileShares& shares, uint64_t files, bool is_delivery_cut) {
  std::string words = "the limit of open files is " + std::to_string(files) +
                      ", so there are at most " + std::to_string(shares.producers) +
                      " connections of producers";
  if (shares.gateway > 0) words += ", " + std::to_string(shares.gateway) + " of the gateway";
  if (is_delivery_cut) {
    words += ", and " + std::to_string(shares.each_hub) + " of each hub to its service";
  }
  return words + ": raise LimitNOFILE (ulimit -n) to ";
}

}  // namespace

Result<FileShares> share_files(uint64_t files, const Config& config, const Plan& plan) {
  const uint64_t hubs = plan.hubs.size();
  uint64_t delivery = 0;
  uint64_t most_of_a_hub = 1;
  for (const HubPlan& hub : plan.hubs) {
    delivery += hub.service.max_connections;
    most_of_a_hub = std::max<uint64_t>(most_of_a_hub, hub.service.max_connections);
  }
  const auto logs = static_cast<uint64_t>(std::ranges::count_if(
      plan.hubs, [](const auto& hub) { return hub.config.writes_to_disk(); }));
  const uint64_t own = own_files(config.socket.threads, hubs, logs) + gateway_files(config, plan) +
                       stream_files(plan);
  const uint64_t gateway = config.gateway.is_on() ? config.gateway.max_connections : 0;
  const uint64_t least = own + hubs + kFewestOperators + 1 + std::min<uint64_t>(gateway, 1);
  if (files < least) {
    return Error{"the limit of open files is " + std::to_string(files) + ", but " +
                 std::to_string(hubs) + (hubs == 1 ? " hub needs " : " hubs need ") +
                 std::to_string(least) + " at least: raise LimitNOFILE (ulimit -n)"};
  }
  const uint64_t producers = config.socket.max_connections;
  const uint64_t doors = producers + gateway;
  const uint64_t rest = files - own;
  if (rest >= doors + delivery + kOperators) {
    return FileShares{.producers = producers,
                      .gateway = gateway,
                      .operators = kOperators,
                      .each_hub = most_of_a_hub};
  }
  FileShares shares;
  shares.operators = std::clamp<uint64_t>(rest / 8, kFewestOperators, kOperators);
  const uint64_t half = (rest - shares.operators) / 2;
  const bool is_delivery_cut = delivery > half;
  shares.each_hub = is_delivery_cut ? std::max<uint64_t>(half / hubs, 1) : most_of_a_hub;
  const uint64_t delivering = is_delivery_cut ? shares.each_hub * hubs : delivery;
  const uint64_t left = std::min(doors, rest - shares.operators - delivering);
  shares.gateway = gateway == 0 ? 0 : std::max<uint64_t>(left * gateway / doors, 1);
  shares.producers = left - shares.gateway;
  shares.lowered =
      words_of(shares, files, is_delivery_cut) +
      std::to_string(own + doors + delivery + kOperators) + ", or lower socket.max_connections" +
      (gateway == 0 ? "" : ", gateway.max_connections") + " and max_connections of the service";
  return shares;
}

}  // namespace awps
