// What the worker of a hub in memory does with producers that ask for deduplication.

#include <gtest/gtest.h>
#include <spdlog/sinks/null_sink.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "queue/duplicates.h"
#include "queue/hub_entrance.h"
#include "tests/support/fixed_token.h"
#include "tests/support/null_transport.h"
#include "tests/support/test_folder.h"
#include "worker/worker.h"

namespace awps {
namespace {

class WorkerIds : public testing::Test {
 protected:
  WorkerIds() {
    account_.producer = 1;
    account_.id_scope = id_scope_of(1, "billing");
    account_.wants_outcomes = true;
    account_.reports = &reports_;
  }

  void push(const std::vector<std::string>& ids) {
    auto batch = std::make_unique<Batch>(account_, clock_.now(), 256);
    for (const std::string& id : ids) {
      batch->add({.kind = ActionKind::kSendToUser, .member = "u", .data = id, .id = id}, ++seq_,
                 /*charge=*/100, /*ordered_batch=*/0);
    }
    note_ids(*batch);
    (void)MemoryEntrance(queue_).enter(0, std::move(batch));
  }

  // "delivered 1" and so on, by the order in which they were told.
  std::vector<std::string> outcomes() {
    std::vector<Report> reports;
    while (reports_.pop(reports)) {
    }
    std::vector<std::string> texts;
    for (const Report& report : reports) {
      const auto& outcome = std::get<Outcome>(report);
      texts.push_back(std::string(name_of(outcome.kind)) + " " + std::to_string(outcome.seq));
    }
    return texts;
  }

  void expect_law(uint64_t accepted, uint64_t duplicates) {
    const Ledger& ledger = worker_.pipeline().ledger();
    EXPECT_TRUE(ledger.balances());
    EXPECT_EQ(counters_.accepted.value(), accepted);
    EXPECT_EQ(counters_.duplicates.value(), duplicates);
    EXPECT_EQ(queue_.budget().held_bytes(), 0U);
    EXPECT_TRUE(account_.is_settled());
  }

  SystemClock clock_;
  TestFolder folder_;
  UndeliveredFile undelivered_{folder_.file("spool"), clock_};
  spdlog::logger logger_{"test", std::make_shared<spdlog::sinks::null_sink_mt>()};
  NullTransport transport_{clock_};
  FixedToken tokens_;
  EndpointState endpoint_{EndpointState::Options{}};
  HubCounters counters_;
  ReportQueue reports_{[] {}};
  HubQueue queue_{{.hub = "hub"}, [] {}, [] {}};
  Worker worker_{{.ids = {.window = std::chrono::minutes(2), .most = 3},
                  .hub = {.hub = "hub"},
                  .sender = {.endpoint_url = "http://127.0.0.1:1", .hub = "hub"}},
                 {.queue = queue_,
                  .endpoint = endpoint_,
                  .transport = transport_,
                  .tokens = tokens_,
                  .clock = clock_,
                  .counters = counters_,
                  .logger = logger_,
                  .undelivered = undelivered_},
                 /*seed=*/1};
  Account account_;
  uint64_t seq_ = 0;
};

using Texts = std::vector<std::string>;

TEST_F(WorkerIds, DuplicatesHaveNoEffectAndAreTold) {
  push({"1", "1", "2"});
  push({"2"});
  worker_.stop(Instant::max());
  worker_.run();
  Texts told = outcomes();
  std::ranges::sort(told);
  EXPECT_EQ(told, (Texts{"delivered 1", "delivered 3", "duplicate 2", "duplicate 4"}));
  EXPECT_EQ(transport_.requests(), 2U);
  expect_law(/*accepted=*/2, /*duplicates=*/2);
}

TEST_F(WorkerIds, TheOldestOfTooManyAreForgotten) {
  push({"1", "2", "3", "4", "1"});
  worker_.stop(Instant::max());
  worker_.run();
  EXPECT_EQ(transport_.requests(), 5U);
  expect_law(/*accepted=*/5, /*duplicates=*/0);
}

TEST_F(WorkerIds, WhoDoesNotWantOutcomesIsToldOfNone) {
  account_.wants_outcomes = false;
  push({"1", "1"});
  worker_.stop(Instant::max());
  worker_.run();
  EXPECT_EQ(outcomes(), Texts{});
  expect_law(/*accepted=*/1, /*duplicates=*/1);
}

TEST_F(WorkerIds, AStopKeepsEachOnce) {
  tokens_.failing = true;  // so nothing can be sent
  push({"1", "1", "2", "1"});
  worker_.stop_now();
  worker_.run();
  EXPECT_EQ(worker_.abandoned(), 2U);
  EXPECT_EQ(outcomes(), (Texts{"duplicate 2", "duplicate 4", "abandoned 1", "abandoned 3"}));
  expect_law(/*accepted=*/2, /*duplicates=*/2);
}

}  // namespace
}  // namespace awps
