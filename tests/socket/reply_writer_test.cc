#include "socket/reply_writer.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

struct OutcomeCase {
  const char* name;
  Outcome outcome;
  const char* reply;
};

std::ostream& operator<<(std::ostream& out, const OutcomeCase& row) {
  return out << row.name;
}

Outcome delivered(uint64_t seq, std::string id) {
  Outcome outcome;
  outcome.seq = seq;
  outcome.id = std::move(id);
  outcome.http_status = 202;
  outcome.attempts = 1;
  return outcome;
}

Outcome duplicate(uint64_t seq, std::string id) {
  Outcome outcome;
  outcome.kind = OutcomeKind::kDuplicate;
  outcome.seq = seq;
  outcome.id = std::move(id);
  return outcome;
}

Outcome gone() {
  Outcome outcome = delivered(8, "13");
  outcome.http_status = 404;
  outcome.attempts = 2;
  outcome.target_gone = true;
  return outcome;
}

Outcome superseded(std::string id, std::string by_id) {
  Outcome outcome;
  outcome.kind = OutcomeKind::kSuperseded;
  outcome.seq = 3;
  outcome.id = std::move(id);
  outcome.by_seq = 5;
  outcome.by_id = std::move(by_id);
  return outcome;
}

Outcome failed(OutcomeKind kind, uint16_t http_status) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.seq = 9;
  outcome.http_status = http_status;
  outcome.attempts = 10;
  outcome.error_code = "Code";
  outcome.error_message = "say \"no\"";
  return outcome;
}

class OutcomeReply : public testing::TestWithParam<OutcomeCase> {};

TEST_P(OutcomeReply, HasTheDocumentedKeysInOrder) {
  std::string out;
  append_outcome(out, GetParam().outcome);
  EXPECT_EQ(out, std::string(GetParam().reply) + "\n");
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, OutcomeReply,
    testing::Values(
        OutcomeCase{"Delivered", delivered(7, "\"a\""),
                    R"({"status":"delivered","seq":7,"id":"a","httpStatus":202,"attempts":1})"},
        OutcomeCase{"Duplicate", duplicate(7, "\"a\""),
                    R"({"status":"duplicate","seq":7,"id":"a"})"},
        OutcomeCase{"DeliveredWithoutId", delivered(7, ""),
                    R"({"status":"delivered","seq":7,"httpStatus":202,"attempts":1})"},
        OutcomeCase{"NobodyThere", gone(),
                    R"({"status":"delivered","seq":8,"id":13,"httpStatus":404,"attempts":2,)"
                    R"("targetGone":true})"},
        OutcomeCase{"Superseded", superseded("1", "\"b\""),
                    R"({"status":"superseded","seq":3,"id":1,"by":5,"byId":"b"})"},
        OutcomeCase{"SupersededWithoutIds", superseded("", ""),
                    R"({"status":"superseded","seq":3,"by":5})"},
        OutcomeCase{"Expired", failed(OutcomeKind::kExpired, 0),
                    R"({"status":"expired","seq":9,)"
                    R"("error":{"code":"Code","message":"say \"no\""}})"},
        OutcomeCase{"DeadLettered", failed(OutcomeKind::kDeadLettered, 400),
                    R"({"status":"dead_lettered","seq":9,)"
                    R"("error":{"code":"Code","message":"say \"no\""},)"
                    R"("httpStatus":400,"attempts":10})"},
        OutcomeCase{"Abandoned", failed(OutcomeKind::kAbandoned, 503),
                    R"({"status":"abandoned","seq":9,)"
                    R"("error":{"code":"Code","message":"say \"no\""},)"
                    R"("httpStatus":503,"attempts":10})"}),
    [](const auto& row) { return row.param.name; });

TEST(ReplyWriter, WritesRefusalsWithWhatTheyHave) {
  std::string out;
  append_rejected(out, {7, 9}, {RejectCode::kQueueFull, "later", "\"x\""}, 0);
  append_rejected(out, {}, {RejectCode::kShuttingDown, "stop", {}}, 0);
  append_rejected(out, {8, 10}, {RejectCode::kInvalidJson, "no", {}}, 12);
  EXPECT_EQ(out,
            R"({"status":"rejected","seq":7,"line":9,"id":"x",)"
            R"("error":{"code":"queue_full","message":"later"}})"
            "\n"
            R"({"status":"rejected","seq":0,"error":{"code":"shutting_down","message":"stop"}})"
            "\n"
            R"({"status":"rejected","seq":8,"line":10,)"
            R"("error":{"code":"invalid_json","message":"no"},"dropped":12})"
            "\n");
}

}  // namespace
}  // namespace awps
