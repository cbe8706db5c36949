// An action that was admitted and could not be written is refused late: it is not accepted, and no
// outcome is owed for it.

#include "tests/socket/session_harness.h"

namespace awps {
namespace {

using Next = Session::Next;

std::string hello(const std::string& ack) {
  return R"({"hello":{"ack":")" + ack + "\"}}\n";
}

std::string line(const std::string& data, const std::string& members = "") {
  return send_line(data, members) + "\n";
}

std::string accepted(uint64_t seq) {
  return R"({"status":"accepted","seq":)" + std::to_string(seq) + "}\n";
}

std::string rejected(uint64_t seq, uint64_t number, const std::string& id = "") {
  return R"({"status":"rejected","seq":)" + std::to_string(seq) +
         ",\"line\":" + std::to_string(number) + (id.empty() ? "" : ",\"id\":" + id) +
         R"(,"error":{"code":"storage_failed","message":"…"}})" + "\n";
}

// One connection to "Chat", whose disk the test plays.
class LateRefusals : public testing::Test {
 protected:
  LateRefusals() { harness_.chat.entrance.withholds = true; }
  // What is refused was not accepted.
  ~LateRefusals() override {
    harness_.chat.take();
    harness_.chat.accepted -= refused_;
  }

  /// Takes what has entered: refuses those of `seqs`, in order.
  void refuse(const std::vector<uint64_t>& seqs) {
    harness_.chat.take();
    for (const auto& batch : harness_.chat.batches) {
      size_t number = 0;
      for (const Accepted* item = batch->first(); item != nullptr; item = item->next, ++number) {
        if (std::ranges::find(seqs, item->seq) == seqs.end()) continue;
        ++refused_;
        session_->take_report(LateRefusal{.account = &batch->account(),
                                          .producer = batch->account().producer,
                                          .seq = item->seq,
                                          .line = batch->uncommitted().lines.at(number),
                                          .id = std::string(item->id()),
                                          .message = "the disk is broken"});
      }
    }
    session_->end_of_reports();
  }
  void give_receipt() {
    std::vector<Receipt>& withheld = harness_.chat.entrance.withheld;
    session_->take_report(withheld.back());
    withheld.clear();
    session_->end_of_reports();
  }
  void deliver(uint64_t seq) {
    Outcome outcome;
    outcome.account = &harness_.chat.batches.front()->account();
    outcome.seq = seq;
    outcome.http_status = 202;
    outcome.attempts = 1;
    session_->take_report(outcome);
    session_->end_of_reports();
  }

  IntakeHarness harness_;
  std::unique_ptr<Session> session_ = harness_.connect();
  uint64_t refused_ = 0;
};

TEST_F(LateRefusals, SayWhereTheActionStoodAndItsId) {
  feed(*session_, hello("none") + "\n" + line("a") + line("b", ",\"id\":\"x\""));
  read_replies(*session_);
  refuse({1, 2});
  EXPECT_EQ(read_replies(*session_), rejected(1, 3) + rejected(2, 4, "\"x\""));
  EXPECT_EQ(harness_.counters.rejected.value(), 2U);
}

TEST_F(LateRefusals, OfAnArraySayItsLine) {
  feed(*session_, hello("none") + "[" + send_line("a") + "," + send_line("b") + "]\n" + line("c"));
  read_replies(*session_);
  refuse({2, 3});
  EXPECT_EQ(read_replies(*session_), rejected(2, 2) + rejected(3, 3));
}

TEST_F(LateRefusals, ComeBeforeTheNumberThatCoversThem) {
  feed(*session_, hello("accepted") + line("a") + line("b"));
  read_replies(*session_);
  feed(*session_, line("c"));
  refuse({1, 2});
  EXPECT_EQ(read_replies(*session_), rejected(1, 2) + rejected(2, 3) + accepted(2));
  give_receipt();
  EXPECT_EQ(read_replies(*session_), accepted(3));
}

TEST_F(LateRefusals, EndTheWaitOfAConnectionThatHasEnded) {
  feed(*session_, line("a"));
  session_->end_input(Instant{});
  EXPECT_EQ(session_->next(), Next::kReports);
  refuse({1});
  EXPECT_EQ(session_->next(), Next::kClose);
  EXPECT_EQ(read_replies(*session_), rejected(1, 1));
}

TEST_F(LateRefusals, OweNoOutcomeUnderDelivered) {
  feed(*session_, hello("delivered") + line("a"));
  give_receipt();
  feed(*session_, line("b"));
  session_->end_input(Instant{});
  read_replies(*session_);
  refuse({2});
  EXPECT_EQ(read_replies(*session_), rejected(2, 3));
  EXPECT_EQ(session_->next(), Next::kReports) << "the first one's outcome is owed";
  deliver(1);
  EXPECT_EQ(session_->next(), Next::kClose);
}

}  // namespace
}  // namespace awps
