#pragma once

// ProducerState: what one producer has in one hub. It exists while something of it is unsettled.

#include <array>
#include <cstdint>

#include "hub/barriers.h"
#include "hub/order_plan.h"
#include "hub/ready_list.h"

namespace awps {

struct ProducerState {
  uint64_t number = 0;
  uint64_t unsettled = 0;
  std::array<Barrier, kBarrierKinds> barriers;
  std::array<ReadyQueue, kReadyLists> ready;
};

}  // namespace awps
