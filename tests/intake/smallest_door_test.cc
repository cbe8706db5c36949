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

std::shared_ptr<const HubDirectory> directory_of(std::vector<IntakeHub> hubs,
                                                 std::string_view default_hub) {
  return std::make_shared<const HubDirectory>(std::move(hubs), default_hub);
}

struct SmallestDoor {
  explicit SmallestDoor(std::shared_ptr<const HubDirectory> hubs)
      : slot(/*number=*/0, std::move(hubs), [this] { ++wakes; }) {}

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
  void use(std::shared_ptr<const HubDirectory> hubs) {
    slot.use(std::move(hubs));
    source.follow_directory();
    if (is_waiting) room_again();
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
        texts.emplace_back(item->data());
        outcomes.push_back({.account = &account, .seq = item->seq});
      }
      reporter_.push(*account.reports, outcomes);
      queue_.budget().release(batches[i]->charge(), account);  // the reports come first
    }
    return texts;
  }

  HubQueue queue_{
      {.hub = "chat", .budget = {.max_bytes = 3 * kFixedCharge, .max_producer_share = 1}},
      [] {},
      [this] { ++room_signals_; }};
  MemoryEntrance entrance_{queue_};
  std::shared_ptr<int> lease_ = std::make_shared<int>();
  SmallestDoor door_{directory_of(
      {{.name = "chat", .queue = &queue_, .entrance = &entrance_, .lease = lease_}}, "chat")};
  Reporter reporter_;  // leaves before the door ends
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
  SmallestDoor stranger(
      directory_of({{.name = "chat", .queue = &queue_, .entrance = &entrance_}}, ""));
  stranger.read({"a"});
  ASSERT_EQ(stranger.refusals.size(), 1);
  EXPECT_NE(stranger.refusals[0].find("hub"), std::string::npos);
}

// So that what the hub is made of can be freed.
TEST_F(SmallestDoorTest, GivesUpAHubThatIsGone) {
  door_.read({"a"});
  EXPECT_GT(lease_.use_count(), 1);
  queue_.set_removed(true);
  door_.use(directory_of({{.name = "news"}}, ""));
  EXPECT_EQ(lease_.use_count(), 1) << "it holds nothing of the hub";
  door_.read({"b"});
  ASSERT_EQ(door_.refusals.size(), 1);
  EXPECT_NE(door_.refusals[0].find("'chat' is no longer configured"), std::string::npos);
  EXPECT_EQ(deliver(), std::vector<std::string>{"a"});
  door_.take_reports();
  EXPECT_EQ(door_.settled, std::vector<uint64_t>{1});
}

TEST_F(SmallestDoorTest, DoesNotWaitForRoomInAHubThatIsGone) {
  door_.read({"a", "b", "c"});
  ASSERT_TRUE(door_.is_waiting);
  queue_.set_removed(true);
  door_.use(directory_of({{.name = "news"}}, ""));
  EXPECT_FALSE(door_.is_waiting);
  EXPECT_EQ(door_.refusals.size(), 1);
  EXPECT_EQ(lease_.use_count(), 1);
}

// Nobody says of a stand-in that it is removed: the hub is there.
TEST_F(SmallestDoorTest, LeavesAStandInForTheHub) {
  HubQueue stand_in(
      {.hub = "chat"}, [] {}, [] {});
  stand_in.budget().close(Budget::Room::kRecovering);
  MemoryEntrance entrance(stand_in);
  const auto lease = std::make_shared<int>();
  SmallestDoor door(directory_of(
      {{.name = "chat", .queue = &stand_in, .entrance = &entrance, .lease = lease}}, "chat"));
  door.read({"a"});
  ASSERT_TRUE(door.is_waiting);
  door.use(directory_of({{.name = "chat", .queue = &queue_, .entrance = &entrance_}}, "chat"));
  EXPECT_FALSE(door.is_waiting);
  EXPECT_EQ(deliver(), std::vector<std::string>{"a"});
  EXPECT_EQ(lease.use_count(), 1) << "the door lets the stand-in go";
}

TEST_F(SmallestDoorTest, KeepsAHubThatComesBack) {
  door_.read({"a"});
  door_.use(directory_of(
      {{.name = "chat", .queue = &queue_, .entrance = &entrance_, .lease = lease_}}, "chat"));
  door_.read({"b"});
  EXPECT_EQ(deliver(), (std::vector<std::string>{"a", "b"}));
}

