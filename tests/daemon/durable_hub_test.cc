// Durable hubs among the others: how they are made, what is said of them, and how they end.

#include <gtest/gtest.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <latch>
#include <string_view>

#include "daemon/awpsd/status_words.h"
#include "tests/daemon/daemon_harness.h"

namespace awps {
namespace {

constexpr const char* kDurable = "[hub_defaults]\ndurability = \"durable\"\n[hubs.chat]\n";
constexpr const char* kTwo = "[hub_defaults]\ndurability = \"durable\"\n[hubs.chat]\n[hubs.old]\n";

class DurableHubTest : public DaemonHarness {
 protected:
  /// The present one ends as a daemon does, and leaves what is not delivered.
  void end() {
    hubs_->begin_stop();
    hubs_->stop_now();
    until([this] { return hubs_->workers_ended(); });
    left_at_end_ = hubs_->join();
    steering_.reset();
    reader_.reset();
    reloader_.reset();
    hubs_.reset();
    logs_.reset();
  }
  /// The law of the actions, in one reading.
  static void expect_law(const HubValues& values) {
    EXPECT_EQ(values.accepted, values.queued + values.active + values.deferred + values.delivered +
                                   values.superseded + values.dead_lettered + values.expired +
                                   values.abandoned + values.returned);
  }
  void leave_three(const std::string& toml, const std::string& name) {
    azure_.hold();
    start(toml);
    producer_->send(hub(name), {"a", "b", "c"});
    until([&] { return hub(name).spool_counters.records.value() == 3; });
    end();
    azure_.release();
  }

  SpoolConfig spool_of_test() const {
    SpoolConfig spool;
    spool.path = folder_;
    return spool;
  }
  /// Of another table.
  HubTable::Parts parts_with(HubLogs& logs) {
    return {.clock = clock_,
            .logger = logger_,
            .make_transport = [this](const CurlOptions&) { return azure_.make_transport(); },
            .undelivered = *undelivered_,
            .logs = logs,
            .spool = spool_of_test()};
  }

