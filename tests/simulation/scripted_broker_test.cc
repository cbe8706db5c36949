// The books of the ScriptedBroker, on which the judge of streams relies.

#include <gtest/gtest.h>

#include "tests/support/scripted_member.h"

namespace awps {
namespace {

using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};
constexpr Duration kSession = seconds(30);

class ScriptedBrokerTest : public testing::Test {
 protected:
  std::unique_ptr<ScriptedMember> join() {
    return broker_.join([] {});
  }
  void advance_by(Duration time) {
    now_ += time;
    broker_.advance(now_);
  }
  std::vector<PartitionOffset> assigned_of(ScriptedMember& member) {
    std::vector<PartitionOffset> all;
    while (const std::optional<SourceEvent> event = member.next_event()) {
      const auto* const assigned = std::get_if<Assigned>(&*event);
      if (assigned == nullptr) continue;
      all.insert(all.end(), assigned->partitions.begin(), assigned->partitions.end());
    }
    return all;
  }

  Instant now_ = kStart;
  ScriptedBroker broker_{{.partitions = 2, .session_timeout = kSession}, kStart};
};

TEST_F(ScriptedBrokerTest, GivesAPartitionOnOnlyOnceItIsReleased) {
  const auto first = join();
  advance_by(seconds(1));
  ASSERT_EQ(assigned_of(*first).size(), 2U);
  const auto second = join();
  advance_by(seconds(1));
  const std::optional<SourceEvent> event = first->next_event();
  ASSERT_TRUE(event.has_value());
  const std::vector<int32_t> revoked = std::get<Revoked>(*event).partitions;
  ASSERT_EQ(revoked.size(), 1U);
  EXPECT_TRUE(assigned_of(*second).empty());
  const PartitionOffset done{revoked[0], 0};
  EXPECT_TRUE(first->commit_and_wait(std::span(&done, 1), seconds(5)).ok());
  first->release(revoked);
  advance_by(seconds(1));
  EXPECT_EQ(assigned_of(*second), std::vector<PartitionOffset>{done});
  EXPECT_TRUE(broker_.mistakes().empty());
}

TEST_F(ScriptedBrokerTest, TakesNoCommitFromWhoWasSilentForASession) {
  const auto silent = join();
  advance_by(seconds(1));
  ASSERT_EQ(assigned_of(*silent).size(), 2U);
  const auto other = join();
  for (Duration time{}; time <= kSession; time += seconds(1)) {
    advance_by(seconds(1));
    (void)other->next_event();
  }
  EXPECT_EQ(broker_.owner(0), other->number());
  const PartitionOffset late{0, 0};
  EXPECT_FALSE(silent->commit_and_wait(std::span(&late, 1), seconds(5)).ok());
  EXPECT_EQ(broker_.committed(0), Assigned::kNone);
}

TEST_F(ScriptedBrokerTest, NoticesWhoReadsWhatItDoesNotOwn) {
  const auto member = join();
  (void)member->next_record(0);
  EXPECT_EQ(broker_.mistakes().size(), 1U);
}

}  // namespace
}  // namespace awps
