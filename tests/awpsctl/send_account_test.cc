// What became of the actions of one send.

#include "daemon/awpsctl/commands/send_account.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

struct ReplyCase {
  const char* name;
  const char* line;
  ReplyStatus status;
  uint64_t from;
  uint64_t to;
};
void PrintTo(const ReplyCase& row, std::ostream* out) {
  *out << row.name;
}

const ReplyCase kReplies[] = {
    {"Delivered", R"({"status":"delivered","seq":7,"httpStatus":202,"attempts":1})",
     ReplyStatus::kDelivered, 7, 7},
    {"DeliveredRange", R"({"status":"delivered","from":3,"to":90,"httpStatus":202})",
     ReplyStatus::kDelivered, 3, 90},
    {"DeliveredInAnotherOrder", R"({"httpStatus":202,"seq":7,"status":"delivered"})",
     ReplyStatus::kDelivered, 7, 7},
    {"DeliveredWithBlanks", R"({"status":"delivered", "seq": 7})", ReplyStatus::kDelivered, 7, 7},
    {"Accepted", R"({"status":"accepted","seq":1200})", ReplyStatus::kAccepted, 1, 1200},
    {"Superseded", R"({"status":"superseded","seq":8,"by":11})", ReplyStatus::kSuperseded, 8, 8},
    {"OfANewerDaemon", R"({"status":"postponed","seq":8})", ReplyStatus::kUnknown, 8, 8},
    {"NoJson", "nonsense", ReplyStatus::kUnknown, 0, 0},
};

class Replies : public testing::TestWithParam<ReplyCase> {};

TEST_P(Replies, AreRead) {
  const Reply reply = parse_reply(GetParam().line);
  EXPECT_EQ(reply.status, GetParam().status);
  EXPECT_EQ(reply.from, GetParam().from);
  EXPECT_EQ(reply.to, GetParam().to);
}

INSTANTIATE_TEST_SUITE_P(All, Replies, testing::ValuesIn(kReplies),
                         [](const auto& row) { return std::string(row.param.name); });

using Ack = SendAccount::Ack;

struct AccountCase {
  const char* name;
  Ack ack;
  uint64_t actions;
  std::vector<const char*> replies;
  const char* summary;
  ExitCode code;
};
void PrintTo(const AccountCase& row, std::ostream* out) {
  *out << row.name;
}

constexpr const char* kRefused =
    R"({"status":"rejected","seq":2,"error":{"code":"invalid_action","message":"m"}})";
constexpr const char* kFull =
    R"({"status":"rejected","seq":2,"error":{"code":"queue_full","message":"m"}})";
constexpr const char* kStopping =
    R"({"status":"rejected","seq":0,"error":{"code":"shutting_down","message":"m"}})";
constexpr const char* kDead =
    R"({"status":"dead_lettered","seq":2,"error":{"code":"refused","message":"m"}})";

const AccountCase kAccounts[] = {
    {"AllDelivered",
     Ack::kDelivered,
     3,
     {R"({"status":"delivered","from":1,"to":3})"},
     "3 actions: 3 delivered",
     ExitCode::kOk},
    {"OneSuperseded",
     Ack::kDelivered,
     2,
     {R"({"status":"superseded","seq":1,"by":2})", R"({"status":"delivered","seq":2})"},
     "2 actions: 1 delivered, 1 superseded",
     ExitCode::kOk},
    {"OneRefused",
     Ack::kDelivered,
     2,
     {kRefused, R"({"status":"delivered","seq":1})"},
     "2 actions: 1 delivered, 1 rejected",
     kNegative},
    {"OneDead",
     Ack::kDelivered,
     2,
     {kDead, R"({"status":"delivered","seq":1})"},
     "2 actions: 1 delivered, 1 dead lettered",
     kNegative},
    {"OneTooMany",
     Ack::kDelivered,
     2,
     {kFull, R"({"status":"delivered","seq":1})"},
     "2 actions: 1 delivered, 1 rejected",
     ExitCode::kTempFail},
    {"OneOpen",
     Ack::kDelivered,
     2,
     {R"({"status":"delivered","seq":2})"},
     "2 actions: 1 delivered, 1 without an answer",
     ExitCode::kTempFail},
    {"AllAccepted",
     Ack::kAccepted,
     3,
     {R"({"status":"accepted","seq":3})"},
     "3 actions: 3 accepted",
     ExitCode::kOk},
    {"AcceptedButOne",
     Ack::kAccepted,
     3,
     {kRefused, R"({"status":"accepted","seq":3})"},
     "3 actions: 2 accepted, 1 rejected",
     kNegative},
    {"AcceptedInPart",
     Ack::kAccepted,
     5,
     {R"({"status":"accepted","seq":3})", kStopping},
     "5 actions: 3 accepted, 2 without an answer",
     ExitCode::kTempFail},
    {"Nothing", Ack::kDelivered, 0, {}, "0 actions", ExitCode::kOk},
    {"AWarningIsNoFailure",
     Ack::kDelivered,
     1,
     {R"({"status":"warning","seq":1,"message":"m"})", R"({"status":"delivered","seq":1})"},
     "1 action: 1 delivered",
     ExitCode::kOk},
};

