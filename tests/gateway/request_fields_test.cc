#include "gateway/request_fields.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

TEST(RequestFields, OursAreRead) {
  const Headers headers = {{"Host", "h"},
                           {"X-Awpsd-Ordering-Key", " k1 "},
                           {"x-awpsd-conflation-key", "é"},
                           {"x-awpsd-ttl-seconds", "1.5"},
                           {"x-awpsd-unordered", "true"},
                           {"x-awpsd-answer", "accepted"},
                           {"x-ms-client-request-id", "id-1"},
                           {"Content-Type", "text/plain"}};
  const auto fields = read_request_fields(Route::kSendToAll, headers);
  ASSERT_TRUE(fields) << fields.error().message;
  EXPECT_EQ(fields->ordering_key, "k1");
  EXPECT_EQ(fields->conflation_key, "é");
  EXPECT_EQ(fields->time_to_live, std::chrono::milliseconds(1500));
  EXPECT_TRUE(fields->unordered);
  EXPECT_EQ(fields->answer, AnswerMode::kAccepted);
  EXPECT_EQ(fields->client_request_id, "id-1");
  EXPECT_EQ(fields->content_type, "text/plain");
  EXPECT_EQ(fields->body, BodyKind::kText);
}

TEST(RequestFields, OwnFieldsAreOneTextWhateverTheirOrderAndCase) {
  const Headers one = {{"x-awpsd-ttl-seconds", "1"}, {"x-awpsd-answer", "delivered"}};
  const Headers other = {{"X-AWPSD-Answer", "delivered"}, {"x-awpsd-ttl-seconds", " 1"}};
  const auto first = read_request_fields(Route::kSendToAll, one);
  const auto second = read_request_fields(Route::kSendToAll, other);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->own_fields, "x-awpsd-answer:delivered\nx-awpsd-ttl-seconds:1\n");
  EXPECT_EQ(first->own_fields, second->own_fields);
}

struct TypeRow {
  const char* name;
  Route route;
  std::string_view type;
  int status;  // 200: taken
  BodyKind body = BodyKind::kBinary;
};

class ContentType : public testing::TestWithParam<TypeRow> {};

TEST_P(ContentType, SaysWhatTheBodyIs) {
  const Headers headers = {{"content-type", std::string(GetParam().type)}};
  const auto fields = read_request_fields(GetParam().route, headers);
  ASSERT_EQ(fields ? 200 : fields.error().status, GetParam().status);
  EXPECT_EQ(fields ? fields->body : BodyKind::kBinary, GetParam().body);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ContentType,
    testing::Values(
        TypeRow{"Text", Route::kSendToAll, "text/plain", 200, BodyKind::kText},
        TypeRow{"TextInUtf8", Route::kSendToAll, "Text/Plain ; charset=\"UTF-8\"", 200,
                BodyKind::kText},
        TypeRow{"TextOfPythons", Route::kSendToAll, "text/plain;x=1;charset=utf8", 200,
                BodyKind::kText},
        TypeRow{"TextInLatin1", Route::kSendToAll, "text/plain; charset=iso-8859-1", 415},
        TypeRow{"Json", Route::kSendToUser, "application/json", 200, BodyKind::kJson},
        TypeRow{"JsonInUtf16", Route::kSendToUser, "application/json; charset=utf-16", 415},
        TypeRow{"Binary", Route::kSendToUser, "application/octet-stream", 200, BodyKind::kBinary},
        TypeRow{"None", Route::kSendToUser, "", 200, BodyKind::kBinary},
        TypeRow{"Html", Route::kSendToUser, "text/html", 415},
        TypeRow{"Protobuf", Route::kSendToUser, "application/x-protobuf", 415},
        TypeRow{"BulkJson", Route::kAddConnectionsToGroups, "application/json; charset=utf-8", 200,
                BodyKind::kJson},
        TypeRow{"BulkText", Route::kRemoveConnectionsFromGroups, "text/plain", 415},
        TypeRow{"BulkNone", Route::kAddConnectionsToGroups, "", 415},
        TypeRow{"OfNoBody", Route::kCloseConnection, "application/x-www-form-urlencoded", 200},
        TypeRow{"OfARead", Route::kUserExists, "text/html", 200}),
    [](const auto& row) { return std::string(row.param.name); });

