#pragma once

// LimitService: a service in virtual time whose limits and troubles are known, so that what a
// client makes of it can be judged by numbers: a round trip, a token bucket that answers 429, a
// queue with one server that answers late, and moods in which it does not answer as it should.
//
// 1. Everything is a function of the time since the beginning; chance, of one seed, has a part in
//    the jitter of the ways and in refused_by_chance.
// 2. A request is judged when it arrives; requests must come in the order of time.

#include <cstdint>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "base/random.h"
#include "http/http_transport.h"

namespace awps {

enum class Mood : uint8_t {
  kWell,
  kRefusesConnections,
  kBlackHole,  // takes the request and never answers
  kFails,      // HTTP 500
};

struct ServicePlan {
  Duration round_trip = std::chrono::milliseconds(5);
  std::optional<Duration> round_trip_of_others;  // than sends
  /// Requests a second that are permitted, by the time since the beginning; empty: all.
  std::function<double(Duration)> permitted;
  double burst_seconds = 0.1;  // of the bucket
  /// The chance of a 429 for another reason than our rate: somebody else's flood, or one target.
  double refused_by_chance = 0;
  /// How much requests differ in how long they are under way to the service. Without it several
  /// clients that send at even times fall into step, and one of them meets an empty bucket always
  /// (Floyd, Jacobson, "Traffic Phase Effects in Packet-Switched Gateways", 1991).
  Duration spread{0};
  std::optional<Duration> retry_after;
  /// Requests a second that it can carry out: beyond that they queue; empty: any number.
  std::function<double(Duration)> capacity;
  std::function<Mood(Duration, size_t hub)> mood;
  Duration timeout = std::chrono::seconds(10);  // of the client
};

class LimitService {
 public:
  LimitService(ServicePlan plan, Instant start, uint64_t seed)
      : plan_(std::move(plan)), start_(start), last_(start), busy_until_(start), random_(seed) {}

  struct Answer {
    HttpResponse response;
    Duration after{};
  };
  Answer answer(size_t hub, bool is_send, Instant now);
  /// How long the next request is under way before it is judged.
  Duration way();
  Mood mood(size_t hub, Instant now) const {
    return plan_.mood ? plan_.mood(now - start_, hub) : Mood::kWell;
  }
  const ServicePlan& plan() const { return plan_; }

 private:
  bool admit(Instant now);

  const ServicePlan plan_;
  const Instant start_;
  Instant last_;
  double tokens_ = -1;  // below 0: not begun
  Instant busy_until_;
  Random random_;
};

}  // namespace awps
