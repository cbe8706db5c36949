#pragma once

// The status as Prometheus reads it: text exposition format 0.0.4
// (prometheus.io/docs/instrumenting/exposition_formats).
//
// 1. Every metric of metric_table.h is here, with its help text and type.
// 2. Labels are hubs, endpoints, streams, partitions and versions: nothing that actions, producers
//    or answers say.
// 3. The numbers of a hub are those of one reading: the law of the actions (ADMIN.md) holds in any
//    one scrape.
//
// It is written from the table and not through a client library: a library keeps its own registry
// of the same numbers, which would have to be kept in step. Pure.

#include <string>

#include "admin/process_facts.h"
#include "admin/status.h"

namespace awps::admin {

inline constexpr char kExpositionType[] = "text/plain; version=0.0.4; charset=utf-8";

std::string exposition(const ServiceStatus& status, const ProcessFacts& process);

}  // namespace awps::admin
