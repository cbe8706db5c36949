#pragma once

// FakeClock and FakeAzure: time that a test moves, and a service behind transports that are no
// network: it answers each request as the test has told it, and to questions for its health always
// well. Any thread.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "http/http_transport.h"

namespace awps {

class FakeClock final : public Clock {
 public:
  static constexpr Instant kStart{std::chrono::hours(1)};
  static constexpr WallTime kWallStart{std::chrono::hours(24) * 20'000};

  Instant now() const override { return kStart + passed(); }
  WallTime wall_now() const override { return kWallStart + passed(); }
  AwakeInstant awake_now() const override {
    if (before_awake_now) before_awake_now();
    return Clock::awake_now();
  }
  void advance(Duration time) { passed_ += time.count(); }

  /// Each call of a disk asks for this time first, so it may let one hang. Set before threads are.
  std::function<void()> before_awake_now;

 private:
  Duration passed() const { return Duration(passed_.load()); }

  std::atomic<Duration::rep> passed_{0};
};

class FakeAzure {
 public:
  explicit FakeAzure(const Clock& clock) : clock_(clock) {}

  std::unique_ptr<HttpTransport> make_transport();
  /// Those that live.
  int transports() const { return transports_; }

  /// Answers from now on, those to requests under way included.
  void answer_with(int status, std::string body = {});
  /// Answers nothing until release().
  void hold();
  /// From the next poll on whoever polls hangs, whatever wakes it, until release().
  void hang();
  void release();
  /// Those who poll look around: time has passed.
  void wake_all();

  /// "POST https://…", in the order started; without questions for health.
  std::vector<std::string> requests() const;
  /// The body of each.
  std::vector<std::string> bodies() const;
  /// The token of each.
  std::vector<std::string> tokens() const;
  /// Blocks until so many polls hang.
  void wait_for_hanging(int polls);

 private:
  class Transport;

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int status_ = 202;
  std::string body_;
  bool is_held_ = false;
  bool hangs_ = false;
  int hanging_ = 0;
  uint64_t wakes_ = 0;  // of all
  std::atomic<int> transports_{0};
  std::vector<std::string> requests_;
  std::vector<std::string> bodies_;
  std::vector<std::string> tokens_;
};

}  // namespace awps