/// Says nothing of what entered: its receipts come later.
struct LateEntrance final : HubEntrance {
  std::optional<Receipt> enter(int, std::unique_ptr<Batch> batch) override {
    batches.push_back(std::move(batch));
    return std::nullopt;
  }
  void end_read() override {}

  std::vector<std::unique_ptr<Batch>> batches;
};

TEST_F(SmallestDoorTest, ItsAccountSaysWhatItAskedFor) {
  HubQueue queue(
      {.hub = "late"}, [] {}, [] {});
  LateEntrance late;
  SmallestDoor door(directory_of({{.name = "late",
                                   .queue = &queue,
                                   .entrance = &late,
                                   .dedupe_window = std::chrono::minutes(1)}},
                                 "late"));
  door.source.introduce("its own name", /*wants_outcomes=*/true);
  door.source.ask_for_deduplication("gateway");
  door.source.ask_for_answers();
  door.read({"a"});
  ASSERT_EQ(late.batches.size(), 1U);
  const Account& account = late.batches[0]->account();
  EXPECT_EQ(account.producer_name, "its own name");
  EXPECT_EQ(account.id_scope, id_scope_of(PeerCredentials().uid, "gateway"));
  EXPECT_TRUE(account.wants_outcomes);
  EXPECT_TRUE(account.wants_answers);
}

// A late receipt of a hub that is gone makes the source drop what it kept, and whatever else was
// taken out since.
TEST_F(SmallestDoorTest, AReceiptOfAHubThatIsGoneLeavesNothingOfAnother) {
  HubQueue late_queue(
      {.hub = "late"}, [] {}, [] {});
  LateEntrance late;
  const IntakeHub late_hub{.name = "late", .queue = &late_queue, .entrance = &late};
  const IntakeHub chat{.name = "chat", .queue = &queue_, .entrance = &entrance_, .lease = lease_};
  SmallestDoor door(directory_of({late_hub, chat}, "late"));
  door.read({"a", "b"});
  late_queue.set_removed(true);
  door.use(directory_of({chat}, "chat"));
  ASSERT_EQ(late.batches.size(), 1U);
  door.source.take(Receipt{.account = &late.batches[0]->account(), .up_to = 1});
  ActionOptions to_chat;
  to_chat.hub = "chat";
  const Action action{.kind = ActionKind::kSendToAll, .data = "c", .options = &to_chat};
  EXPECT_EQ(door.source.admit(action, {.seq = 3}, {.at = kNow}), Source::Decision::kAdmitted);
  door.source.end_read(0);
  queue_.set_removed(true);  // a reload has begun; use() comes later
  door.source.take(Receipt{.account = &late.batches[0]->account(), .up_to = 2});
  EXPECT_EQ(door.source.admit(action, {.seq = 4}, {.at = kNow}), Source::Decision::kRefused);
}

// ---- a partition of a stream

TEST_F(SmallestDoorTest, APartitionWaitsWhereOthersAreRefused) {
  HubQueue rejecting{{.hub = "chat",
                      .block_when_full = false,
                      .budget = {.max_bytes = 500, .max_producer_share = 1}},
                     [] {},
                     [] {}};
  MemoryEntrance entrance{rejecting};
  const auto directory = directory_of(
      {{.name = "chat", .queue = &rejecting, .entrance = &entrance, .lease = lease_}}, "chat");
  const std::string long_text(400, 'x');
  SmallestDoor other{directory};
  other.read({long_text, long_text});
  EXPECT_EQ(other.refusals.size(), 1U);
  SmallestDoor partition{directory};
  partition.source.set_partition(nullptr, /*letters_elsewhere=*/false);
  partition.read({long_text});
  EXPECT_TRUE(partition.is_waiting);
  rejecting.budget().close(Budget::Room::kStorageFailed);
  partition.room_again();
  EXPECT_TRUE(partition.is_waiting);
  EXPECT_TRUE(partition.refusals.empty());
}

TEST_F(SmallestDoorTest, APartitionsAccountSaysSo) {
  const auto lease = std::make_shared<StreamLease>();
  door_.source.set_partition(lease, /*letters_elsewhere=*/true);
  door_.read({"a"});
  std::unique_ptr<Batch> batch;
  ASSERT_EQ(queue_.pop({&batch, 1}), 1U);
  Account& account = batch->account();
  EXPECT_TRUE(account.of_stream && account.letters_elsewhere);
  EXPECT_EQ(account.lease, lease);
  queue_.budget().release(batch->charge(), account);
}

}  // namespace
}  // namespace awps
