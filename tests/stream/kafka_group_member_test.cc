// Orders of events that neither a broker nor librdkafka's mock plays on demand.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "stream/kafka/group_member.h"
#include "tests/stream/kafka_rig.h"

namespace awps {
namespace {

using testing::ElementsAre;

class GroupMemberTest : public testing::Test {
 protected:
  GroupMemberTest() { member_.begin_session(client_->get(), queues_); }

  static std::unique_ptr<KafkaClient> make_client(const KafkaSettings& settings) {
    auto made = KafkaClient::make_consumer(settings, {});
    return std::move(*made);
  }
  void assign(const std::vector<int32_t>& partitions) {
    member_.rebalance(RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS,
                      *kafka_partitions("actions", partitions));
    std::vector<PartitionOffset> committed;
    for (const int32_t number : partitions) committed.push_back({number, 0});
    member_.tell_assigned(member_.untold(), committed);
  }
  void release(std::vector<int32_t> partitions) { member_.release(partitions); }
  void take(const SourceEvent& event) {
    if (const auto* assigned = std::get_if<Assigned>(&event)) {
      told_.push_back("given " + std::to_string(assigned->partitions.size()));
    } else if (const auto* revoked = std::get_if<Revoked>(&event)) {
      told_.push_back((revoked->is_lost ? "lost " : "revoked ") +
                      std::to_string(revoked->partitions.size()));
    }
  }

  MockKafka kafka_;
  std::function<void()> wake_ = [] {};  // outlives the client
  std::unique_ptr<KafkaClient> client_ = make_client(kafka_.settings());
  PartitionQueues queues_{{.client = client_->get(),
                           .topic = "actions",
                           .wake = &wake_,
                           .serve_common_queue = [] { return false; },
                           .tell_error = [](const rd_kafka_message_t&) {},
                           .may_stand_still = [](int32_t) {}}};
  GroupMember member_{{.topic = "actions",
                       .tell = [this](const SourceEvent& event) { take(event); },
                       .fail = [](const std::string& why) { ADD_FAILURE() << why; }}};
  std::vector<std::string> told_;
};

TEST_F(GroupMemberTest, ThatThereIsNothingForUsIsToldAtOnce) {
  assign({});
  EXPECT_THAT(told_, ElementsAre("given 0"));
}

TEST_F(GroupMemberTest, ThatThereIsNothingForUsIsToldOnceAllIsReleased) {
  assign({0, 1});
  assign({});
  release({0});
  EXPECT_THAT(told_, ElementsAre("given 2", "lost 2"));
  release({1});
  EXPECT_THAT(told_, ElementsAre("given 2", "lost 2", "given 0"));
}

TEST_F(GroupMemberTest, WhoIsGivenSomethingMeanwhileIsNotToldThatThereIsNothing) {
  assign({0});
  assign({});
  assign({1});
  release({0});
  EXPECT_THAT(told_, ElementsAre("given 1", "lost 1", "given 1"));
}

}  // namespace
}  // namespace awps
