#include "metrics/counters.h"

namespace awps {

#define AWPS_READ_FIELD(field, ...) values.field = counters.field.value();
#define AWPS_ADD_FIELD(field, name, help) to.field += counters.field.value();

HubValues values_of(const HubCounters& counters) {
  HubValues values;
  counters.publication.read([&] {
    AWPS_HUB_COUNTERS(AWPS_READ_FIELD)
    AWPS_HUB_CHARGES(AWPS_READ_FIELD)
    AWPS_HUB_GAUGES(AWPS_READ_FIELD)
  });
  values.delivery = counters.delivery.values();
  values.request = counters.request.values();
  return values;
}

SpoolValues values_of(const SpoolCounters& counters) {
  SpoolValues values;
  AWPS_SPOOL_COUNTERS(AWPS_READ_FIELD)
  AWPS_SPOOL_ERRORS(AWPS_READ_FIELD)
  AWPS_SPOOL_GAUGES(AWPS_READ_FIELD)
  values.oldest_at = counters.oldest_at.value();
  values.commit = counters.commit.values();
  return values;
}

StreamValues values_of(const StreamCounters& counters) {
  StreamValues values;
  AWPS_STREAM_COUNTERS(AWPS_READ_FIELD)
  AWPS_STREAM_COMMITS(AWPS_READ_FIELD)
  AWPS_STREAM_REBALANCES(AWPS_READ_FIELD)
  return values;
}

Counter& SpoolCounters::errors_of(std::string_view call) {
#define AWPS_IS_CALL(field, name) \
  if (call == (name)) return field;
  AWPS_SPOOL_ERRORS(AWPS_IS_CALL)
#undef AWPS_IS_CALL
  return errors_other;
}

void add_values_of(const IntakeCounters& counters, IntakeValues& to) {
  AWPS_INTAKE_COUNTERS(AWPS_ADD_FIELD)
}

#undef AWPS_READ_FIELD
#undef AWPS_ADD_FIELD

}  // namespace awps
