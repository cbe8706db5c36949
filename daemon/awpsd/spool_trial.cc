#include "daemon/awpsd/spool_trial.h"

#include <utility>

namespace awps {

void SpoolTrial::run() {
  const Result<void> tried = file_.try_folder();
  const MutexLock lock(mutex_);
  const std::string before = std::exchange(error_, tried ? "" : tried.error().message);
  if (!error_.empty()) {
    logger_.warn("{}", error_);
  } else if (!before.empty()) {
    logger_.info("spool.path can be written to again");
  }
}

std::string SpoolTrial::error() const {
  const MutexLock lock(mutex_);
  return error_;
}

}  // namespace awps