class Accounts : public testing::TestWithParam<AccountCase> {};

TEST_P(Accounts, CountEachActionOnce) {
  SendAccount account(GetParam().ack);
  for (const char* reply : GetParam().replies) (void)account.take(parse_reply(reply));
  EXPECT_EQ(account.summary(GetParam().actions), GetParam().summary);
  EXPECT_EQ(account.exit_code(GetParam().actions), GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(All, Accounts, testing::ValuesIn(kAccounts),
                         [](const auto& row) { return std::string(row.param.name); });

struct FinalCase {
  const char* name;
  std::vector<const char*> replies;
  bool is_final;
};
void PrintTo(const FinalCase& row, std::ostream* out) {
  *out << row.name;
}

const FinalCase kFinals[] = {
    {"AllDelivered", {R"({"status":"delivered","from":1,"to":2})"}, true},
    {"OneRefusedForGood", {kRefused, R"({"status":"delivered","seq":1})"}, true},
    {"OneDead", {kDead, R"({"status":"delivered","seq":1})"}, true},
    {"OneTooMany", {kFull, R"({"status":"delivered","seq":1})"}, false},
    {"OneTooManyAndOneRefused",
     {kFull, R"({"status":"rejected","seq":1,"error":{"code":"invalid_action","message":"m"}})"},
     false},
    {"OneOpen", {R"({"status":"delivered","seq":1})"}, false},
};

class Finals : public testing::TestWithParam<FinalCase> {};

TEST_P(Finals, AreAccountsThatAnotherSendWouldNotChange) {
  SendAccount account(Ack::kDelivered);
  for (const char* reply : GetParam().replies) (void)account.take(parse_reply(reply));
  EXPECT_EQ(account.is_final(2), GetParam().is_final);
}

INSTANTIATE_TEST_SUITE_P(All, Finals, testing::ValuesIn(kFinals),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(SendAccount, AddsUpOverSeveralSends) {
  SendAccount::Sums total;
  SendAccount first(Ack::kDelivered);
  (void)first.take(parse_reply(R"({"status":"delivered","from":1,"to":3})"));
  total += first.sums(4);
  SendAccount second(Ack::kDelivered);
  (void)second.take(parse_reply(R"({"status":"delivered","seq":1})"));
  (void)second.take(parse_reply(kDead));
  total += second.sums(2);
  EXPECT_EQ(SendAccount::summary(total),
            "6 actions: 4 delivered, 1 dead lettered, 1 without an answer");
  total += SendAccount(Ack::kAccepted).sums(0);
  EXPECT_EQ(total.accepted, 0U);
}

TEST(SendAccount, KnowsTheFirstOpenAction) {
  SendAccount account(Ack::kDelivered);
  (void)account.take(parse_reply(R"({"status":"delivered","from":1,"to":4})"));
  (void)account.take(parse_reply(R"({"status":"delivered","seq":6})"));
  EXPECT_EQ(account.first_open(), 5u);
}

TEST(SendAccount, TakesNoSeqOfNonsense) {
  SendAccount account(Ack::kDelivered);
  (void)account.take(parse_reply(R"({"status":"delivered","from":1,"to":18446744073709551615})"));
  EXPECT_EQ(account.open(2), 2u);
}

}  // namespace
}  // namespace awps
