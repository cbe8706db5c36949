#pragma once

// The streams of a status as Prometheus reads them, see exposition.h.
//
// The gauges of one stream's partitions are at most kMostPartitionSeries samples. Where a daemon
// owns more partitions than have room there, each gauge has one sample for all of them, without the
// label `partition`: the sum, of an age the highest. So no topic fills a Prometheus. Pure.

#include <cstddef>
#include <vector>

#include "admin/metric_writer.h"
#include "admin/stream_view.h"

namespace awps::admin {

inline constexpr size_t kMostPartitionSeries = 256;

void write_streams(MetricWriter& out, const std::vector<StreamView>& streams);

}  // namespace awps::admin
