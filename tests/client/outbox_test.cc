#include "client/outbox.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>

#include "tests/client/test_seed.h"

namespace awps::client {
namespace {

Reply outcome(uint64_t from, uint64_t to, OutcomeKind kind = OutcomeKind::kDelivered) {
  return {.kind = Reply::Kind::kOutcome, .from = from, .to = to, .outcome = {.kind = kind}};
}

// All that waits, as a connection would write it.
std::string write_all(Outbox& outbox) {
  std::string text;
  std::array<iovec, 3> parts{};
  while (const size_t count = outbox.gather(parts)) {
    size_t bytes = 0;
    for (size_t i = 0; i < count; ++i) {
      text.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
      bytes += parts[i].iov_len;
    }
    outbox.advance(bytes);
  }
  return text;
}

std::vector<uint64_t> numbers(const std::vector<Outcome>& outcomes) {
  std::vector<uint64_t> all;
  for (const Outcome& each : outcomes) all.push_back(each.number);
  return all;
}

class OutboxTest : public testing::Test {
 protected:
  void push(std::string_view lines) {
    for (const char c : lines) outbox.push(std::string(1, c) + "\n", static_cast<uint64_t>(c));
  }
  std::vector<uint64_t> settle(Reply reply, size_t most = 100) {
    std::vector<Outcome> outcomes;
    last = outbox.settle(reply, outcomes, most);
    return numbers(outcomes);
  }

