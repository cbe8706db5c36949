#pragma once

// GatewayCounters: what the gateway counts: its requests by operation and status, how long they
// took, reads by the service's status, and refusals by reason.
//
// Any thread; the gateway's thread writes. The labels are names from a fixed list, or numbers below
// 1000, so their number is bounded; never a text that a client chose.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/mutex.h"
#include "metrics/counters.h"
#include "metrics/histogram.h"

namespace awps {

#define AWPS_GATEWAY_REQUESTS_NAME "awpsd_gateway_requests_total"
#define AWPS_GATEWAY_REQUESTS_HELP "Requests answered by the gateway, by operation and status"
#define AWPS_GATEWAY_SECONDS_NAME "awpsd_gateway_request_seconds"
#define AWPS_GATEWAY_SECONDS_HELP "From a request of the gateway to its answer"
#define AWPS_GATEWAY_JOINED_NAME "awpsd_gateway_joined_total"
#define AWPS_GATEWAY_JOINED_HELP "Retries that joined the request that they repeat"
#define AWPS_GATEWAY_READS_NAME "awpsd_gateway_reads_total"
#define AWPS_GATEWAY_READS_HELP "Reads sent to the service, by its status, 0: there was no answer"
#define AWPS_GATEWAY_REFUSED_NAME "awpsd_gateway_refused_total"
#define AWPS_GATEWAY_REFUSED_HELP "Requests that the gateway refused, by reason"

/// What was counted when it was read.
struct GatewayValues {
  std::map<std::pair<std::string, int>, uint64_t> requests;  // by operation and status
  std::map<int, uint64_t> reads;                             // by status
  std::map<std::string, uint64_t> refused;                   // by reason
  uint64_t joined = 0;
  HistogramValues seconds;
};

class GatewayCounters {
 public:
  /// The gateway's thread.
  void note_request(std::string_view route, int status, Duration took);
  void note_read(int status);
  void note_refused(std::string_view reason);
  void note_joined() { joined_.add(); }

  /// Any thread.
  GatewayValues values() const;

 private:
  Counter joined_;
  Histogram seconds_;
  mutable Mutex mutex_;
  std::map<std::pair<std::string, int>, uint64_t> requests_ GUARDED_BY(mutex_);
  std::map<int, uint64_t> reads_ GUARDED_BY(mutex_);
  std::map<std::string, uint64_t> refused_ GUARDED_BY(mutex_);
};

}  // namespace awps
