#pragma once

// Steering: what operators may do, answered to the admin server (AdminService): pause, drain and
// resume hubs, look after dead letters, reload, and watch.
//
// 1. What is asked of a hub goes through its worker's mailbox. A worker that does not answer within
//    kPatience is reported as `unavailable`, and a command may still be carried out.
// 2. Of a worker that has ended nothing is changed any more: what it left is in the file of the
//    stop. Of a hub that is gone the dead letters can be looked at and purged.
// 3. A command to several hubs is carried out for all of them or, with an error, for none.

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "admin/admin_service.h"
#include "daemon/awpsd/hub_table.h"
#include "daemon/awpsd/reloader.h"
#include "daemon/awpsd/status_reader.h"

namespace awps {

class Steering final : public AdminService {
 public:
  /// All of them outlive it.
  struct Parts {
    HubTable& hubs;
    Reloader& reloader;
    StatusReader& status;
    const Clock& clock;
  };

  explicit Steering(const Parts& parts) : parts_(parts) {}

  ServiceStatus status() override { return parts_.status.read(); }
  Result<void> alive() override;
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

  using Hub = std::shared_ptr<HubUnit>;

  AdminResult<HubTable::Hubs> hubs_named(const std::string& name) const;
  AdminResult<Hub> hub_named(const std::string& name) const;
  AdminError unknown_hub(const std::string& name) const;
  AdminError has_ended(const HubUnit& hub) const;
  std::shared_ptr<RestingHub> resting_hub(const std::string& name) const;
  template <typename Question>
  auto answer_of(HubUnit& hub, Question question) const
      -> AdminResult<std::invoke_result_t<Question, Worker&>>;
  /// Also of a hub that is gone.
  template <typename Question>
  auto answer_of_letters(const std::string& name, Question question) const
      -> AdminResult<std::invoke_result_t<Question, DeadLetterStore&>>;

  const Parts parts_;
};

}  // namespace awps
