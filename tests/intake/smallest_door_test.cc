// The smallest door: what README.md's recipe asks of a new one, on one page. Its producers hand
// over texts, each of which becomes a send to everybody. The test is the hub's worker.

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "intake/source.h"
#include "queue/hub_entrance.h"

namespace awps {
namespace {

constexpr Instant kNow{};

struct SmallestDoor {
  explicit SmallestDoor(const HubDirectory& hubs)
      : slot(/*number=*/0, /*reporters=*/1, hubs, [this] { ++wakes; }) {}

  /// Reads `texts`; what has no room stays in `put_back`, and nothing more is read until there is.
  void read(std::vector<std::string_view> texts) {
    for (const std::string_view text : texts) {
      const Action action{.kind = ActionKind::kSendToAll, .data = text};
      const auto decision = is_waiting ? Source::Decision::kFull
                                       : source.admit(action, {.seq = seq + 1}, {.at = kNow});
      if (decision == Source::Decision::kAdmitted) ++seq;
      if (decision == Source::Decision::kRefused) refusals.push_back(source.take_refusal().message);
      if (decision != Source::Decision::kFull) continue;
      is_waiting = true;
      put_back.push_back(text);
    }
    source.end_read(0);
    if (is_waiting) is_waiting = source.must_wait_for_room();
  }
  void room_again() {
    is_waiting = false;
    read(std::exchange(put_back, {}));
  }
  uint64_t accepted() const { return source.accepted_up_to(seq); }
  /// What has come back from the hubs; a real door finds the source by producer_of(report).
  void take_reports() {
    for (const Report& report : slot.take_reports()) {
      if (const auto* outcome = std::get_if<Outcome>(&report)) {
        source.take(*outcome);
        settled.push_back(outcome->seq);
      } else {
        source.take(std::get<Receipt>(report));
      }
    }
  }

  int wakes = 0;
  SourceSlot slot;                     // one for each thread of a door
  Source source{slot, {.number = 1}};  // one for each producer
  uint64_t seq = 0;
  bool is_waiting = false;
  std::vector<std::string_view> put_back;
  std::vector<std::string> refusals;
  std::vector<uint64_t> settled;
};

class SmallestDoorTest : public testing::Test {
 protected:
  /// The hub's worker takes what was pushed, and settles it.
  std::vector<std::string> deliver() {
    std::vector<std::string> texts;
    std::vector<Outcome> outcomes;
    std::array<std::unique_ptr<Batch>, 16> batches;
    const size_t count = queue_.pop(batches);
    for (size_t i = 0; i < count; ++i) {
      Account& account = batches[i]->account();
      for (const Accepted* item = batches[i]->first(); item != nullptr; item = item->next) {
        texts.emplace_back(item->action.data);
        outcomes.push_back({.account = &account, .seq = item->seq});
      }
      account.reports->push(/*reporter=*/0, outcomes);
      queue_.budget().release(batches[i]->charge(), account);  // the reports come first
    }
    return texts;
  }

  HubQueue queue_{{.hub = "chat", .budget = {.max_bytes = 1200, .max_producer_share = 1}},
                  [] {},
                  [this] { ++room_signals_; }};
  MemoryEntrance entrance_{queue_};
  HubDirectory hubs_{{{.name = "chat", .queue = &queue_, .entrance = &entrance_}}, "chat"};
  SmallestDoor door_{hubs_};
  int room_signals_ = 0;
};

TEST_F(SmallestDoorTest, LeadsWhatItReadsToTheHub) {
  door_.read({"a", "b"});
  EXPECT_EQ(door_.accepted(), 2);
  EXPECT_EQ(deliver(), (std::vector<std::string>{"a", "b"}));
}

TEST_F(SmallestDoorTest, HearsOfEachOutcome) {
  door_.read({"a", "b"});
  deliver();
  EXPECT_TRUE(door_.settled.empty()) << "not before its thread takes the reports";
  door_.take_reports();
  EXPECT_EQ(door_.settled, (std::vector<uint64_t>{1, 2}));
}

TEST_F(SmallestDoorTest, StopsReadingAtAFullHubUntilThereIsRoom) {
  door_.read({"a", "b", "c", "d"});
  EXPECT_TRUE(door_.is_waiting);
  EXPECT_EQ(deliver(), (std::vector<std::string>{"a", "b"}));
  EXPECT_GT(room_signals_, 0);
  door_.room_again();
  EXPECT_EQ(deliver(), (std::vector<std::string>{"c", "d"}));
  EXPECT_FALSE(door_.is_waiting);
}

TEST_F(SmallestDoorTest, IsToldWhyAnActionIsRefused) {
  const HubDirectory without{{{.name = "chat", .queue = &queue_, .entrance = &entrance_}}, ""};
  SmallestDoor stranger(without);
  stranger.read({"a"});
  ASSERT_EQ(stranger.refusals.size(), 1);
  EXPECT_NE(stranger.refusals[0].find("hub"), std::string::npos);
}

}  // namespace
}  // namespace awps