struct HeaderRow {
  const char* name;
  Route route;
  Headers headers;
  std::string_view named;  // in the message
};

class RefusedHeader : public testing::TestWithParam<HeaderRow> {};

TEST_P(RefusedHeader, IsNamed) {
  const auto fields = read_request_fields(GetParam().route, GetParam().headers);
  ASSERT_FALSE(fields);
  EXPECT_EQ(fields.error().status, 400);
  EXPECT_EQ(fields.error().code, kBadRequestCode);
  EXPECT_NE(fields.error().message.find(GetParam().named), std::string::npos)
      << fields.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, RefusedHeader,
    testing::Values(
        HeaderRow{"EmptyKey", Route::kSendToAll, {{"x-awpsd-ordering-key", ""}}, "ordering-key"},
        HeaderRow{
            "LongKey", Route::kSendToAll, {{"x-awpsd-ordering-key", std::string(257, 'k')}}, "256"},
        HeaderRow{
            "KeyThatIsNoUtf8", Route::kSendToAll, {{"x-awpsd-conflation-key", "\xff"}}, "UTF-8"},
        HeaderRow{"ConflationOfNoSend",
                  Route::kCloseConnection,
                  {{"x-awpsd-conflation-key", "k"}},
                  "sends only"},
        HeaderRow{"NoTtl", Route::kSendToAll, {{"x-awpsd-ttl-seconds", "0"}}, "ttl-seconds"},
        HeaderRow{"TtlInWords", Route::kSendToAll, {{"x-awpsd-ttl-seconds", "1s"}}, "ttl-seconds"},
        HeaderRow{"Unordered", Route::kSendToAll, {{"x-awpsd-unordered", "yes"}}, "unordered"},
        HeaderRow{"Answer", Route::kSendToAll, {{"x-awpsd-answer", "later"}}, "answer"},
        HeaderRow{"Unknown", Route::kSendToAll, {{"x-awpsd-ordering", "k"}}, "x-awpsd-ordering"},
        HeaderRow{"PrefixAlone", Route::kSendToAll, {{"x-awpsd-", "k"}}, "x-awpsd-"},
        HeaderRow{"KeyOfARead", Route::kUserExists, {{"x-awpsd-ordering-key", "k"}}, "writes"},
        HeaderRow{"AfterOfAWrite", Route::kSendToAll, {{"x-awpsd-after", "settled"}}, "reads"},
        HeaderRow{"AfterWhat", Route::kUserExists, {{"x-awpsd-after", "sent"}}, "settled"},
        HeaderRow{"Twice",
                  Route::kSendToAll,
                  {{"x-awpsd-answer", "accepted"}, {"X-AWPSD-Answer", "accepted"}},
                  "twice"},
        HeaderRow{"TwoIds",
                  Route::kSendToAll,
                  {{"x-ms-client-request-id", "a"}, {"X-Ms-Client-Request-Id", "a"}},
                  "twice"},
        HeaderRow{"TwoTypes",
                  Route::kSendToAll,
                  {{"content-type", "text/plain"}, {"content-type", "text/plain"}},
                  "twice"},
        HeaderRow{"Metadata", Route::kSendToAll, {{"X-WebPubSub-Metadata-k", "v"}}, "Metadata-k"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(RequestFields, AReadMayWaitForItsLane) {
  const Headers headers = {{"x-awpsd-after", "settled"}};
  const auto fields = read_request_fields(Route::kUserExists, headers);
  ASSERT_TRUE(fields);
  EXPECT_TRUE(fields->after_settled);
}

}  // namespace
}  // namespace awps
