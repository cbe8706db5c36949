#pragma once

// EntraRefresh: when one identity's token is asked for, and which one is in use. A state machine;
// it starts nothing itself.
//
// 1. One request at a time.
// 2. A token is refreshed ahead: when its answer says so; else at half of its life if that is more
//    than two hours, else five minutes before its end (of a short life, at half). A random tenth
//    of that wait is left out, so that machines started together do not ask together.
// 3. The old token stays in use until its own end, whatever refreshing comes to.
// 4. A failure is tried again after a backoff with full jitter, longer where the answer asks for
//    it.
// 5. A token that the service refused is refreshed once at once, and not again within
//    `refused_interval`: a fresh token of an identity without its role is no better.
// 6. A wall clock that jumps back behind the token's arrival, or ahead beyond its end, leads to a
//    refresh.
//
// Pure. It belongs to one thread.

#include <optional>
#include <string>

#include "auth/entra_request.h"
#include "base/clock.h"
#include "base/random.h"
#include "retry/backoff.h"

namespace awps {

/// Both clocks: waits are counted on the one, tokens end on the other.
struct Moment {
  Instant now{};
  WallTime wall{};
};

class EntraRefresh {
 public:
  struct Options {
    RetryOptions retry = {.base = std::chrono::seconds(1), .max = std::chrono::seconds(30)};
    Duration longest_retry_after = std::chrono::minutes(5);
    Duration least_interval = std::chrono::seconds(1);  // between two requests that succeed
    Duration refused_interval = std::chrono::minutes(1);
    Duration longest_look = std::chrono::seconds(30);  // to the next look at the wall clock
  };

  EntraRefresh(const Options& options, uint64_t seed);

  /// Is a token to be asked for now?
  bool due(const Moment& moment) const;
  /// When it is worth asking due() again.
  Instant wake_at(const Moment& moment) const;

  void started() { under_way_ = true; }
  void succeeded(TokenGrant grant, const Moment& moment);
  void failed(const TokenFailure& failure, const Moment& moment);
  /// The service refused the token of `generation`.
  void refused(uint64_t generation, const Moment& moment);

  /// Empty: there was none yet.
  const std::string& token() const { return token_; }
  WallTime expires_at() const { return expires_at_; }
  /// Counts the tokens that were had.
  uint64_t generation() const { return generation_; }
  /// Why there is no newer token; empty: the last request succeeded, or there was none.
  const std::string& failure() const { return failure_; }

 private:
  bool wanted(WallTime wall) const;

  const Options options_;
  Random random_;
  std::string token_;
  WallTime arrived_at_{};
  WallTime refresh_at_{};
  WallTime expires_at_{};
  uint64_t generation_ = 0;
  std::string failure_;
  uint32_t failures_ = 0;  // in a row
  bool under_way_ = false;
  bool forced_ = false;
  Instant not_before_ = Instant::min();
  std::optional<Instant> last_forced_;
};

}  // namespace awps