  Outbox outbox{size_t{1} << 20U};
  Outbox::Settled last = Outbox::Settled::kAll;
};

using Numbers = std::vector<uint64_t>;

TEST_F(OutboxTest, SettlesInAnyOrderAndOnce) {
  push("abcd");
  EXPECT_EQ(write_all(outbox), "a\nb\nc\nd\n");
  EXPECT_EQ(settle(outcome(3, 3)), Numbers{3});
  EXPECT_EQ(outbox.first_unsettled(), 1U);
  EXPECT_EQ(settle(outcome(1, 3)), (Numbers{1, 2}));
  EXPECT_EQ(outbox.first_unsettled(), 4U);
  EXPECT_EQ(settle(outcome(1, 4)), Numbers{4});
  EXPECT_EQ(settle(outcome(1, 4)), Numbers{});
  EXPECT_EQ(outbox.first_unsettled(), 5U);
  EXPECT_EQ(outbox.charged_bytes(), 0U);
}

TEST_F(OutboxTest, GivesToANewConnectionWhatIsNotSettledInOrder) {
  push("abcd");
  write_all(outbox);
  settle(outcome(2, 2));
  push("e");
  EXPECT_EQ(outbox.begin_connection(), 3U);
  EXPECT_EQ(write_all(outbox), "a\nc\nd\ne\n");
  EXPECT_EQ(settle(outcome(2, 2)), Numbers{3});  // seq 2 of this connection is the third action
}

TEST_F(OutboxTest, KnowsWhatWasNotGiven) {
  push("ab");
  settle(outcome(1, 1));
  EXPECT_EQ(last, Outbox::Settled::kUnknown);
  write_all(outbox);
  settle(outcome(1, 3));
  EXPECT_EQ(last, Outbox::Settled::kUnknown);
  EXPECT_EQ(outbox.unsettled(), 2U);
}

TEST_F(OutboxTest, SettlesALargeRunInPortions) {
  push("abcde");
  write_all(outbox);
  Reply reply = outcome(1, 5);
  std::vector<Outcome> outcomes;
  EXPECT_EQ(outbox.settle(reply, outcomes, 2), Outbox::Settled::kMore);
  EXPECT_EQ(outbox.settle(reply, outcomes, 2), Outbox::Settled::kMore);
  EXPECT_EQ(outbox.settle(reply, outcomes, 2), Outbox::Settled::kAll);
  EXPECT_EQ(numbers(outcomes), (Numbers{1, 2, 3, 4, 5}));
}

// The daemon may refuse a line of which it has only the beginning.
TEST_F(OutboxTest, FinishesALineThatIsSettledWhilePartlyWritten) {
  outbox.push("0123456789\n", 0);
  push("b");
  outbox.advance(4);
  EXPECT_EQ(settle(outcome(1, 1, OutcomeKind::kRejected)), Numbers{1});
  EXPECT_EQ(outbox.first_unsettled(), 2U);  // although the rest of the first is still to be written
  EXPECT_EQ(write_all(outbox), "456789\nb\n");
  EXPECT_EQ(settle(outcome(2, 2)), Numbers{2});
}

TEST_F(OutboxTest, WritesALineAnewThatWasPartlyWrittenToALostConnection) {
  push("ab");
  outbox.advance(3);
  EXPECT_EQ(outbox.begin_connection(), 2U);
  EXPECT_EQ(write_all(outbox), "a\nb\n");
}

TEST_F(OutboxTest, ChargesNothingForAShortLineBehindALongOneThatWasRefused) {
  outbox.push("a line that needs memory of its own\n", 0);
  push("b");
  outbox.advance(4);
  settle(outcome(1, 1, OutcomeKind::kRejected));
  outbox.begin_connection();
  write_all(outbox);
  settle(outcome(1, 1));
  EXPECT_EQ(outbox.charged_bytes(), 0U);
}

TEST_F(OutboxTest, GivesUpWhatIsLeft) {
  push("abc");
  write_all(outbox);
  settle(outcome(2, 2));
  std::vector<Outcome> outcomes;
  EXPECT_EQ(outbox.unsettled_to(2), 1U);
  EXPECT_EQ(outbox.unsettled_to(3), 2U);
  const Outcome reason = {.kind = OutcomeKind::kUnconfirmed, .error_code = "c"};
  EXPECT_TRUE(outbox.give_up(reason, outcomes, 1));
  EXPECT_FALSE(outbox.give_up(reason, outcomes, 1));
  EXPECT_EQ(numbers(outcomes), (Numbers{1, 3}));
  EXPECT_EQ(outcomes[1].kind, OutcomeKind::kUnconfirmed);
  EXPECT_EQ(outcomes[1].error_code, "c");
  EXPECT_EQ(outcomes[1].tag, static_cast<uint64_t>('c'));
  EXPECT_EQ(outbox.charged_bytes(), 0U);
}

TEST_F(OutboxTest, KeepsItsBoundWhileOneActionWaitsForever) {
  Outbox small(10'000);
  const std::string line(40, 'x');
  small.push("stuck\n", 0);
  std::vector<Outcome> outcomes;
  for (uint64_t seq = 2; seq < 10'000; ++seq) {
    ASSERT_TRUE(small.has_room(line + "\n")) << seq;
    small.push(line + "\n", 0);
    write_all(small);
    Reply reply = outcome(seq, seq);
    ASSERT_EQ(small.settle(reply, outcomes, 1), Outbox::Settled::kAll);
    outcomes.clear();
  }
  EXPECT_EQ(small.first_unsettled(), 1U);
  EXPECT_EQ(small.unsettled(), 1U);
}

// An Outbox beside a list of all actions: what is open, what the connection has, what it awaits.
class RandomOutbox {
 public:
  explicit RandomOutbox(Random& random) : random_(random) {}

  void push() {
    const std::string line = std::string(1 + random_.below(20), 'a') + "\n";
    if (!box_.has_room(line)) return;
    const uint64_t number = box_.push(line, 0);
    open_[number] = line;
    unwritten_ += line;
    given_.push_back(number);
  }

  void write() {
    std::array<iovec, 4> parts{};
    const size_t count = box_.gather(parts);
    std::string text;
    for (const iovec& part : std::span(parts).first(count)) {
      text.append(static_cast<const char*>(part.iov_base), part.iov_len);
    }
    ASSERT_EQ(unwritten_.substr(0, text.size()), text);
    ASSERT_EQ(text.empty(), unwritten_.empty());
    const size_t bytes = random_.below(text.size() + 1);
    box_.advance(bytes);
    unwritten_.erase(0, bytes);
    if (bytes > 0) is_within_line_ = text[bytes - 1] != '\n';
  }

  // A line of which only the beginning is written may have an outcome, too.
  void settle() {
    const auto left = static_cast<size_t>(std::count(unwritten_.begin(), unwritten_.end(), '\n'));
    const size_t written = given_.size() - left + (is_within_line_ ? 1 : 0);
    if (written == 0) return;
    const uint64_t from = 1 + random_.below(written);
    const uint64_t to = from + random_.below(written - from + 1);
    Reply reply = outcome(from, to);
    std::vector<Outcome> outcomes;
    while (box_.settle(reply, outcomes, 3) == Outbox::Settled::kMore) {
    }
    std::vector<uint64_t> settled;
    for (uint64_t seq = from; seq <= to; ++seq) {
      if (open_.erase(given_[seq - 1]) > 0) settled.push_back(given_[seq - 1]);
    }
    ASSERT_EQ(numbers(outcomes), settled);
  }

  void reconnect() {
    box_.begin_connection();
    given_.clear();
    unwritten_.clear();
    is_within_line_ = false;
    for (const auto& [number, line] : open_) {
      given_.push_back(number);
      unwritten_ += line;
    }
  }

  void check() const {
    ASSERT_EQ(box_.unsettled(), open_.size());
    ASSERT_EQ(box_.first_unsettled(), open_.empty() ? box_.taken() + 1 : open_.begin()->first);
    ASSERT_LE(box_.charged_bytes(), kBound);
  }

 private:
  static constexpr size_t kBound = 4000;

  Random& random_;
  Outbox box_{kBound};
  std::map<uint64_t, std::string> open_;  // number -> line
  std::vector<uint64_t> given_;           // seq - 1 -> number
  std::string unwritten_;
  bool is_within_line_ = false;  // the beginning of unwritten_'s first line is written
};

TEST(OutboxModel, AgreesWithANaiveListUnderRandomSteps) {
  Random random = seeded_random();
  for (int round = 0; round < 200; ++round) {
    RandomOutbox outbox(random);
    for (int step = 0; step < 300; ++step) {
      const uint64_t what = random.below(100);
      if (what < 40) outbox.push();
      if (what >= 40 && what < 75) outbox.write();
      if (what >= 75 && what < 98) outbox.settle();
      if (what >= 98) outbox.reconnect();
      outbox.check();
      ASSERT_FALSE(testing::Test::HasFatalFailure());
    }
  }
}

}  // namespace
}  // namespace awps::client
