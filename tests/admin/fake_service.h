#pragma once

// FakeService: an AdminService that says what a test has set, and notes what it was asked. Any
// thread: the server calls it in its own.

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "admin/admin_service.h"

namespace awps::admin {

/// A service with two hubs, whose every number is another one.
ServiceStatus sample_status();

class FakeService final : public AdminService {
 public:
  ServiceStatus status() override;
  Result<void> alive() override;
  AdminResult<void> pause(const std::string& hub) override { return note("pause " + hub); }
  AdminResult<void> resume(const std::string& hub) override { return note("resume " + hub); }
  AdminResult<void> drain(const std::string& hub) override { return note("drain " + hub); }
  AdminResult<DeadLetterPage> dead_letters(const std::string& hub, uint64_t after,
                                           size_t limit) override;
  AdminResult<RedriveResult> redrive(const DeadLetterChoice& choice) override;
  AdminResult<uint64_t> purge(const DeadLetterChoice& choice) override;
  AdminResult<ConfigDiff> reload() override;
  AdminResult<ConfigDiff> config_diff() override;
  AdminResult<void> set_log_level(const std::string& level, Duration length) override;
  AdminResult<std::string> client_url(const TokenRequest& request) override;
  AdminResult<void> tap(const std::string& hub, uint32_t per_second) override;
  std::vector<TapRecord> take_tapped(uint64_t& left_out) override;

  void set_status(ServiceStatus status);
  void set_letters(std::vector<DeadLetterView> letters);
  void set_dead(const std::string& reason);
  /// Every operation that can fail does so.
  void set_error(const AdminError& error);
  void add_tapped(std::vector<TapRecord> records, uint64_t left_out);

  /// The next status waits until release(): a worker that does not answer.
  void hold_status();
  void release();
  /// What it was asked, but for status(): "pause chat".
  std::vector<std::string> calls() const;
  int status_calls() const;
  /// Waits until it was asked that, as often in sum; false at the deadline.
  bool wait_for_call(const std::string& call, int times = 1);
  bool wait_for_status_calls(int times);

 private:
  AdminResult<void> note(const std::string& call);
  template <typename T>
  AdminResult<T> note(const std::string& call, T answer) {
    const AdminResult<void> noted = note(call);
    if (!noted) return noted.error();
    return answer;
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  ServiceStatus status_ = sample_status();
  std::vector<DeadLetterView> letters_;
  std::string dead_;
  AdminError error_{.http_status = 0, .code = {}, .message = {}};
  std::vector<TapRecord> tapped_;
  uint64_t left_out_ = 0;
  std::vector<std::string> calls_;
  int status_calls_ = 0;
  bool is_held_ = false;
};

}  // namespace awps::admin
