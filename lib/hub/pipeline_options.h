#pragma once

// PipelineOptions: what a pipeline is told of its hub.

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "coalesce/coalesce_options.h"
#include "hub/dead_letters.h"
#include "hub/order_plan.h"
#include "retry/backoff.h"

namespace awps {

struct PipelineOptions {
  std::string hub;  // canonical name
  OrderOptions order;
  CoalesceOptions coalesce;
  size_t url_prefix_bytes = 200;   // of a broadcast's URL without its filter
  bool give_up_ambiguous = false;  // at most once for sends
  double requests_per_second = 0;
  double bytes_per_second = 0;
  Duration burst = std::chrono::milliseconds(100);
  uint32_t max_in_flight = 64;
  RetryOptions retry;
  DeadLetters::Options dead_letters;
};

}  // namespace awps
