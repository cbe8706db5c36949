// What the door keeps of writes: until their answers, and no longer.

#include <gtest/gtest.h>

#include "tests/gateway/door_rig.h"

namespace awps {
namespace {

constexpr char kAdd[] = "/api/hubs/chat/users/ann/groups/g";
constexpr char kAnn[] = "/api/hubs/chat/users/ann?api-version=2024-12-01";
constexpr char kId[] = "x-ms-client-request-id: 7b1c";

std::string add_ann() {
  return request_of("PUT", kAdd, {"x-awpsd-answer: accepted"});
}

std::string settled_read() {
  return request_of("HEAD", kAnn, {"x-awpsd-after: settled"});
}

DoorRig::Options durable() {
  return {.hubs = {{.is_durable = true, .dedupe_window = std::chrono::minutes(2)}}};
}

struct AnswerCase {
  const char* name;
  bool is_durable;
  const char* answer;
};

class AnsweredWrites : public testing::TestWithParam<AnswerCase> {};

// The hub keeps all of them: it may have more on its disk than memory holds.
TEST_P(AnsweredWrites, LeaveNothing) {
  constexpr size_t kCount = 2000;
  DoorRig rig({.hubs = {{.is_durable = GetParam().is_durable}}});
  HttpClient client = rig.client();
  for (size_t i = 0; i < kCount; ++i) {
    client.write(send_text("a", {GetParam().answer}));
    const auto taken = rig.hub().take();
    if (GetParam().is_durable) rig.hub().accept(taken);
    if (GetParam().answer == std::string("x-awpsd-answer: delivered")) {
      rig.pass(std::chrono::seconds(6));
    }
    ASSERT_EQ(client.read().header("x-awpsd-outcome"), "accepted");
  }
  EXPECT_EQ(rig.kept().writes, 0U);
  EXPECT_EQ(rig.kept().watched_writes, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    All, AnsweredWrites,
    testing::Values(AnswerCase{"AtOnce", false, "x-awpsd-answer: accepted"},
                    AnswerCase{"AtOnceOfADurableHub", true, "x-awpsd-answer: accepted"},
                    AnswerCase{"InTheEnd", false, "x-awpsd-answer: delivered"}),
    [](const auto& row) { return row.param.name; });

TEST(DoorMemory, AReceiptThatNobodyWaitsForLeavesNothing) {
  DoorRig rig(durable());
  HttpClient client = rig.client();
  client.write(send_text("a", {kId}));
  const auto taken = rig.hub().take();
  rig.pass(std::chrono::seconds(6));
  EXPECT_EQ(client.read().status, 503);
  EXPECT_EQ(rig.kept().writes, 1U) << "its retry is to join it";
  rig.hub().accept(taken);
  rig.let_server_turn();
  EXPECT_EQ(rig.kept().writes, 0U);
  client.write(send_text("a", {kId}));
  const HttpAnswer answer = client.read();
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.header("x-awpsd-outcome"), "accepted");
  EXPECT_EQ(rig.hub().count(), 1U);
}

// ---- connections that have ended

TEST(DoorMemory, AConnectionThatHasEndedIsKeptForWhatIsWaitedFor) {
  DoorRig rig;
  HttpClient client = rig.client();
  client.write(send_text("a"));
  const auto taken = rig.hub().take();
  client.close();
  rig.let_server_turn();
  EXPECT_EQ(rig.kept().producers, 1U);
  rig.pass(std::chrono::seconds(6));
  EXPECT_EQ(rig.kept().producers, 0U);
  rig.hub().settle(taken);
}

// It is the first that may yet be accepted, however long the disk hangs.
TEST(DoorMemory, ARetryOfWhatIsNotKnownToBeAcceptedJoinsItAtAnyTime) {
  DoorRig rig(durable());
  HttpClient client = rig.client();
  client.write(send_text("a", {kId}));
  const auto taken = rig.hub().take();
  client.close();
  for (int i = 0; i < 20; ++i) rig.pass(std::chrono::seconds(5));
  HttpClient second = rig.client();
  second.write(send_text("a", {kId}));
  ASSERT_TRUE(rig.wait_for_joins(1));
  rig.hub().accept(taken);
  rig.hub().settle(taken);
  EXPECT_EQ(second.read().status, 202);
  EXPECT_EQ(rig.hub().count(), 1U);
}

// ---- reads that are to see what was written

TEST(DoorMemory, AReadIsToSeeWritesOfConnectionsThatEndedLongAgo) {
  DoorRig rig;
  HttpClient client = rig.client();
  client.write(add_ann());
  const auto taken = rig.hub().take();
  EXPECT_EQ(client.read().status, 200);
  client.close();
  for (int i = 0; i < 20; ++i) rig.pass(std::chrono::seconds(5));
  HttpClient reader = rig.client();
  reader.write(settled_read());
  ASSERT_TRUE(rig.pass_until_answered(reader));
  EXPECT_EQ(reader.read(true).status, 503);
  EXPECT_EQ(rig.service.count(), 0U);
  rig.hub().settle(taken);
  rig.let_server_turn();
  EXPECT_EQ(rig.kept().producers, 0U);
  reader.write(settled_read());
  rig.service.answer(rig.service.take(), {.status = 404});
  EXPECT_EQ(reader.read(true).status, 404);
}

TEST(DoorMemory, AReadOfAHubWithTooManyWritesWaitsUntilItIsEmpty) {
  auto is_empty = std::make_shared<std::atomic<bool>>(false);
  DoorRig rig({.limits = {.max_watched_writes = 1}, .change_rules = [=](HubRules& rules) {
                 rules.is_empty = [=] { return is_empty->load(); };
               }});
  HttpClient client = rig.client();
  client.write(add_ann() + add_ann());
  const auto first = rig.hub().take();
  const auto second = rig.hub().take();
  EXPECT_EQ(client.read().status, 200);
  EXPECT_EQ(client.read().status, 200);
  EXPECT_EQ(rig.kept().watched_writes, 1U);
  rig.hub().settle(first);
  client.write(settled_read());
  rig.pass(std::chrono::seconds(1));
  EXPECT_EQ(rig.service.count(), 0U) << "the second is not settled";
  rig.hub().settle(second);
  *is_empty = true;
  rig.pass(std::chrono::seconds(1));
  rig.service.answer(rig.service.take(), {.status = 200});
  EXPECT_EQ(client.read(true).status, 200);
}

}  // namespace
}  // namespace awps
