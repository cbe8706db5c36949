#pragma once

// Account: what one producer (one connection) holds in one hub. The intake thread that owns the
// connection makes it and adds to it; the hub's worker takes away.
//
// 1. The worker's last touch of an account is the release of its last bytes, and it reports
//    outcomes before it releases. So an owner that sees held_bytes == 0 after the connection's last
//    batch, and then takes once more what is in its ReportQueue, may free the account.
// 2. held_bytes covers everything of this producer in this hub that has no Outcome yet.

#include <atomic>
#include <cstdint>
#include <string>

#include "base/mutex.h"

namespace awps {

class ReportQueue;

struct Account {
  uint64_t producer = 0;           // the connection's number, unique while the daemon runs
  std::string producer_name;       // from the hello; for logs and status only
  bool wants_outcomes = false;     // ack = delivered
  ReportQueue* reports = nullptr;  // of the intake thread that owns the connection

  alignas(kCacheLine) std::atomic<uint64_t> held_bytes{0};
};

}  // namespace awps
