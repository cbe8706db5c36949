#pragma once

// Reloader: the configuration that the daemon goes by, and how it becomes another one: all that can
// change while it runs does, or nothing where the new one has a mistake. Log levels set for a while
// end here, too.
//
// Any thread; one reload at a time. Nobody waits for it but another reload: what it looks up on the
// machine may take long.

#include <spdlog/logger.h>

#include <functional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "config/print.h"
#include "daemon/awpsd/config_check.h"
#include "daemon/awpsd/hub_table.h"
#include "daemon/awpsd/notify.h"
#include "daemon/awpsd/plan.h"
#include "daemon/awpsd/spool_trial.h"

namespace awps {

class Reloader {
 public:
  /// Reads the configuration anew, with everything that is wrong with it.
  using Load = std::function<CheckedConfig()>;

  /// All of them outlive it.
  struct Parts {
    Load load;
    HubTable& hubs;
    SpoolTrial& spool;
    const Clock& clock;
    spdlog::logger& logger;
    Notifier& notifier;
    /// admin.group; an Error says what does not follow. Empty: there is no admin interface.
    std::function<Result<void>(const std::string& group)> set_admin_group;
    /// What of [gateway] need not wait for a start. Empty: there is no gateway.
    std::function<void(const Config& config)> follow_gateway;
    /// The names of the streams that are new. Empty: there are none.
    std::function<std::vector<std::string>(const Plan& plan)> follow_streams{};
  };

  /// `config` is the one that the hubs were made from.
  Reloader(Parts parts, Config config);

  /// What changed. An Error lists every mistake, a line each, and nothing has changed.
  Result<std::vector<ConfigChange>> reload();
  /// What a reload would change.
  Result<std::vector<ConfigChange>> diff();
  /// Options that were changed and wait for the next start.
  std::vector<std::string> pending() const;

  /// `length` zero: until the next reload. False: there is no such level.
  bool set_level(std::string_view level, Duration length);
  /// Now and then: ends a level whose time is over.
  void tick();
  std::string level() const;
  Duration drain_timeout() const;

 private:
  Result<std::vector<ConfigChange>> load_and_apply() REQUIRES(reload_mutex_) EXCLUDES(mutex_);
  std::vector<ConfigChange> changes_to(const Config& config) const REQUIRES(mutex_);
  void take_admin_group(const std::string& group) const;
  void change_level(LogConfig::Level level, Instant until) REQUIRES(mutex_);

  const Parts parts_;
  Mutex reload_mutex_;  // before the other
  mutable Mutex mutex_;
  Config config_ GUARDED_BY(mutex_);   // goes by it, but for what waits for a start
  Config started_ GUARDED_BY(mutex_);  // as it was started, each hub and stream as it came first
  LogConfig::Level level_ GUARDED_BY(mutex_);
  Instant level_until_ GUARDED_BY(mutex_) = kNever;
};

}  // namespace awps
