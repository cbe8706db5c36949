// Answers leave in the order of their requests, and an outbox tells who was written.

#include "http_server/answer_queue.h"

#include <gtest/gtest.h>

#include "http_server/outbox.h"

namespace awps::http_server {
namespace {

using First = AnswerQueue::First;

TEST(AnswerQueue, GivesAnswersInTheOrderOfTheirRequests) {
  AnswerQueue queue;
  std::vector<uint64_t> requests;
  for (int i = 0; i < 3; ++i) requests.push_back(queue.owe({}));
  queue.answer(requests[2], text_reply(202, ""));
  queue.answer(requests[0], text_reply(200, ""));
  EXPECT_EQ(queue.take().reply.status, 200);
  EXPECT_EQ(queue.first(), First::kOpen);
  queue.answer(requests[1], text_reply(201, ""));
  EXPECT_EQ(queue.take().reply.status, 201);
  EXPECT_EQ(queue.take().reply.status, 202);
  EXPECT_EQ(queue.first(), First::kNone);
  EXPECT_EQ(queue.given_bytes(), 0U);
  const uint64_t next = queue.owe({});
  queue.abandon(next);
  EXPECT_EQ(queue.first(), First::kAbandoned);
}

TEST(AnswerQueue, GivesAtTheEndAllThatWereAnswered) {
  AnswerQueue queue;
  (void)queue.owe({});
  const uint64_t second = queue.owe({});
  queue.answer(second, {.status = 204, .body = "text"});
  EXPECT_EQ(queue.given_bytes(), 4U);
  const std::vector<Reply> given = queue.take_given();
  ASSERT_EQ(given.size(), 1U);
  EXPECT_EQ(given[0].status, 204);
  EXPECT_EQ(queue.given_bytes(), 0U);
  EXPECT_TRUE(queue.is_empty());
}

TEST(Outbox, IsTakenPieceByPiece) {
  Outbox outbox;
  std::string told;
  outbox.add("abc", [&told](bool written) { told += written ? "first " : "not "; });
  outbox.add("", {});
  outbox.add("de", {});
  EXPECT_EQ(outbox.bytes(), 5U);
  EXPECT_EQ(outbox.texts(), 2U);
  EXPECT_FALSE(outbox.take(2));
  EXPECT_EQ(outbox.rest_of_first(), "c");
  EXPECT_EQ(outbox.bytes(), 3U);
  EXPECT_TRUE(outbox.take(1));
  outbox.take_first()(true);
  EXPECT_EQ(told, "first ");
  EXPECT_EQ(outbox.rest_of_first(), "de");
  EXPECT_TRUE(outbox.take(2));
  EXPECT_FALSE(outbox.take_first());
  EXPECT_TRUE(outbox.is_empty());
  EXPECT_EQ(outbox.bytes(), 0U);
}

}  // namespace
}  // namespace awps::http_server
