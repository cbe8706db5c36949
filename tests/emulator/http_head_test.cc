#include "emulator/http_head.h"

#include <gtest/gtest.h>

#include "emulator/http_response.h"

namespace awps::emulator {
namespace {

TEST(HttpHead, ReadsWhatTheServiceLooksAt) {
  const std::string text =
      "POST /api/hubs/h/:send?x=1 HTTP/1.1\r\nHost: h:1\r\nauthorization:  Bearer t \r\n"
      "Content-Length: 12\r\nContent-Type: text/plain\r\nx-ms-client-request-id: id\r\n"
      "X-WebPubSub-Metadata-Color: red\r\nExpect: 100-continue\r\n\r\nbody";
  RequestHead head;
  ASSERT_EQ(parse_head(text, head), HeadState::kComplete);
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.target, "/api/hubs/h/:send?x=1");
  EXPECT_EQ(head.host, "h:1");
  EXPECT_EQ(head.authorization, "Bearer t");
  EXPECT_EQ(head.content_length, 12U);
  EXPECT_EQ(head.client_request_id, "id");
  EXPECT_EQ(head.metadata.front().first, "Color");
  EXPECT_TRUE(head.expects_continue);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_EQ(head.size, text.size() - 4);
}

struct StateRow {
  std::string_view name;
  std::string text;
  HeadState state;
};

class HeadStates : public testing::TestWithParam<StateRow> {};

TEST_P(HeadStates, AreTold) {
  RequestHead head;
  EXPECT_EQ(parse_head(GetParam().text, head), GetParam().state);
}

const std::string kLine = "GET / HTTP/1.1\r\n";

INSTANTIATE_TEST_SUITE_P(
    Http, HeadStates,
    testing::Values(
        StateRow{"incomplete", kLine + "Host: h\r\n", HeadState::kIncomplete},
        StateRow{"complete", kLine + "\r\n", HeadState::kComplete},
        StateRow{"noVersion", "GET /\r\n\r\n", HeadState::kMalformed},
        StateRow{"oldVersion", "GET / HTTP/2.0\r\n\r\n", HeadState::kMalformed},
        StateRow{"blankInTarget", "GET /a b HTTP/1.1\r\n\r\n", HeadState::kMalformed},
        StateRow{"noColon", kLine + "Host\r\n\r\n", HeadState::kMalformed},
        StateRow{"blankBeforeColon", kLine + "Host : h\r\n\r\n", HeadState::kMalformed},
        StateRow{"folded", kLine + "A: b\r\n c\r\n\r\n", HeadState::kMalformed},
        StateRow{"badLength", kLine + "Content-Length: 1x\r\n\r\n", HeadState::kMalformed},
        StateRow{"twoLengths", kLine + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
                 HeadState::kMalformed},
        StateRow{"lengthAndChunks",
                 kLine + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                 HeadState::kMalformed},
        StateRow{"longTarget", "GET /" + std::string(12 * 1024, 'a') + " HTTP/1.1\r\n\r\n",
                 HeadState::kTargetTooLong},
        StateRow{"endlessTarget", "GET /" + std::string(17 * 1024, 'a'), HeadState::kTargetTooLong},
        StateRow{"endlessHeaders", kLine + "A: " + std::string(17 * 1024, 'a'),
                 HeadState::kHeadersTooLarge}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(HttpHead, SeesTheWishToClose) {
  RequestHead head;
  ASSERT_EQ(parse_head(kLine + "Connection: TE, Close\r\n\r\n", head), HeadState::kComplete);
  EXPECT_FALSE(head.keep_alive);
}

TEST(HttpResponse, LeavesTheBodyOutOfAnAnswerToHead) {
  HttpResponse response;
  response.status = 404;
  response.body = "gone";
  std::string out;
  append_response(out, response, {.date = "now", .to_head = true});
  EXPECT_NE(out.find("Content-Length: 4\r\n"), std::string::npos);
  EXPECT_TRUE(out.ends_with("\r\n\r\n"));
}

}  // namespace
}  // namespace awps::emulator
