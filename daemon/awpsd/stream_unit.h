#pragma once

// StreamUnit: a stream as it runs: its plan, its thread, and what proves who it is. StreamTable
// makes it, changes it and brings it to its end.
//
// 1. It ends in this order: its thread gives back what it has (`is_ending`), has stopped, closes
//    what reads the topic, which may wait for a broker, and has ended. Only then is it destroyed.
//
// Any thread that shares it reads plan, counters and thread; the rest is for who has it by the
// table's mutex.

#include <atomic>
#include <cstdint>
#include <memory>

#include "daemon/awpsd/stream_plan.h"
#include "metrics/counters.h"
#include "stream/stream_thread.h"

namespace awps {

struct StreamUnit {
  StreamPlan plan;     // as it was started
  StreamPlan applied;  // as the last reload left it
  int slot = 0;        // its place in every hub's queue
  StreamCounters counters;
  std::unique_ptr<StreamThread> thread;
  std::atomic<uint64_t> max_ahead{0};  // as the last reload left it
  bool is_ending = false;              // it was told to give back what it has
};

}  // namespace awps