  HubTable::Left left_at_end_;
};

TEST_F(DurableHubTest, HasALogAndTheOthersHaveNone) {
  start("[hubs.chat]\ndurability = \"durable\"\n[hubs.news]\n");
  EXPECT_EQ(status_of_hub("chat").spool->state, "direct");
  EXPECT_FALSE(status_of_hub("news").spool.has_value());
  EXPECT_TRUE(status_of_hub("chat").not_ready.empty());
}

TEST_F(DurableHubTest, DeliversWhatIsCommittedAndCountsItOnce) {
  start(kDurable);
  producer_->send(hub("chat"), {"a", "b", "c"});
  EXPECT_EQ(producer_->wait_for_outcomes(3), (std::vector<std::string>(3, "delivered")));
  until([&] { return hub("chat").values().delivered == 3; });
  const HubValues values = hub("chat").values();
  EXPECT_EQ(values.accepted, 3U);
  EXPECT_EQ(hub("chat").spool_counters.commit_actions.value(), 3U);
  expect_law(values);
}

TEST_F(DurableHubTest, AReloadChangesWhatOneProducerMayHaveOnDisk) {
  const std::string durable = std::string(kDurable) + "max_producer_share = ";
  start(durable + "0.5\n");
  Account account;
  const auto room_with = [&](uint64_t bytes_on_disk) {
    account.spooled_bytes = bytes_on_disk;
    return hub("chat").queue->budget().room_for(1, 0, account);
  };
  const uint64_t most = SpoolConfig{}.max_bytes;
  EXPECT_EQ(room_with(most / 4), Budget::Room::kFree);
  EXPECT_NE(room_with(most / 2), Budget::Room::kFree);
  ASSERT_TRUE(apply(durable + "0.125\n").ok());
  EXPECT_NE(room_with(most / 4), Budget::Room::kFree);
  EXPECT_EQ(room_with(most / 16), Budget::Room::kFree);
  ASSERT_TRUE(apply(durable + "1.0\n").ok());
  EXPECT_EQ(room_with(most / 2), Budget::Room::kFree);
}

TEST_F(DurableHubTest, WhatAStopLeavesIsOnDiskAndRecovered) {
  leave_three(kDurable, "chat");
  EXPECT_EQ(left_at_end_.on_disk, 3U);
  EXPECT_EQ(left_at_end_.undelivered, 0U);
  EXPECT_EQ(left_at_end_.lost, 0U);
  EXPECT_TRUE(undelivered().empty());
  start(kDurable);
  EXPECT_EQ(hub("chat").spool_counters.recovered.value(), 3U);
  until([&] { return hub("chat").values().delivered == 3; });
  expect_law(hub("chat").values());
  EXPECT_NE(log().find("the last run left 3 actions on disk"), std::string::npos) << log();
}

TEST_F(DurableHubTest, ThatIsLeftHasNothingOnDiskInTheEnd) {
  leave_three(kDurable, "chat");
  start("[hubs.chat]\n");
  until([&] { return hub("chat").values().delivered == 3; });
  until([&] {
    pass(std::chrono::seconds(1));
    hub("chat").committer_wake->wake();
    return !logs_->has_segments("chat");
  });
  pass(std::chrono::seconds(1));  // commits keep a distance from the last one
  producer_->send(hub("chat"), {"d"});
  EXPECT_EQ(producer_->wait_for_outcomes(1), std::vector<std::string>{"delivered"});
  EXPECT_FALSE(logs_->has_segments("chat")) << "it is one in memory";
}

TEST_F(DurableHubTest, ForAnotherServiceWaitsUntilItIsResumed) {
  leave_three(kDurable, "chat");
  settings_ = settings_of({{"WebPubSubConnectionString", connection_to("other")}});
  start(kDurable);
  const HubStatus status = status_of_hub("chat");
  EXPECT_EQ(status.state, HubState::kPaused);
  EXPECT_NE(status.not_ready.find("awpsctl resume chat"), std::string::npos) << status.not_ready;
  EXPECT_EQ(hub("chat").values().delivered, 0U);
  ASSERT_TRUE(steering_->resume("chat").ok());
  until([&] { return hub("chat").values().delivered == 3; });
  EXPECT_TRUE(status_of_hub("chat").not_ready.empty());
}

TEST_F(DurableHubTest, ForAnotherServiceIsNotSentByAStop) {
  leave_three(kDurable, "chat");
  settings_ = settings_of({{"WebPubSubConnectionString", connection_to("other")}});
  const size_t before = azure_.requests().size();
  start(kDurable);
  hubs_->begin_stop();
  hubs_->deliver_until(kNever);
  until([this] { return hubs_->workers_ended(); });
  EXPECT_EQ(azure_.requests().size(), before);
  EXPECT_EQ(hubs_->join().on_disk, 3U);
}

TEST_F(DurableHubTest, RecordsGoPastItsLog) {
  start(kDurable);
  producer_->send(hub("chat"), {"a"});
  producer_->send_records(hub("chat"), {"b", "c"});
  EXPECT_EQ(producer_->wait_for_outcomes(3), (std::vector<std::string>(3, "delivered")));
  until([&] { return hub("chat").values().delivered == 3; });
  const HubValues values = hub("chat").values();
  EXPECT_EQ(values.accepted, 3U);
  EXPECT_EQ(values.from_streams, 2U);
  EXPECT_EQ(hub("chat").spool_counters.commit_actions.value(), 1U);
  expect_law(values);
}

TEST_F(DurableHubTest, AStopReturnsRecordsAndKeepsTheRest) {
  azure_.hold();
  start(kDurable);
  producer_->send_records(hub("chat"), {"a", "b"});
  producer_->send(hub("chat"), {"c"});
  until([&] { return hub("chat").spool_counters.records.value() == 1; });
  until([&] { return hub("chat").values().from_streams == 2; });
  EXPECT_FALSE(hub("chat").is_empty());
  EXPECT_GT(hub("chat").records->budget().held_bytes(), 0U);
  EXPECT_GE(hub("chat").held_bytes(),
            hub("chat").window->budget().held_bytes() + hub("chat").records->budget().held_bytes());
  end();
  azure_.release();
  EXPECT_EQ(left_at_end_.on_disk, 1U);
  EXPECT_EQ(left_at_end_.undelivered, 0U);
  EXPECT_EQ(left_at_end_.lost, 0U);
  std::vector<std::string> ends = producer_->wait_for_outcomes(3);
  std::ranges::sort(ends);
  EXPECT_EQ(ends, (std::vector<std::string>{"abandoned", "returned", "returned"}));
}

TEST_F(DurableHubTest, AnOperatorReachesItsRecords) {
  start(kTwo);
  IntakeHub door;
  hub("old").lend_records_to(door);
  Account account;
  const auto room = [&] { return door.queue->budget().room_for(1, 0, account); };
  ASSERT_TRUE(steering_->drain("old").ok());
  EXPECT_EQ(room(), Budget::Room::kNotAdmitting);
  ASSERT_TRUE(steering_->resume("old").ok());
  EXPECT_EQ(room(), Budget::Room::kFree);
  const std::shared_ptr<HubUnit> old = hubs_->find("old");
  ASSERT_TRUE(apply(kDurable).ok());
  EXPECT_TRUE(door.queue->is_removed());
  EXPECT_FALSE(old->may_end()) << "a stream may push";
  door.lease.reset();
  wait_until_gone("old");
}

TEST_F(DurableHubTest, ThatIsTakenOutEndsBehindItsRecords) {
  start(kTwo);
  azure_.hold();
  producer_->send_records(hub("old"), {"a", "b"});
  until([&] { return hub("old").values().from_streams == 2; });
  EXPECT_EQ(hub("old").values().accepted, 2U);
  ASSERT_TRUE(apply(kDurable).ok());
  EXPECT_FALSE(hub("old").may_end());
  azure_.release();
  EXPECT_EQ(producer_->wait_for_outcomes(2), (std::vector<std::string>(2, "delivered")));
  wait_until_gone("old");
}

TEST_F(DurableHubTest, WhoseLogCannotBeOpenedTakesRecords) {
  leave_three(kTwo, "old");
  std::filesystem::permissions(folder_ + "/spool/old", std::filesystem::perms(0777));
  start(kTwo);
  producer_->send_records(hub("old"), {"a"});
  EXPECT_EQ(producer_->wait_for_outcomes(1), std::vector<std::string>{"delivered"});
}

TEST_F(DurableHubTest, WhoseLogCannotBeOpenedRefusesAlone) {
  leave_three(kTwo, "old");
  std::filesystem::permissions(folder_ + "/spool/old", std::filesystem::perms(0777));
  start(kTwo);
  const Account stranger;
  EXPECT_EQ(hub("old").queue->budget().room_for(1, 0, stranger), Budget::Room::kStorageFailed);
  const HubStatus status = status_of_hub("old");
  EXPECT_EQ(status.spool->state, "failed");
  EXPECT_EQ(status.spool->values.failed, 1U);
  EXPECT_NE(status.not_ready.find("storage_failed"), std::string::npos) << status.not_ready;
  EXPECT_NE(status.not_ready.find(status.spool->error), std::string::npos) << status.not_ready;
  producer_->send(hub("chat"), {"a"});
  EXPECT_EQ(producer_->wait_for_outcomes(1), std::vector<std::string>{"delivered"});
}

TEST_F(DurableHubTest, ThatAReloadBringsReadsItsDiskMeanwhile) {
  leave_three(kTwo, "old");
  start(kDurable);
  ASSERT_TRUE(apply(kTwo).ok());
  EXPECT_EQ(directory(), (std::vector<std::string>{"chat", "old"})) << "doors know it at once";
  until([&] {
    hubs_->retire();
    return hubs_->find("old") != nullptr;
  });
  EXPECT_EQ(directory(), (std::vector<std::string>{"chat", "old"}));
  EXPECT_TRUE(refused_.empty()) << "an action that comes meanwhile waits";
  until([&] { return hub("old").values().delivered == 3; });
  EXPECT_TRUE(hubs_->recoveries().views().empty());
}

TEST_F(DurableHubTest, ThatIsTakenOutEndsWithItsLog) {
  start(kTwo);
  azure_.hold();
  producer_->send(hub("old"), {"a", "b"});
  until([&] { return hub("old").spool_counters.records.value() == 2; });
  ASSERT_TRUE(apply(kDurable).ok());
  EXPECT_FALSE(hub("old").may_end());
  EXPECT_EQ(status_of_hub("old").state, HubState::kDraining);
  azure_.release();
  wait_until_gone("old");
  EXPECT_EQ(hubs_->past().delivered, 2U);
}

TEST_F(DurableHubTest, ThatIsTakenOutIsAliveWhileItsDiskHangs) {
  std::atomic<const HubUnit*> ending = nullptr;
  std::latch answers(1);
  clock_.before_awake_now = [&] {
    std::array<char, 16> thread{};
    pthread_getname_np(pthread_self(), thread.data(), thread.size());
    const HubUnit* const unit = ending;
    const bool is_of_log = std::string_view(thread.data()) == "log/old";
    if (is_of_log && unit != nullptr && unit->worker_ended) answers.wait();
  };
  start(kTwo);
  const std::shared_ptr<HubUnit> old = hubs_->find("old");
  ending = old.get();
  EXPECT_TRUE(apply(kDurable).ok());
  until([&] {
    hubs_->retire();
    return old->worker_ended.load();
  });
  clock_.advance(std::chrono::seconds(80));
  EXPECT_TRUE(old->is_alive(clock_.awake_now()));
  EXPECT_FALSE(old->ended);
  answers.count_down();
  wait_until_gone("old");
}

// As where the socket's address is taken.
TEST_F(DurableHubTest, ThatIsMadeAndNotStartedHasNothingToEnd) {
  leave_three(kDurable, "chat");
  HubLogs logs(spool_of_test(), clock_);
  HubTable table(parts_with(logs), {.room_again = [] {},
                                    .directory_changed = [](std::vector<IntakeHub>) {},
                                    .worker_ended = [] {}});
  const auto plan = make_plan(config_of(kDurable), settings_);
  ASSERT_TRUE(plan.ok());
  ASSERT_TRUE(table.open(*plan, [](const std::string&) {}).ok());
  clock_.advance(std::chrono::seconds(11));
  EXPECT_TRUE(alive(table, clock_.awake_now()).ok());
  EXPECT_FALSE(table.has_threads_left());
  const HubTable::Left left = table.join();
  EXPECT_FALSE(left.disk_hangs);
  EXPECT_EQ(left.on_disk, 3U);
  EXPECT_EQ(left.undelivered, 0U);
}

TEST_F(DurableHubTest, WithoutALockNothingStarts) {
  start(kDurable);
  HubLogs others(spool_of_test(), clock_);
  HubTable second(parts_with(others), {.room_again = [] {},
                                       .directory_changed = [](std::vector<IntakeHub>) {},
                                       .worker_ended = [] {}});
  const auto plan = make_plan(config_of(kDurable), settings_);
  ASSERT_TRUE(plan.ok());
  const auto opened = second.open(*plan, [](const std::string&) {});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().exit_code, ExitCode::kTempFail);
  EXPECT_NE(opened.error().message.find("pid"), std::string::npos) << opened.error().message;
}

}  // namespace
}  // namespace awps
