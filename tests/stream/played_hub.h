#pragma once

// PlayedHub: a hub for the tests of streams. The test is its worker: it sees what has come, says
// what becomes of each, and answers what a stream asks.

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "intake/hub_directory.h"
#include "queue/report_queue.h"

namespace awps {

class PlayedHub final : public HubForStreams {
 public:
  struct Item {
    Account* account = nullptr;
    uint64_t producer = 0;
    uint64_t seq = 0;
    uint32_t charge = 0;
    std::string data;
    Duration time_to_live{};
    ActionKind kind = ActionKind::kSendToAll;
    uint32_t ordered_batch = 0;
    bool is_under_way = false;
  };

  explicit PlayedHub(
      std::string name, uint64_t max_bytes = uint64_t{64} << 20U,
      std::function<void()> room_again = [] {})
      : queue_(
            {.hub = name,
             .intake_threads = 1,
             .block_when_full = false,  // a record waits all the same
             .budget = {.max_bytes = max_bytes, .max_producer_share = 1}},
            [] {}, std::move(room_again)),
        name_(std::move(name)) {}

  IntakeHub door() {
    return {.name = name_,
            .queue = &queue_,
            .entrance = &entrance_,
            .for_streams = this,
            .lease = lease_};
  }

  // ---- its worker

  /// What has no outcome yet, in the order in which it came.
  std::deque<Item>& items() {
    take();
    return items_;
  }
  std::vector<std::string> texts() {
    std::vector<std::string> texts;
    for (const Item& item : items()) texts.push_back(item.data);
    return texts;
  }
  /// Of the first `count`.
  void deliver(size_t count) {
    for (size_t i = 0; i < count; ++i) end(0, {.kind = OutcomeKind::kDelivered});
  }
  void deliver_all() { deliver(items().size()); }
  void end(size_t index, Outcome outcome) {
    take();
    AWPS_CHECK(index < items_.size());
    const Item item = items_[index];
    items_.erase(items_.begin() + static_cast<ptrdiff_t>(index));
    outcome.account = item.account;
    outcome.seq = item.seq;
    std::vector<Outcome> outcomes = {std::move(outcome)};
    reporter_.push(outcomes);
    queue_.budget().release(item.charge, *item.account);
  }
  void refuse_late(size_t index, std::string message) {
    take();
    const Item item = items_[index];
    items_.erase(items_.begin() + static_cast<ptrdiff_t>(index));
    reporter_.push(*item.account->reports, LateRefusal{.account = item.account,
                                                       .producer = item.producer,
                                                       .seq = item.seq,
                                                       .message = std::move(message)});
    queue_.budget().release(item.charge, *item.account);
  }

  HubQueue& queue() { return queue_; }
  std::shared_ptr<int>& lease() { return lease_; }
  /// Before the stream ends.
  void leave() { reporter_.leave(); }

  bool hangs = false;  // it answers nothing
  bool has_ended = false;
  std::vector<std::vector<uint64_t>> withdrawn;
  std::vector<RefusedRecord> kept;
  uint64_t letters = 0;  // kept so far
  uint64_t safe_up_to = UINT64_MAX;
  bool may_keep = true;
  std::string why = "held: the service is unreachable";
  int questions = 0;

  void answer() {
    hangs = false;
    for (const std::function<void()>& one : std::exchange(unanswered_, {})) one();
  }

  // ---- HubForStreams

  void withdraw(std::vector<uint64_t> producers, std::function<void()> confirmed) override {
    withdrawn.push_back(producers);
    ask([this, producers, confirmed] {
      take();
      for (size_t i = items_.size(); i-- > 0;) {
        const bool is_theirs = std::ranges::count(producers, items_[i].producer) > 0;
        if (is_theirs && !items_[i].is_under_way) end(i, {.kind = OutcomeKind::kReturned});
      }
      confirmed();
    });
  }
  void keep(RefusedRecord record, std::function<void(uint64_t)> told) override {
    ask([this, record, told] {
      if (has_ended) return told(0);
      kept.push_back(record);
      told(++letters);
    });
  }
  bool may_keep_more() const override { return may_keep; }
  uint64_t letters_safe_up_to() const override { return safe_up_to; }
  std::string letters_error() const override { return ""; }
  void ask_why(std::vector<Waiting> actions, Told told) override {
    ++questions;
    ask([this, actions, told] { told(std::vector<std::string>(actions.size(), why)); });
  }

 private:
  void ask(std::function<void()> work) {
    if (hangs) {
      unanswered_.push_back(std::move(work));
    } else {
      work();
    }
  }
  void take() {
    std::array<std::unique_ptr<Batch>, 16> batches;
    while (const size_t count = queue_.pop(batches)) {
      for (size_t i = 0; i < count; ++i) take(*batches[i]);
    }
  }
  void take(Batch& batch) {
    Account& account = batch.account();
    for (const Accepted* one = batch.first(); one != nullptr; one = one->next) {
      items_.push_back({.account = &account,
                        .producer = account.producer,
                        .seq = one->seq,
                        .charge = one->charge,
                        .data = std::string(one->data()),
                        .time_to_live = one->time_to_live(),
                        .kind = one->kind(),
                        .ordered_batch = one->ordered_batch()});
    }
  }

  HubQueue queue_;
  MemoryEntrance entrance_{queue_};
  const std::string name_;
  std::shared_ptr<int> lease_ = std::make_shared<int>();
  std::deque<Item> items_;
  Reporter reporter_;
  std::vector<std::function<void()>> unanswered_;
};

}  // namespace awps
