#pragma once

// Account: what one producer (one connection, or one partition of a stream) holds in one hub. The
// intake thread that owns the connection makes it and adds to it; the hub takes away.
//
// 1. A record flows held → window → 0 or held → spooled → window → 0 in a durable hub, held → 0 in
//    one in memory. Who moves it on adds to the next number before it takes from the one before. So
//    who reads the three in this order, and finds 0 in each, knows that the hub has nothing.
// 2. Each number has one who takes away from it: of held_bytes the committer, or the worker of a
//    hub in memory; of spooled_bytes the committer; of window_bytes the worker. That is its last
//    touch of an account, and it reports before it. So an owner that finds 0 in all three after the
//    connection's last batch, and then takes once more what is in its ReportQueue, may free the
//    account.
// 3. Together they cover everything of this producer in this hub that has no Outcome yet. But of a
//    producer that is gone (is_orphan) the committer lets go what is on disk alone: it sets
//    spooled_bytes to 0 as its last touch, and gives those records an account of its own later.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "queue/stream_lease.h"

namespace awps {

class ReportQueue;

struct Account {
  uint64_t producer = 0;           // the connection's number, unique while the daemon runs
  std::string producer_name;       // from the hello; for logs and status only
  bool wants_outcomes = false;     // ack = delivered
  bool wants_answers = false;      // with its outcomes, those of the service (Outcome::answer)
  std::string id_scope;            // whose ids they are (base/id_hash.h); empty: no deduplication
  bool ids_are_new = false;        // of its batches from now on: see ActionId; the intake's alone
  ReportQueue* reports = nullptr;  // of the intake thread that owns the connection

  bool of_stream = false;          // its actions are records, which their broker keeps over a stop
  bool letters_elsewhere = false;  // its stream keeps itself what the hub gives up
  std::shared_ptr<const StreamLease> lease{};  // of a stream: without it no request starts
  bool is_withdrawn = false;                   // the worker's alone: see Pipeline::withdraw()

  alignas(kCacheLine) std::atomic<uint64_t> held_bytes{0};  // charged to what doors push into
  std::atomic<uint64_t> spooled_bytes{0};                   // on disk alone
  std::atomic<uint64_t> window_bytes{
      0};                              // charged to what the worker of a hub with a log pops from
  std::atomic<bool> is_orphan{false};  // its connection is gone, and pushes nothing more

  /// Does the hub have nothing of it? What the hub reported before, the ReportQueue has.
  bool is_settled() const {
    // Each acquire pairs with the release in Budget::release() or TailAccounts::give_back(), which
    // takes the last bytes away after they were added to the next: see 1.
    return held_bytes.load(std::memory_order_acquire) == 0 &&
           spooled_bytes.load(std::memory_order_acquire) == 0 &&
           window_bytes.load(std::memory_order_acquire) == 0;
  }
};

/// One of the numbers of an account.
using AccountBytes = std::atomic<uint64_t> Account::*;

}  // namespace awps
