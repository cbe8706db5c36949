#include "metrics/gateway_counters.h"

namespace awps {

void GatewayCounters::note_request(std::string_view route, int status, Duration took) {
  seconds_.add(took);
  const MutexLock lock(mutex_);
  ++requests_[{std::string(route), status}];
}

void GatewayCounters::note_read(int status) {
  const MutexLock lock(mutex_);
  ++reads_[status];
}

void GatewayCounters::note_refused(std::string_view reason) {
  const MutexLock lock(mutex_);
  ++refused_[std::string(reason)];
}

GatewayValues GatewayCounters::values() const {
  GatewayValues values;
  values.joined = joined_.value();
  values.seconds = seconds_.values();
  const MutexLock lock(mutex_);
  values.requests = requests_;
  values.reads = reads_;
  values.refused = refused_;
  return values;
}

}  // namespace awps
