#pragma once

// Suspects: the targets of an endpoint that fail while others are answered. A target is whoever an
// action is for (a group, a user, a pair of user and group), known by a 64-bit hash.
//
// 1. A target that failed twice, the second attempt begun after the first had failed, is a suspect
//    if another target was answered 2xx in between.
// 2. A target is a suspect of throttling if its last kThrottles attempts were all answered "too
//    many requests", and between any two of them at least kOthers requests to others were answered,
//    fewer than one in ten of them so. An answer that comes before kOthers were answered says
//    nothing; one among many throttled ones starts the count afresh.
//    Where throttling is known to follow the target (trouble.h), the second in a row is enough.
// 3. A 2xx ends the suspicion, and all that is known of the target.
// 4. What has not failed for kForgotten is forgotten, so that memory follows what fails now.
//
// Not thread-safe: Trouble guards it. O(1) amortised.

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace awps {

class Suspects {
 public:
  /// Requests of the endpoint that were answered 2xx or "too many", counted since ever.
  struct Answers {
    uint64_t good = 0;
    uint64_t throttled = 0;
  };
  struct Failure {
    uint64_t target = 0;
    Instant started{};
    Instant last_success{};  // of anybody
    std::string_view name;   // for people: "group news"
    std::string_view words;  // of the answer
  };
  struct Named {
    std::string name;
    std::string words;
    Instant since{};
  };

  /// The target failed; is it a suspect, now or already?
  bool note_failure(const Failure& failure, Instant now);
  /// It was answered "too many requests", which `answers` does not count yet; is it a suspect of
  /// throttling? `follows`: it is known that throttling follows the target.
  bool note_throttled(const Failure& failure, const Answers& answers, bool follows, Instant now);
  /// It was answered 2xx.
  void note_success(uint64_t target);
  /// Time has passed: forgets what has not failed for long. Call it often; it acts once a minute.
  void age(Instant now);
  /// Its last answer was "too many requests".
  bool was_throttled(uint64_t target) const;
  /// How many requests to others were answered since it was throttled (and that counted, see 2).
  uint64_t others_since(uint64_t target, const Answers& answers) const;
  void forget_all();

  bool is_suspect(uint64_t target) const { return since(target) != kNever; }
  /// kNever: it is none.
  Instant since(uint64_t target) const;
  size_t count() const { return suspects_; }
  /// None has failed of late.
  bool empty() const { return targets_.empty(); }
  /// Some of them, for people.
  std::vector<Named> named() const;

 private:
  static constexpr uint32_t kThrottles = 3;
  static constexpr uint64_t kOthers = 20;
  static constexpr uint64_t kTooManyOf = 10;  // one in so many throttled: it is the rate's
  static constexpr Duration kForgotten = std::chrono::minutes(5);
  static constexpr Duration kSweeps = std::chrono::minutes(1);
  static constexpr size_t kNames = 50;
  static constexpr size_t kWords = 200;

  struct Target {
    Instant last_failed = Instant::min();
    Instant since = kNever;  // when it became a suspect
    Answers answers;         // of the endpoint, at the last throttled attempt that counted
    uint32_t throttles = 0;
  };

  Target& target_of(uint64_t target, Instant now);
  void suspect(Target& target, const Failure& failure, Instant now);

  boost::unordered_flat_map<uint64_t, Target> targets_;
  boost::unordered_flat_map<uint64_t, Named> names_;
  size_t suspects_ = 0;
  Instant swept_{};
};

}  // namespace awps
