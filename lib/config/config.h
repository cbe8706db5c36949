#pragma once

// Config: everything that an operator can say, as values with units. The defaults stand here and
// nowhere else; names, bounds and comments stand in the option tables (config_options.cc,
// hub_options.cc, stream_options.cc), from which the reader and the printed file are derived.
//
// 1. A Config without mistakes is valid: each value within its bounds, each reference to a service
//    resolved, hub names canonical (lower case).
// 2. hubs[NAME] is complete: what [hubs.NAME] left out has come from hub_defaults, key by key, and
//    what [hubs.NAME.gateway] left out from [gateway], as hub_defaults.gateway.
// 3. Only daemon/ uses this module: it translates into the Options structs of the others. So that
//    enumerations do not meet theirs, they are nested.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/admin_config.h"
#include "config/gateway_config.h"
#include "config/origins.h"
#include "config/stream_config.h"

namespace awps {

inline constexpr uint64_t kKibibyte = 1024;
inline constexpr uint64_t kMebibyte = 1024 * kKibibyte;
inline constexpr uint64_t kGibibyte = 1024 * kMebibyte;

/// [service] and [services.NAME]. Rates of 0: no limit.
struct ServiceConfig {
  std::string connection = "WebPubSubConnectionString";  // NAME of a setting, never a secret
  std::string connection_file;                           // where given, it is used instead
  std::string hub;  // canonical; only the default service's has a meaning
  std::string api_version = "2024-12-01";
  double requests_per_second = 0;
  uint64_t bytes_per_second = 0;
  std::string shared_by;  // a key of Config::streams: the rates are its group's; empty: our own
  Duration burst = std::chrono::milliseconds(100);
  Duration retry_after_max = std::chrono::seconds(60);
  Duration timeout = std::chrono::seconds(10);
  uint64_t max_connections = 64;
  std::string proxy;              // may hold a password
  std::string proxy_credentials;  // NAME of a setting, as connection
  std::string reverse_proxy;      // URL without path; requests go there, tokens are for the service
  std::string scope;              // of Entra tokens; empty: by the endpoint's cloud
  std::vector<std::string> allow_plain_http;  // host names, lower case
  std::string ca_file;

  friend bool operator==(const ServiceConfig&, const ServiceConfig&) = default;
};

struct SocketConfig {
  std::string path = "/run/awpsd/awpsd.sock";
  uint32_t mode = 0660;
  std::string group;
  std::vector<std::string> allow_users;
  std::vector<std::string> allow_groups;
  uint64_t threads = 1;
  uint64_t max_connections = 4096;
  uint64_t max_line_bytes = 8 * kMebibyte;
  uint64_t max_unread_reply_bytes = 256 * kKibibyte;
  uint64_t max_partial_bytes = 64 * kMebibyte;

  friend bool operator==(const SocketConfig&, const SocketConfig&) = default;
};

struct CoalesceConfig {
  enum class FanOut : uint8_t { kOff, kUsers, kUsersAndConnections };
  bool enabled = true;
  bool supersede = true;
  bool conflate = true;
  Duration linger = Duration::zero();
  FanOut fan_out = FanOut::kUsers;
  uint64_t fan_out_min = 8;
  double fan_out_per_second = 100;
  bool bulk_membership = false;
  uint64_t max_members = 100;
  uint64_t max_url_bytes = 6 * kKibibyte;

  friend bool operator==(const CoalesceConfig&, const CoalesceConfig&) = default;
};

struct RetryConfig {
  uint64_t max_attempts = 10;
  Duration max_age = std::chrono::minutes(10);
  Duration base = std::chrono::milliseconds(200);
  Duration max = std::chrono::seconds(30);
  double budget = 0.2;

  friend bool operator==(const RetryConfig&, const RetryConfig&) = default;
};

struct DeadLettersConfig {
  enum class Store : uint8_t { kDisk, kMemory };
  Store store = Store::kDisk;
  uint64_t max_count = 10000;
  uint64_t max_bytes = 64 * kMebibyte;
  Duration max_age = std::chrono::hours(7 * 24);

  friend bool operator==(const DeadLettersConfig&, const DeadLettersConfig&) = default;
};

/// [[hubs.NAME.merge]]. `*` in `groups`: any characters; the first rule that fits counts.
struct MergeRule {
  enum class Format : uint8_t { kJsonArray, kLines };
  std::string groups;
  Format format = Format::kJsonArray;
  uint64_t max_bytes = 64 * kKibibyte;

  friend bool operator==(const MergeRule&, const MergeRule&) = default;
};

/// [[hubs.NAME.order]]: another order for some groups; the first rule that fits counts.
struct OrderRule {
  enum class Ordering : uint8_t { kTarget, kNone };
  std::string groups;
  Ordering ordering = Ordering::kNone;

  friend bool operator==(const OrderRule&, const OrderRule&) = default;
};

/// [hub_defaults] and [hubs.NAME].
struct HubConfig {
  enum class Ordering : uint8_t { kTarget, kStrict, kNone };
  enum class Durability : uint8_t { kMemory, kOverflow, kDurable };
  enum class Ambiguous : uint8_t { kRetry, kGiveUp };
  enum class WhenFull : uint8_t { kBlock, kReject };
  std::string service;  // a key of Config::services; empty: the default service
  Ordering ordering = Ordering::kTarget;
  Durability durability = Durability::kMemory;
  Ambiguous ambiguous = Ambiguous::kRetry;
  uint64_t max_queued_bytes = 256 * kMebibyte;
  double max_producer_share = 0.5;
  WhenFull when_full = WhenFull::kBlock;
  double requests_per_second = 0;
  uint64_t bytes_per_second = 0;
  Duration burst = std::chrono::milliseconds(100);
  uint64_t max_in_flight = 64;
  uint64_t spool_max_bytes = 0;  // 0: only SpoolConfig::max_bytes
  Duration dedupe_window = std::chrono::minutes(2);
  uint64_t dedupe_max_ids = 1'000'000;
  std::vector<std::string> allow_users;  // empty: as [socket]
  std::vector<std::string> allow_groups;
  CoalesceConfig coalesce;
  RetryConfig retry;
  DeadLettersConfig dead_letters;
  HubGatewayConfig gateway;
  std::vector<MergeRule> merge;
  std::vector<OrderRule> order;

  /// May its actions be on disk?
  bool writes_to_disk() const { return durability != Durability::kMemory; }
  friend bool operator==(const HubConfig&, const HubConfig&) = default;
};

struct SpoolConfig {
  std::string path = "/var/lib/awpsd";
  uint64_t max_bytes = 10 * kGibibyte;  // of all hubs together
  uint64_t min_free_bytes = kGibibyte;  // of the disk, left to others
  Duration commit_interval = std::chrono::milliseconds(2);
  uint64_t commit_bytes = 4 * kMebibyte;
  Duration release_interval = std::chrono::milliseconds(100);
  uint64_t segment_bytes = 64 * kMebibyte;

  friend bool operator==(const SpoolConfig&, const SpoolConfig&) = default;
};

struct Config {
  Duration drain_timeout = std::chrono::seconds(20);
  ServiceConfig service;
  std::map<std::string, ServiceConfig, std::less<>> services;
  SocketConfig socket;
  GatewayConfig gateway;
  AdminConfig admin;
  LogConfig log;
  HubConfig hub_defaults;
  std::map<std::string, HubConfig, std::less<>> hubs;
  SpoolConfig spool;
  std::map<std::string, StreamConfig, std::less<>> streams;
  Origins origins;

  friend bool operator==(const Config&, const Config&) = default;
};

}  // namespace awps
