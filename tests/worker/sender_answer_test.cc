// The service's answer is kept where a producer wants it, and an answer refuses.

#include <gtest/gtest.h>

#include "hub/pipeline.h"
#include "tests/support/fixed_token.h"
#include "tests/support/null_transport.h"
#include "worker/sender.h"

namespace awps {
namespace {

class SenderAnswerTest : public testing::Test {
 protected:
  SenderAnswerTest() {
    auto batch = std::make_unique<Batch>(account_, now_, 256);
    batch->add({.kind = ActionKind::kAddUserToGroup, .member = "u", .group = "g"}, 1, 100, 0);
    pipeline_.accept(std::move(batch));
    pipeline_.advance(now_);
  }

  AttemptEnd end_with(const HttpResponse& response) {
    Operation* operation = pipeline_.next(now_);
    EXPECT_NE(operation, nullptr);
    EXPECT_TRUE(sender_.start(*operation, WallTime()));
    return sender_.finish({.tag = 0, .response = response}).end;
  }
  static HttpResponse gone() {
    return {.status = 404,
            .content_type = "application/json",
            .error_code = "Warning.User.NotExisted",
            .body = R"({"code":"Warning.User.NotExisted","message":"m","target":"User"})"};
  }

  SystemClock clock_;
  const Instant now_{std::chrono::seconds(1000)};
  Account account_;
  EndpointState endpoint_{EndpointState::Options{}};
  Pipeline pipeline_{{.hub = "hub"}, endpoint_, 1};
  NullTransport transport_{clock_};
  FixedToken tokens_;
  Sender sender_{{.endpoint_url = "http://a.b", .hub = "hub"}, transport_, tokens_, 1};
};

TEST_F(SenderAnswerTest, ATargetThatIsGone) {
  account_.wants_answers = true;
  const AttemptEnd end = end_with(gone());
  ASSERT_TRUE(end.verdict.target_gone);
  ASSERT_NE(end.answer, nullptr);
  EXPECT_EQ(*end.answer, (ServiceAnswer{.status = 404,
                                        .content_type = "application/json",
                                        .error_code = "Warning.User.NotExisted",
                                        .body = gone().body}));
}

TEST_F(SenderAnswerTest, ARefusalForGood) {
  account_.wants_answers = true;
  const AttemptEnd end =
      end_with({.status = 400, .body = R"({"code":"Error.BadRequest","message":"m"})"});
  ASSERT_EQ(end.verdict.kind, VerdictKind::kGiveUp);
  ASSERT_NE(end.answer, nullptr);
  EXPECT_EQ(end.answer->status, 400);
}

TEST_F(SenderAnswerTest, ABodyThatMayBeCutIsNotKept) {
  account_.wants_answers = true;
  HttpResponse response = gone();
  response.body.resize(kMaxServiceAnswerBytes, ' ');
  const AttemptEnd end = end_with(response);
  ASSERT_NE(end.answer, nullptr);
  EXPECT_EQ(end.answer->body, "");
}

TEST_F(SenderAnswerTest, NobodyWantsIt) {
  EXPECT_EQ(end_with(gone()).answer, nullptr);
}

TEST_F(SenderAnswerTest, WhatIsTriedAgainKeepsNone) {
  account_.wants_answers = true;
  EXPECT_EQ(end_with({.status = 500, .body = "x"}).answer, nullptr);
}

TEST_F(SenderAnswerTest, ASuccessKeepsNone) {
  account_.wants_answers = true;
  EXPECT_EQ(end_with({.status = 200}).answer, nullptr);
}

}  // namespace
}  // namespace awps
