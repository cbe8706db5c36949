// Acceptance is an event: what a hub's entrance has not given a receipt for is not told accepted.

#include "tests/socket/session_harness.h"

namespace awps {
namespace {

using Next = Session::Next;

const std::string kHello = R"({"hello":{"ack":"accepted"}})"
                           "\n";

std::string line(const std::string& data, const std::string& hub = "Chat") {
  return send_line(data, ",\"hub\":\"" + hub + "\"") + "\n";
}

std::string accepted(uint64_t seq) {
  return R"({"status":"accepted","seq":)" + std::to_string(seq) + "}\n";
}

// One connection to "Chat", whose receipts are given by hand, and to "news", which gives them.
class Receipts : public testing::Test {
 protected:
  Receipts() { harness_.chat.entrance.withholds = true; }

  /// Of what has entered so far, the first `count` batches.
  void give(size_t count) {
    std::vector<Receipt>& withheld = harness_.chat.entrance.withheld;
    for (size_t i = 0; i < count; ++i) session_->take_report(withheld.at(i));
    withheld.erase(withheld.begin(), withheld.begin() + static_cast<ptrdiff_t>(count));
    session_->end_of_reports();
  }

  Outcome delivered(uint64_t seq) const {
    Outcome outcome;
    outcome.account = &harness_.chat.batches.front()->account();
    outcome.seq = seq;
    outcome.http_status = 202;
    outcome.attempts = 1;
    return outcome;
  }

  IntakeHarness harness_;
  std::unique_ptr<Session> session_ = harness_.connect();
};

TEST_F(Receipts, NothingIsToldAcceptedBeforeItsReceipt) {
  feed(*session_, kHello);
  read_replies(*session_);
  feed(*session_, line("a") + line("b"));
  feed(*session_, line("c"));
  EXPECT_EQ(read_replies(*session_), "");
  give(1);
  EXPECT_EQ(read_replies(*session_), accepted(2));
  give(1);
  EXPECT_EQ(read_replies(*session_), accepted(3));
}

TEST_F(Receipts, OneHubHoldsTheNumberBackForTheWholeConnection) {
  feed(*session_, kHello);
  read_replies(*session_);
  feed(*session_, line("a", "news") + line("b") + line("c", "news"));
  EXPECT_EQ(read_replies(*session_), accepted(1));
  give(1);
  EXPECT_EQ(read_replies(*session_), accepted(3));
}

TEST_F(Receipts, ARefusalIsToldBeforeTheNumberThatCoversIt) {
  feed(*session_, kHello);
  read_replies(*session_);
  feed(*session_, line("a") + "nonsense\n" + line("b"));
  const std::string refused = read_replies(*session_);
  EXPECT_NE(refused.find(R"("rejected","seq":2)"), std::string::npos) << refused;
  EXPECT_EQ(refused.find("accepted"), std::string::npos) << refused;
  give(1);
  EXPECT_EQ(read_replies(*session_), accepted(3));
}

TEST_F(Receipts, TheConnectionStaysOpenUntilTheyAreThere) {
  feed(*session_, line("a"));
  session_->end_input(Instant{});
  EXPECT_EQ(session_->next(), Next::kReports) << "whatever it wants to be told";
  give(1);
  EXPECT_EQ(session_->next(), Next::kClose);
}

TEST_F(Receipts, AnOutcomeImpliesItsReceipt) {
  feed(*session_, R"({"hello":{"ack":"delivered"}})"
                  "\n");
  feed(*session_, line("a") + line("b"));
  session_->end_input(Instant{});
  harness_.chat.take();
  for (const uint64_t seq : {1U, 2U}) session_->take_report(delivered(seq));
  session_->end_of_reports();
  EXPECT_EQ(session_->next(), Next::kClose) << "there is nothing to wait for";
  give(1);  // late
  EXPECT_EQ(session_->next(), Next::kClose);
}

}  // namespace
}  // namespace awps
