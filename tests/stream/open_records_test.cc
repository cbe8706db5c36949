// OpenRecords against a plain list of what was added: whatever the records hold, each action is
// found in its own one while it is open, and nothing else is.

#include "stream/open_records.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace awps {
namespace {

class OpenRecordsTest : public testing::Test {
 protected:
  /// A record, whole: of that many actions, each of them followed by a refused element or not.
  void add(uint32_t actions, bool with_refused) {
    OpenRecord& record = records_.begin(records_.next_offset(), Instant{}, std::nullopt);
    const int64_t offset = record.offset;
    for (uint32_t i = 0; i < actions; ++i) {
      open_[records_.add_action(ActionKind::kSendToAll, 0)] = offset;
      if (with_refused) records_.add_refused();
    }
    records_.end_last();
    records_.forget_settled(records_.last());
  }
  void close(uint64_t seq) {
    OpenRecord* record = records_.find(seq);
    ASSERT_NE(record, nullptr) << seq;
    records_.close(*record, seq);
    records_.forget_settled(*record);
    open_.erase(seq);
  }
  /// Every seq from `first` on is what the list says.
  void expect_as_listed(uint64_t first) {
    for (uint64_t seq = first; seq < records_.next_seq() + 3; ++seq) {
      const OpenRecord* found = records_.find(seq);
      const auto listed = open_.find(seq);
      ASSERT_EQ(found != nullptr, listed != open_.end()) << seq;
      if (found != nullptr) {
        ASSERT_EQ(found->offset, listed->second) << seq;
      }
    }
  }

  OpenRecords records_{0};
  std::map<uint64_t, int64_t> open_;  // seq of each action without an outcome -> its offset
};

TEST_F(OpenRecordsTest, FindsEachActionWhateverTheRecordsHold) {
  static constexpr unsigned kSeed = 20;
  std::mt19937 random(kSeed);
  // Mostly one action a record, as it is in life; else none, some, or many.
  std::discrete_distribution<uint32_t> actions({2, 20, 2, 1, 1});
  for (int i = 0; i < 300; ++i) {
    add(actions(random), random() % 8 == 0);
    while (!open_.empty() && random() % 2 == 0) {
      close(std::next(open_.begin(), static_cast<int64_t>(random() % open_.size()))->first);
    }
    expect_as_listed(0);
  }
}

// Numbers of the log that is gone belong to nobody, and its outcomes may still come.
TEST_F(OpenRecordsTest, FindsNothingOfALogThatIsGone) {
  add(3, false);
  add(1, false);
  open_.clear();
  records_.restart(7);
  expect_as_listed(0);
  add(1, false);
  expect_as_listed(0);
}

}  // namespace
}  // namespace awps
