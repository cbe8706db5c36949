#include "admin/exposition.h"

#include <algorithm>
#include <array>

#include "admin/metric_writer.h"
#include "admin/stream_exposition.h"

namespace awps::admin {

namespace {

using Type = MetricWriter::Type;

/// A row of metric_table.h.
template <typename Values, typename Field>
struct Metric {
  std::string_view name;
  std::string_view help;
  Field Values::*field;
  Type type;
  bool is_nanoseconds;  // counted so, and told in seconds, as Prometheus wants it
};

using HubMetric = Metric<HubValues, uint64_t>;
using HubHistogram = Metric<HubValues, HistogramValues>;
using SpoolMetric = Metric<SpoolValues, uint64_t>;
using SpoolHistogram = Metric<SpoolValues, HistogramValues>;
using IntakeMetric = Metric<IntakeValues, uint64_t>;

constexpr bool is_nanoseconds(std::string_view field) {
  return field.ends_with("_nanoseconds");
}

#define AWPS_ROW(values, field, name, help, type) \
  {name, help, &values::field, type, is_nanoseconds(#field)},
#define AWPS_HUB_COUNTER_ROW(field, name, help) \
  AWPS_ROW(HubValues, field, name, help, Type::kCounter)
#define AWPS_HUB_GAUGE_ROW(field, name, help) AWPS_ROW(HubValues, field, name, help, Type::kGauge)
#define AWPS_HUB_HISTOGRAM_ROW(field, name, help) \
  AWPS_ROW(HubValues, field, name, help, Type::kHistogram)
#define AWPS_SPOOL_COUNTER_ROW(field, name, help) \
  AWPS_ROW(SpoolValues, field, name, help, Type::kCounter)
#define AWPS_SPOOL_GAUGE_ROW(field, name, help) \
  AWPS_ROW(SpoolValues, field, name, help, Type::kGauge)
#define AWPS_SPOOL_HISTOGRAM_ROW(field, name, help) \
  AWPS_ROW(SpoolValues, field, name, help, Type::kHistogram)
#define AWPS_INTAKE_ROW(field, name, help) AWPS_ROW(IntakeValues, field, name, help, Type::kCounter)

constexpr HubMetric kHubMetrics[] = {AWPS_HUB_COUNTERS(AWPS_HUB_COUNTER_ROW)
                                         AWPS_HUB_GAUGES(AWPS_HUB_GAUGE_ROW)};
constexpr HubHistogram kHubHistograms[] = {AWPS_HUB_HISTOGRAMS(AWPS_HUB_HISTOGRAM_ROW)};
constexpr SpoolMetric kSpoolMetrics[] = {AWPS_SPOOL_COUNTERS(AWPS_SPOOL_COUNTER_ROW)
                                             AWPS_SPOOL_GAUGES(AWPS_SPOOL_GAUGE_ROW)};
constexpr SpoolHistogram kSpoolHistograms[] = {AWPS_SPOOL_HISTOGRAMS(AWPS_SPOOL_HISTOGRAM_ROW)};
constexpr IntakeMetric kIntakeMetrics[] = {AWPS_INTAKE_COUNTERS(AWPS_INTAKE_ROW)};

#undef AWPS_INTAKE_ROW
#undef AWPS_SPOOL_HISTOGRAM_ROW
#undef AWPS_SPOOL_GAUGE_ROW
#undef AWPS_SPOOL_COUNTER_ROW
#undef AWPS_HUB_HISTOGRAM_ROW
#undef AWPS_HUB_GAUGE_ROW
#undef AWPS_HUB_COUNTER_ROW
#undef AWPS_ROW

void write_service(MetricWriter& out, const ServiceStatus& status) {
  out.family("awpsd_build_info", Type::kGauge, "1, with the version as label");
  out.sample({{"version", status.version}}, 1);
  out.family("awpsd_service_ready", Type::kGauge, "1: nothing stands in the way of any hub");
  out.sample({}, status.not_ready.empty() ? 1 : 0);
  out.family("awpsd_pending_restart", Type::kGauge,
             "Options changed by a reload that wait for the next start");
  out.sample({}, status.pending_restart.size());
  out.family("awpsd_spool_writable", Type::kGauge,
             "1: what a stop cannot deliver would be kept under spool.path; 0: it would be lost");
  out.sample({}, status.spool_error.empty() ? 1 : 0);
  out.family("awpsd_spool_all_max_bytes", Type::kGauge,
             "What awpsd_spool_bytes of all hubs may become together");
  out.sample({}, status.spool_max_bytes);
  out.family("awpsd_spool_free_bytes", Type::kGauge,
             "Bytes that are free on the disk of spool.path");
  out.sample({}, status.spool_free_bytes);
  out.family("awpsd_spool_min_free_bytes", Type::kGauge,
             "Free bytes that hubs leave on the disk of spool.path");
  out.sample({}, status.spool_min_free_bytes);
  out.family("awpsd_log_lines_dropped_total", Type::kCounter,
             "Log lines that were not read in time, or could not be written");
  out.sample({}, status.log_lines_dropped);
  out.family("awpsd_undelivered_files", Type::kGauge,
             "Files under spool.path that earlier stops left, and that were not sent yet");
  out.sample({}, status.undelivered.files);
  out.family("awpsd_undelivered_actions", Type::kGauge,
             "Actions in them, as far as they have been read");
  out.sample({}, status.undelivered.actions);
}

void write_intake(MetricWriter& out, const ServiceStatus& status) {
  out.family("awpsd_producers", Type::kGauge, "Connections of producers now");
  out.sample({}, status.producers);
  for (const IntakeMetric& metric : kIntakeMetrics) {
    out.family(metric.name, metric.type, metric.help);
    out.sample({}, status.intake.*metric.field);
  }
}

void write_gateway_counts(MetricWriter& out, const GatewayValues& values) {
  out.family(AWPS_GATEWAY_REQUESTS_NAME, Type::kCounter, AWPS_GATEWAY_REQUESTS_HELP);
  for (const auto& [label, count] : values.requests) {
    const std::string status = std::to_string(label.second);
    out.sample({{"route", label.first}, {"status", status}}, count);
  }
  out.family(AWPS_GATEWAY_SECONDS_NAME, Type::kHistogram, AWPS_GATEWAY_SECONDS_HELP);
  out.histogram({}, values.seconds);
  out.family(AWPS_GATEWAY_JOINED_NAME, Type::kCounter, AWPS_GATEWAY_JOINED_HELP);
  out.sample({}, values.joined);
  out.family(AWPS_GATEWAY_READS_NAME, Type::kCounter, AWPS_GATEWAY_READS_HELP);
  for (const auto& [status, count] : values.reads) {
    out.sample({{"status", std::to_string(status)}}, count);
  }
  out.family(AWPS_GATEWAY_REFUSED_NAME, Type::kCounter, AWPS_GATEWAY_REFUSED_HELP);
  for (const auto& [reason, count] : values.refused) out.sample({{"reason", reason}}, count);
}

void write_gateway(MetricWriter& out, const ServiceStatus& status) {
  if (!status.gateway) return;
  const GatewayStatus& gateway = *status.gateway;
  out.family("awpsd_gateway_connections", Type::kGauge, "Connections to the gateway now");
  out.sample({}, gateway.connections);
  out.family("awpsd_gateway_max_connections", Type::kGauge,
             "Connections to the gateway at most; beyond them, clients wait");
  out.sample({}, gateway.max_connections);
  if (gateway.certificate_end) {
    out.family("awpsd_gateway_certificate_end_timestamp_seconds", Type::kGauge,
               "When the gateway's TLS certificate ends, in seconds since 1970");
    const auto end = std::chrono::floor<std::chrono::seconds>(*gateway.certificate_end);
    out.sample({}, end.time_since_epoch().count());
    out.family("awpsd_gateway_certificate_refused", Type::kGauge,
               "1: the file of the certificate has changed and is bad, so the old one is used");
    out.sample({}, !gateway.certificate_error.empty());
  }
  write_gateway_counts(out, gateway.values);
}

/// In seconds, where it is counted in nanoseconds.
template <typename Field>
void write_sample(MetricWriter& out, const std::string& hub, const Field& metric, uint64_t value) {
  if (metric.is_nanoseconds) {
    out.sample({{"hub", hub}}, static_cast<double>(value) / 1e9);
  } else {
    out.sample({{"hub", hub}}, value);
  }
}

void write_hub_tables(MetricWriter& out, const ServiceStatus& status) {
  for (const HubMetric& metric : kHubMetrics) {
    out.family(metric.name, metric.type, metric.help);
    for (const HubStatus& hub : status.hubs) {
      write_sample(out, hub.name, metric, hub.values.*metric.field);
    }
  }
  out.family(AWPS_HUB_CHARGES_NAME, Type::kCounter, AWPS_HUB_CHARGES_HELP);
  for (const HubStatus& hub : status.hubs) {
#define AWPS_CHARGE_SAMPLE(field, evidence) \
  out.sample({{"hub", hub.name}, {"evidence", evidence}}, hub.values.field);
    AWPS_HUB_CHARGES(AWPS_CHARGE_SAMPLE)
#undef AWPS_CHARGE_SAMPLE
  }
  for (const HubHistogram& metric : kHubHistograms) {
    out.family(metric.name, metric.type, metric.help);
    for (const HubStatus& hub : status.hubs) {
      out.histogram({{"hub", hub.name}}, hub.values.*metric.field);
    }
  }
}

/// Calls `write` for each hub that has a log.
template <typename Write>
void for_each_log(const ServiceStatus& status, const Write& write) {
  for (const HubStatus& hub : status.hubs) {
    if (hub.spool) write(hub.name, *hub.spool);
  }
}

void write_spools(MetricWriter& out, const ServiceStatus& status) {
  for (const SpoolMetric& metric : kSpoolMetrics) {
    out.family(metric.name, metric.type, metric.help);
    for_each_log(status, [&](const std::string& hub, const SpoolStatus& spool) {
      write_sample(out, hub, metric, spool.values.*metric.field);
    });
  }
  out.family(AWPS_SPOOL_ERRORS_NAME, Type::kCounter, AWPS_SPOOL_ERRORS_HELP);
  for_each_log(status, [&](const std::string& hub, const SpoolStatus& spool) {
#define AWPS_ERROR_SAMPLE(field, call) \
  out.sample({{"hub", hub}, {"call", call}}, spool.values.field);
    AWPS_SPOOL_ERRORS(AWPS_ERROR_SAMPLE)
#undef AWPS_ERROR_SAMPLE
  });
  out.family(AWPS_SPOOL_OLDEST_NAME, Type::kGauge, AWPS_SPOOL_OLDEST_HELP);
  for_each_log(status, [&](const std::string& hub, const SpoolStatus& spool) {
    out.sample({{"hub", hub}}, spool.oldest_seconds);
  });
  out.family("awpsd_spool_max_bytes", Type::kGauge,
             "What awpsd_spool_bytes may become, 0: no bound of its own");
  for_each_log(status, [&](const std::string& hub, const SpoolStatus& spool) {
    out.sample({{"hub", hub}}, spool.max_bytes);
  });
  for (const SpoolHistogram& metric : kSpoolHistograms) {
    out.family(metric.name, metric.type, metric.help);
    for_each_log(status, [&](const std::string& hub, const SpoolStatus& spool) {
      out.histogram({{"hub", hub}}, spool.values.*metric.field);
    });
  }
}

/// A sample of each hub in the family that was begun.
template <typename Value>
void write_hubs(MetricWriter& out, const ServiceStatus& status, const Value& value) {
  for (const HubStatus& hub : status.hubs) out.sample({{"hub", hub.name}}, value(hub));
}

void write_hub_states(MetricWriter& out, const ServiceStatus& status) {
  out.family("awpsd_hub_info", Type::kGauge, "1, with the endpoint of the hub as label");
  for (const HubStatus& hub : status.hubs) {
    out.sample({{"hub", hub.name}, {"endpoint", hub.endpoint}}, 1);
  }
  out.family("awpsd_ready", Type::kGauge, "1: nothing stands in the way of the hub's actions");
  write_hubs(out, status, [](const HubStatus& hub) { return hub.not_ready.empty() ? 1 : 0; });
  out.family("awpsd_hub_paused", Type::kGauge, "1: an operator has paused the hub");
  write_hubs(out, status, [](const HubStatus& hub) { return hub.state == HubState::kPaused; });
  out.family("awpsd_hub_draining", Type::kGauge, "1: the hub takes no actions until it is resumed");
  write_hubs(out, status, [](const HubStatus& hub) {
    return hub.state == HubState::kDraining || hub.state == HubState::kDrained;
  });
  out.family("awpsd_queue_max_bytes", Type::kGauge, "What awpsd_queue_held_bytes may become");
  write_hubs(out, status, [](const HubStatus& hub) { return hub.max_queued_bytes; });
  out.family("awpsd_concurrency_max", Type::kGauge, "What awpsd_concurrency_limit may become");
  write_hubs(out, status, [](const HubStatus& hub) { return hub.max_in_flight; });
}

/// What only a hub's worker knows; the samples of one that did not answer are left out.
void write_reports(MetricWriter& out, const ServiceStatus& status) {
  struct ReportMetric {
    std::string_view name;
    Type type;
    std::string_view help;
    uint64_t HubReport::*field;
  };
  static constexpr ReportMetric kMetrics[] = {
      {"awpsd_dead_letters", Type::kGauge, "Dead letters that are kept", &HubReport::dead_letters},
      {"awpsd_dead_letter_bytes", Type::kGauge, "Bytes of these", &HubReport::dead_letter_bytes},
      {"awpsd_dead_letters_dropped_total", Type::kCounter,
       "Dead letters that made room for later ones, or were too old",
       &HubReport::dead_letters_dropped},
      {"awpsd_dead_letters_unwritten", Type::kGauge,
       "Dead letters that are to be on disk, and are in memory alone so far",
       &HubReport::dead_letters_unwritten},
  };
  out.family("awpsd_worker_answers", Type::kGauge, "0: the hub's worker did not answer in time");
  write_hubs(out, status, [](const HubStatus& hub) { return hub.report.has_value(); });
  for (const ReportMetric& metric : kMetrics) {
    out.family(metric.name, metric.type, metric.help);
    for (const HubStatus& hub : status.hubs) {
      if (hub.report) out.sample({{"hub", hub.name}}, (*hub.report).*metric.field);
    }
  }
}

/// A sample of each endpoint in the family that was begun.
template <typename Value>
void write_endpoints(MetricWriter& out, const ServiceStatus& status, const Value& value) {
  for (const EndpointStatus& endpoint : status.endpoints) {
    out.sample({{"endpoint", endpoint.url}}, value(endpoint));
  }
}

void write_endpoint_states(MetricWriter& out, const ServiceStatus& status) {
  using Endpoint = EndpointStatus;
  out.family("awpsd_endpoint_held", Type::kGauge, "1: held for this reason: only probes are sent");
  for (const Endpoint& of : status.endpoints) {
    for (const std::string_view reason : kHoldWords) {
      out.sample({{"endpoint", of.url}, {"reason", reason}}, of.hold == reason);
    }
  }
  out.family("awpsd_endpoint_paused", Type::kGauge, "1: paused for a while, as after a 429");
  write_endpoints(out, status, [](const Endpoint& of) { return of.state == "paused"; });
  out.family("awpsd_endpoint_wait_seconds", Type::kGauge, "Until a pause or a hold is tried again");
  write_endpoints(out, status, [](const Endpoint& of) { return of.seconds_left; });
  out.family("awpsd_endpoint_pace_requests_per_second", Type::kGauge,
             "Requests a second that it is asked to take at most, 0: no limit");
  write_endpoints(out, status, [](const Endpoint& of) { return of.pace_requests_per_second; });
  out.family("awpsd_endpoint_pace_is_learnt", Type::kGauge, "1: the pace has fallen after a 429");
  write_endpoints(out, status, [](const Endpoint& of) { return of.pace_is_learnt; });
  out.family("awpsd_endpoint_shared_part", Type::kGauge,
             "Part of the limits of a fleet (shared_by) that is this daemon's, 0.01 to 1");
  for (const Endpoint& of : status.endpoints) {
    if (of.shared_by) out.sample({{"endpoint", of.url}}, of.shared_by->part);
  }
  out.family("awpsd_suspect_targets", Type::kGauge, "Targets that fail while others are answered");
  write_endpoints(out, status, [](const Endpoint& of) { return of.suspects; });
  out.family("awpsd_rule_off", Type::kGauge,
             "1: the rule of coalescing is off, because such requests fail");
  for (const Endpoint& of : status.endpoints) {
    for (const std::string_view rule : kRuleWords) {
      const bool is_off = std::ranges::find(of.rules_off, rule) != of.rules_off.end();
      out.sample({{"endpoint", of.url}, {"rule", rule}}, is_off);
    }
  }
}

void write_process(MetricWriter& out, const ServiceStatus& status, const ProcessFacts& process) {
  out.family("process_start_time_seconds", Type::kGauge, "Start, in seconds since 1970");
  const auto started = std::chrono::floor<std::chrono::milliseconds>(status.started_at);
  out.sample({}, static_cast<double>(started.time_since_epoch().count()) / 1e3);
  out.family("process_cpu_seconds_total", Type::kCounter, "Time on a processor");
  out.sample({}, process.cpu_seconds);
  out.family("process_resident_memory_bytes", Type::kGauge, "Memory that is in RAM");
  out.sample({}, process.resident_bytes);
  out.family("process_virtual_memory_bytes", Type::kGauge, "Memory in the address space");
  out.sample({}, process.virtual_bytes);
  out.family("process_open_fds", Type::kGauge, "Open file descriptors");
  out.sample({}, process.open_fds);
  out.family("process_max_fds", Type::kGauge, "File descriptors that may be open");
  out.sample({}, process.max_fds);
  out.family("process_threads", Type::kGauge, "Threads");
  out.sample({}, process.threads);
}

}  // namespace

std::string exposition(const ServiceStatus& status, const ProcessFacts& process) {
  MetricWriter out;
  write_service(out, status);
  write_intake(out, status);
  write_gateway(out, status);
  write_streams(out, status.streams);
  write_hub_states(out, status);
  write_hub_tables(out, status);
  write_spools(out, status);
  write_reports(out, status);
  write_endpoint_states(out, status);
  write_process(out, status, process);
  return out.take();
}

}  // namespace awps::admin
