#pragma once

// EntraTokenKeeper: the one place of an identity's token, whichever and how many hubs use it. It
// asks for tokens on a thread of its own, refreshes them ahead, and publishes the one in use as an
// immutable snapshot. When it asks is EntraRefresh's decision, what it asks EntraRequest's.
//
// 1. No failure ends it: the token in use stays until its end, and it is asked for again.
// 2. Secrets and tokens leave it only towards the transport, and to the sources that read it.
//
// snapshot(), version() and refuse() may be called by any thread, the rest by the one that made it;
// ask_first() and turn() before start() only.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "auth/entra_identity.h"
#include "auth/entra_refresh.h"
#include "auth/entra_request.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "http/http_transport.h"

namespace awps {

struct EntraSnapshot {
  uint64_t generation = 0;
  std::string token;  // empty: none yet
  WallTime expires_at{};
  std::string failure;  // of the last request; empty: it succeeded
};

class EntraTokenKeeper {
 public:
  struct Options {
    EntraIdentity identity;
    EntraRefresh::Options refresh;
    Duration timeout = std::chrono::seconds(10);  // of one request
    uint64_t seed = 0;
  };

  /// Something that people should know. Called by the thread that asks.
  struct Event {
    enum class Kind : uint8_t { kRefreshFailed, kNoToken, kRecovered };
    Kind kind;
    std::string message;
  };
  using Report = std::function<void(const Event&)>;

  /// `transport` is this keeper's alone; both outlive it.
  EntraTokenKeeper(const Options& options, HttpTransport& transport, const Clock& clock,
                   Report report);
  ~EntraTokenKeeper();
  EntraTokenKeeper(const EntraTokenKeeper&) = delete;
  EntraTokenKeeper& operator=(const EntraTokenKeeper&) = delete;

  /// Before start(): asks until there is a token or a failure, for `patience` at most.
  void ask_first(Duration patience);
  void start();
  /// Asks if it is time, and waits until something happens, or `until`: what the thread repeats.
  void turn(Instant until);

  std::shared_ptr<const EntraSnapshot> snapshot() const;
  /// Changes with the snapshot: one load tells a reader that it has the latest. Acquire pairs with
  /// the release in publish().
  uint64_t version() const { return version_.load(std::memory_order_acquire); }
  /// The service refused the token of `generation`.
  void refuse(uint64_t generation);

 private:
  void run(const std::stop_token& stop);
  void ask();
  void take(const HttpResponse& response);
  void fail(const TokenFailure& failure);
  void publish();
  Moment moment() const { return {.now = clock_.now(), .wall = clock_.wall_now()}; }

  const Options options_;
  HttpTransport& transport_;
  const Clock& clock_;
  const Report report_;

  // Of the thread that asks.
  EntraRefresh refresh_;
  std::string assertion_;
  EntraTokenRequest request_;
  std::vector<Completion> completions_;
  std::string told_;  // the failure that was reported last; empty: none since the last success
  Instant told_at_{};

  std::atomic<uint64_t> refused_generation_{0};
  std::atomic<uint64_t> version_{0};
  mutable Mutex mutex_;
  std::shared_ptr<const EntraSnapshot> snapshot_ GUARDED_BY(mutex_);
  std::jthread thread_;
};

}  // namespace awps
