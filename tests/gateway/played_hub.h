#pragma once

// PlayedHub: a hub that a test plays: what the door admits comes here, and the test says what
// becomes of it.
//
// The door's thread pushes; one test thread does the rest.

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "intake/hub_directory.h"
#include "queue/hub_entrance.h"
#include "queue/hub_queue.h"
#include "queue/report_queue.h"

namespace awps {

class PlayedHub final : public HubEntrance {
 public:
  struct Options {
    std::string name = "chat";
    bool is_durable = false;  // receipts come when the test gives them
    bool block_when_full = true;
    uint64_t max_bytes = uint64_t{64} << 20U;
    AccessList access{};
    Duration dedupe_window{};
  };
  PlayedHub(const Options& options, std::function<void()> room_again);

  IntakeHub entry();
  HubQueue& queue() { return queue_; }

  /// An action that the door has admitted. What it borrows lives as long as this hub.
  struct Taken {
    std::optional<Action> action;  // empty: nothing came
    Account* account = nullptr;
    uint64_t seq = 0;
    uint32_t charge = 0;
    ActionId id{};
    std::string producer;  // its name

    std::string data() const { return std::string(action->data); }
  };
  /// Waits for the next one; without an action at the deadline.
  Taken take();
  /// All that were admitted by now.
  size_t count() const;

  void settle(const Taken& taken, Outcome outcome = {});
  /// Up to this one it is accepted.
  void accept(const Taken& taken);
  void refuse_late(const Taken& taken);
  /// Nothing more is reported.
  void end() { reporter_.leave(); }

  // As an entrance.
  std::optional<Receipt> enter(int intake_thread, std::unique_ptr<Batch> batch) override;
  void end_read() override {}
  bool wants_lines() const override { return options_.is_durable; }

 private:
  const Options options_;
  HubQueue queue_;
  Reporter reporter_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Batch>> batches_;
  std::deque<Taken> waiting_;
  size_t count_ = 0;
};

}  // namespace awps
