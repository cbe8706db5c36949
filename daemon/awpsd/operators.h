#pragma once

// Operators: what the admin server asks (AdminService), answered from the running Service. What is
// asked of a hub goes through its worker's mailbox; a worker that does not answer within kPatience
// is reported as `unavailable`, and a command may still be carried out. Of a worker that has ended
// everything is read, nothing changed.

#include <future>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "admin/admin_service.h"
#include "daemon/awpsd/reloader.h"
#include "daemon/awpsd/service.h"

namespace awps {

class Operators final : public AdminService {
 public:
  Operators(Service& service, Reloader& reloader);

  ServiceStatus status() override;
  Result<void> alive() override { return service_.alive(); }
  AdminResult<void> pause(const std::string& hub) override;
  AdminResult<void> resume(const std::string& hub) override;
  AdminResult<void> drain(const std::string& hub) override;
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

 private:
  static constexpr Duration kPatience = std::chrono::seconds(2);

  AdminResult<std::vector<HubUnit*>> hubs_named(const std::string& name) const;
  AdminResult<HubUnit*> hub_named(const std::string& name) const;
  template <typename Question>
  auto answer_of(HubUnit& hub, Question question) const
      -> AdminResult<std::invoke_result_t<Question, Worker&>>;
  void ask_for_report(HubUnit& hub);
  std::optional<HubReport> report_of(HubUnit& hub, Instant deadline);

  Service& service_;
  Reloader& reloader_;
  const WallTime started_at_;
  const Instant started_;
  // One a hub at most: a worker that hangs is not asked again and again.
  std::map<const HubUnit*, std::future<HubReport>> questions_;
};

}  // namespace awps
