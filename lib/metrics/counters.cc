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

void add_values_of(const IntakeCounters& counters, IntakeValues& to) {
  AWPS_INTAKE_COUNTERS(AWPS_ADD_FIELD)
}

#undef AWPS_READ_FIELD
#undef AWPS_ADD_FIELD

}  // namespace awps
