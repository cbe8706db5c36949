#pragma once

// SickService: a service in virtual time that is sick for good where its plan says so: for a seeded
// choice of its targets, for a kind of action, for requests with a filter, for a hub, for poisoned
// actions, or for everybody for a while. Its limits are those of a LimitService.
//
// 1. What is sick fails every time and in one way, until `heals_at`. Everything else never fails.
// 2. Requests must come in the order of time.
// 3. Chance has no part in it, except the seeded choice of targets, a jitter of the round trip, and
//    the share of unrelated 429.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "action/action.h"
#include "base/random.h"
#include "tests/simulation/limit_service.h"

namespace awps {

/// The ways to fail.
enum class Sickness : uint8_t {
  kNone,
  k500Fast,      // after 2 ms
  k500Slow,      // after 2 s
  kResetBefore,  // the connection broke, the request had no effect
  kResetAfter,   // the connection broke, but the request had its effect
  kTimeout,
  kRefused,  // no connection can be made
  k429,
  k429After0,
  k429After1,
  k429After30,
  k503,
  k503After0,
  k503After1,
  k504,
  k401,
  k403Html,
  k403Forbidden,  // Error.Forbidden: the role lacks a right
  k404Html,
  k404Empty,
  k400Old,     // ASP.NET's old shape, about the user's name
  k400OldHub,  // the same about the hub
  k400Html,    // "Invalid Hostname"
  k410Html,
  k302,  // a captive portal
};

std::string_view name_of(Sickness sickness);
bool is_throttling(Sickness sickness);

/// Everybody fails from `from` to `to`; with `period`, in its first `down` only.
struct SickOutage {
  Sickness as = Sickness::kNone;
  Duration from{0};
  Duration to{0};
  Duration period{0};
  Duration down{0};

  bool is_on(Duration at) const;
};

struct SickServicePlan {
  ServicePlan limits;  // the round trip of what is well, the timeout, the bucket
  uint64_t seed = 1;

  uint32_t targets = 200;
  double fraction = 0;  // of the targets is sick
  Sickness targets_are = Sickness::kNone;
  Duration heals_at = Duration::max();

  Sickness poison_is = Sickness::kNone;
  std::optional<ActionKind> sick_kind;
  Sickness kind_is = Sickness::kNone;
  Sickness filters_are = Sickness::kNone;
  std::optional<size_t> sick_hub;
  Sickness hub_is = Sickness::kNone;

  SickOutage outage;
  bool health_lies = false;       // it answers well although everything else fails
  bool health_is_broken = false;  // it fails although everything else is well
  bool one_address_dead = false;  // every second request cannot connect
  double unrelated_429 = 0;       // of the requests
};

/// What the service sees of a request.
struct SickRequest {
  size_t hub = 0;
  ActionKind kind = ActionKind::kSendToUser;
  bool has_filter = false;
  bool to_sick_target = false;
  bool poisoned = false;
};

class SickService {
 public:
  SickService(const SickServicePlan& plan, Instant start);

  struct Answer {
    HttpResponse response;
    Duration after{};
    bool has_effect = false;
  };
  Answer answer(const SickRequest& request, Instant now);

  struct Health {
    bool reached = true;
    bool good = false;
    Duration after{};
  };
  /// What HEAD /api/health comes to.
  Health health(Instant now) const;

  /// Everybody fails now.
  bool is_out(Instant now) const { return plan_.outage.is_on(now - start_); }
  /// By the plan, healed or not.
  bool is_sick(uint32_t target) const { return is_sick_[target]; }
  const std::vector<uint32_t>& sick() const { return sick_; }
  const std::vector<uint32_t>& well() const { return well_; }
  const SickServicePlan& plan() const { return plan_; }

 private:
  Sickness sickness_of(const SickRequest& request, Instant now) const;
  Answer fail(Sickness sickness) const;

  const SickServicePlan plan_;
  const Instant start_;
  LimitService limits_;
  Random random_;
  uint64_t requests_ = 0;
  std::vector<bool> is_sick_;
  std::vector<uint32_t> sick_;
  std::vector<uint32_t> well_;
};

}  // namespace awps
