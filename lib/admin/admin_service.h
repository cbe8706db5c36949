#pragma once

// AdminService: what the admin server asks of the daemon. The daemon implements it over its hubs,
// the tests over a table.
//
// Called in the admin server's thread only, one call at a time; a call may take up to about two
// seconds where a hub's worker does not answer.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "admin/status.h"
#include "base/clock.h"
#include "base/result.h"

namespace awps {

struct AdminError {
  int http_status = 500;
  std::string code;     // as ADMIN.md lists them
  std::string message;  // what is wrong, and the remedy
};

template <typename T>
using AdminResult = Result<T, AdminError>;

struct DeadLetterView {
  uint64_t number = 0;  // counts from 1 in its hub
  std::string hub;
  std::string action;    // a line of JSON as PROTOCOL.md has it, with its hub
  std::string record;    // JSON of a record of a stream, if it is one: then there is no action
  std::string producer;  // may be empty
  std::string code;      // refused, retries_exhausted, ambiguous; or of a record's refusal
  std::string reason;    // in words
  std::string body;      // of the last answer, its beginning
  int http_status = 0;   // 0: there was no answer
  uint32_t attempts = 0;
  WallTime accepted_at{};
  WallTime given_up_at{};
};

struct DeadLetterPage {
  std::vector<DeadLetterView> letters;  // ascending numbers
  uint64_t next_after = 0;              // for the next page; 0: this was the last
};

/// Which dead letters of a hub: the numbers, or all.
struct DeadLetterChoice {
  std::string hub;
  bool all = false;
  uint64_t up_to = 0;  // with `all`: none above it; 0: no bound
  std::vector<uint64_t> numbers;
};

struct RedriveResult {
  uint64_t redriven = 0;
  std::vector<std::string> warnings;  // memberships and closes that later actions overtook
};

struct OptionChange {
  std::string key;  // "hubs.chat.max_in_flight"
  std::string before;
  std::string after;
  bool at_next_start = false;  // else a reload carries it out
};

struct ConfigDiff {
  std::vector<OptionChange> changes;
};

struct TokenRequest {
  std::string hub;  // empty: the default one
  std::string user_id;
  std::vector<std::string> roles;
  std::vector<std::string> groups;
  Duration lifetime = std::chrono::hours(1);
};

/// An action with its fate, as a tap sees it.
struct TapRecord {
  std::string hub;
  std::string action;   // a line of JSON, cut if long
  std::string outcome;  // delivered, superseded, expired, dead_lettered, abandoned, returned
  int http_status = 0;
  uint32_t attempts = 0;
  std::string carried_by;  // "single", "fan_out", "bulk_membership", "merge"; empty: none
  std::string message;     // of a failure
  Duration age{};          // from acceptance
};

class AdminService {
 public:
  virtual ~AdminService() = default;

  virtual ServiceStatus status() = 0;
  /// Is every delivery loop turning? Else says which is not.
  virtual Result<void> alive() = 0;

  // An empty hub name means all hubs here.
  virtual AdminResult<void> pause(const std::string& hub) = 0;
  virtual AdminResult<void> resume(const std::string& hub) = 0;
  virtual AdminResult<void> drain(const std::string& hub) = 0;

  virtual AdminResult<DeadLetterPage> dead_letters(const std::string& hub, uint64_t after,
                                                   size_t limit) = 0;
  virtual AdminResult<RedriveResult> redrive(const DeadLetterChoice& choice) = 0;
  virtual AdminResult<uint64_t> purge(const DeadLetterChoice& choice) = 0;

  /// Carries out what can change; an error lists every mistake, a line each, and nothing changed.
  virtual AdminResult<ConfigDiff> reload() = 0;
  virtual AdminResult<ConfigDiff> config_diff() = 0;
  /// For `length`, then as configured again; zero: until the next reload.
  virtual AdminResult<void> set_log_level(const std::string& level, Duration length) = 0;

  /// A client's URL with its access token.
  virtual AdminResult<std::string> client_url(const TokenRequest& request) = 0;

  /// Starts to sample at most `per_second` settled actions of the hub (empty: of all) for whoever
  /// calls take_tapped() next; 0 ends it.
  virtual AdminResult<void> tap(const std::string& hub, uint32_t per_second) = 0;
  /// What was sampled since the last call, and how many more there were.
  virtual std::vector<TapRecord> take_tapped(uint64_t& left_out) = 0;
};

}  // namespace awps
